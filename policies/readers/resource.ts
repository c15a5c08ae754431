import { UNKNOWN, type Values } from "./values";

/** A resource as the policies see it. */
export interface Resource {
  readonly urn: string;
  /** Token such as `kubernetes:apps/v1:StatefulSet`. */
  readonly type: string;
  readonly name: string;
  /** Its properties as plain values, secrets in clear, with `UNKNOWN` for what only `up` will know. */
  readonly props: Values;
  /** Whether Pulumi refuses to delete it. */
  readonly protect: boolean;
  /** URNs of the resources that a property's value comes from, as far as Pulumi tells: it does to policies of the stack. */
  readonly sources: Readonly<Record<string, readonly string[]>>;
}

/** What Pulumi hands to a policy about a resource. */
interface PolicyArgs {
  urn: string;
  type: string;
  name: string;
  props: Values;
  opts: { protect: boolean };
  propertyDependencies?: Record<string, { urn: string }[]>;
}

/** The resource out of what Pulumi hands to a policy. */
export function resourceOf({ urn, type, name, props, opts, propertyDependencies = {} }: PolicyArgs): Resource {
  const sources = Object.entries(propertyDependencies).map(([key, from]) => [key, from.map((source) => source.urn)]);
  return {
    urn,
    type,
    name,
    props: known(props) as Values,
    protect: opts.protect,
    sources: Object.fromEntries(sources),
  };
}

/**
 * Pulumi throws at the first touch of an unknown value, and then the whole policy is only advisory. Here the touch makes
 * that one value `UNKNOWN`, so that a policy judges all the rest.
 *
 * A map's values are read when they are asked for: most policies ask nothing of most resources, and some are large.
 */
function known(value: unknown): unknown {
  if (Array.isArray(value)) return Array.from({ length: value.length }, (_, i) => touched(() => value[i]));
  if (typeof value !== "object" || value === null) return value;
  const map = value as Values;
  const read: Record<string, unknown> = {};
  for (const key of Object.keys(map)) {
    const get = () => {
      const inner = touched(() => map[key]);
      Object.defineProperty(read, key, { value: inner, enumerable: true });
      return inner;
    };
    Object.defineProperty(read, key, { get, enumerable: true, configurable: true });
  }
  return read;
}

function touched(read: () => unknown): unknown {
  try {
    return known(read());
  } catch (error) {
    if ((error as Error).constructor.name === "UnknownValueError") return UNKNOWN;
    throw error;
  }
}
