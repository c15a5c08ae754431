import type { Environment } from "../../config";
import { checkEnvironment } from "../../config/load";
import { stackValues } from "../components/recorder";

type Plain = Record<string, unknown>;

/** The sandbox's values with some of them changed, by dotted path; undefined takes a key away. */
export function values(changes: Record<string, unknown> = {}, stack = "sandbox"): Plain {
  const all = structuredClone(stackValues(stack));
  for (const [path, value] of Object.entries(changes)) {
    const keys = path.split(".");
    const last = keys.pop()!;
    const parent = keys.reduce<Plain>((at, key) => {
      at[key] ??= {};
      return at[key] as Plain;
    }, all);
    if (value === undefined) delete parent[last];
    else parent[last] = value;
  }
  return all;
}

export function environment(changes: Record<string, unknown> = {}, stack = "sandbox"): Environment {
  return checkEnvironment(values(changes, stack), "test");
}
