import type { Environment } from "../schema";

/** One thing that is wrong with an environment's config. */
export interface Problem {
  /** Dotted path, such as `objectStore.pools.0.nodes`. */
  path: string;
  /** What was found and what is allowed, in plain words. */
  message: string;
}

/** What must hold between keys of an environment. */
export interface Rule {
  /** The top-level keys that it looks at: it can be checked where these are well-formed, whatever the others are. */
  readonly reads: readonly (keyof Environment)[];
  problems(environment: Environment): Problem[];
}

/** A rule that sees nothing but what it says it reads. */
export function rule<Key extends keyof Environment>(
  reads: readonly Key[],
  problems: (environment: Pick<Environment, Key>) => Problem[],
): Rule {
  return { reads, problems };
}

/** A problem for each name that is there more than once. */
export function duplicates(names: readonly string[], path: string, what: string): Problem[] {
  return [...new Set(names.filter((name, i) => names.indexOf(name) !== i))].map((name) => ({
    path,
    message: `${what} ${JSON.stringify(name)} is there more than once; each name may be used once`,
  }));
}
