import type { Path } from "../plugins/shared/paths";
import { differences, formatPath, getPath } from "../plugins/shared/paths";
import { equal, isObject, type Properties, Secret, type Value } from "../plugins/shared/values";

/** One property that is not as the last update left it. A missing side is absent; secrets are masked. */
export interface Difference {
  /** In Pulumi's notation, such as `spec.replicas`. */
  readonly path: string;
  readonly is?: string;
  readonly should?: string;
}

/** Something that somebody changed behind Pulumi's back. */
export interface Found {
  /** Absent for what nobody declared, such as a user made by hand. */
  readonly urn?: string;
  /** Kind and name, as a person knows the resource: `Role drone-pipelines/lake`. */
  readonly name: string;
  /** The properties that differ; none where the whole resource is gone. */
  readonly differences: readonly Difference[];
}

/** Found by a look of our own. */
export interface Looked extends Found {
  /** Whether an update of the resource puts all of it back, whichever of its differences Pulumi sees. */
  readonly whole?: boolean;
  /** Puts it back without Pulumi; absent where that takes a resource made anew, and every plugin sees it. */
  restore?(): Promise<unknown>;
}

/** Stands for a secret. */
export const MASK = "[secret]";

/** Where the engine notes which properties of an object were filled in. */
const DEFAULTS = "__defaults";

/** A value for the report: JSON, secrets masked at any depth. */
function shown(value: Value | undefined): string | undefined {
  return value === undefined ? undefined : JSON.stringify(masked(value));
}

function masked(value: Value): unknown {
  if (value instanceof Secret) return MASK;
  if (Array.isArray(value)) return value.map(masked);
  if (!isObject(value)) return value;
  const known = Object.entries(value).filter(([key]) => key !== DEFAULTS);
  return Object.fromEntries(known.map(([key, item]) => [key, masked(item)]));
}

/** The value at a path. What lies inside of a secret is one too. */
export function valueAt(properties: Properties, path: Path): Value | undefined {
  const value = getPath(properties, path);
  const inSecret = path.some((_, depth) => getPath(properties, path.slice(0, depth)) instanceof Secret);
  return inSecret && value !== undefined ? new Secret(value) : value;
}

/** One difference; documents in JSON, such as policies, are compared inside. Where one side is secret, so is the other. */
export function differencesAt(path: Path, should: Value | undefined, is: Value | undefined): Difference[] {
  const [a, b] = [document(should), document(is)];
  if (a && b && !equal(a, b)) return between(a, b, path);
  const secret = should instanceof Secret || is instanceof Secret;
  const [wanted, found] = [should, is].map((value) => shown(secret && value !== undefined ? new Secret(value) : value));
  return [{ path: formatPath(path), ...(found && { is: found }), ...(wanted && { should: wanted }) }];
}

/** All differences of two objects; `under` is put before their paths. */
export function between(should: Properties, is: Properties, under: Path = []): Difference[] {
  return differences(should, is).flatMap(({ path }) =>
    differencesAt([...under, ...path], valueAt(should, path), valueAt(is, path)),
  );
}

function document(value: Value | undefined): Properties | undefined {
  if (typeof value !== "string" || !value.startsWith("{")) return undefined;
  try {
    return JSON.parse(value) as Properties;
  } catch {
    return undefined;
  }
}
