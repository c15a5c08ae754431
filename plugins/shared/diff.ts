/** From differences to the answer that the engine shows. */
import { formatPath, type PropertyDifference } from "./paths";
import type { DiffResult } from "./provider";

export const NO_CHANGES: DiffResult = { changes: false };

/**
 * A detailed diff answer. `replaces` says which differences force a replacement; `deleteBeforeReplace` counts only if one does.
 * `inputDiff`: see `DetailedDifference`.
 */
export function detailed(
  found: PropertyDifference[],
  options: {
    replaces?: (difference: PropertyDifference) => boolean;
    deleteBeforeReplace?: boolean;
    inputDiff?: boolean;
  } = {},
): DiffResult {
  if (found.length === 0) return NO_CHANGES;
  const { replaces = () => false, deleteBeforeReplace = false, inputDiff = true } = options;
  const result = { changes: true, detailed: {}, replaces: [], diffs: [] } as Required<
    Pick<DiffResult, "changes" | "detailed" | "replaces" | "diffs">
  >;
  for (const difference of found) {
    const path = formatPath(difference.path);
    const replace = replaces(difference);
    result.detailed[path] = { kind: difference.kind, replace, inputDiff };
    if (replace) result.replaces.push(path);
    const top = String(difference.path[0]);
    if (!result.diffs.includes(top)) result.diffs.push(top);
  }
  return { ...result, deleteBeforeReplace: deleteBeforeReplace && result.replaces.length > 0 };
}
