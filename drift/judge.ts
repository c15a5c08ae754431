/** Puts what Pulumi sees and what our own looks see together, and says what mends each. */
import type { Found, Looked } from "./drift";

/** Who mends it: Pulumi, or what it is blind to, this check with `--mend`. */
export type Mend = "pulumi" | "drift";

export interface Drift extends Found {
  readonly mend: Mend;
  /** Only where `mend` is `drift`. */
  restore?(): Promise<unknown>;
}

/**
 * Pulumi mends what its refresh takes note of. Of a Kubernetes object that is all of it, since it is applied whole; of
 * others, the properties that it sees.
 */
export function judge(refreshed: readonly Found[], looked: readonly Looked[]): Drift[] {
  const judged = looked.map(({ whole, restore, ...found }): Drift => {
    const seen = refreshed.find(({ urn }) => urn !== undefined && urn === found.urn);
    const known = new Set(seen?.differences.map(top));
    const all = whole || found.differences.every((difference) => known.has(top(difference)));
    if ((seen && all) || !restore) return { ...found, mend: "pulumi" };
    return { ...found, mend: "drift", restore };
  });
  const others = refreshed.filter(({ urn }) => !looked.some((found) => found.urn === urn));
  return [...judged, ...others.map((found): Drift => ({ ...found, mend: "pulumi" }))];
}

function top({ path }: { path: string }): string | undefined {
  return path.split(/[.[]/)[0];
}
