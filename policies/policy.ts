import type { Resource } from "./readers/resource";

/** Environments that have levels of their own; a stack of any other name is held to those of prod. */
export const environments = ["sandbox", "dev", "prod"] as const;
export type Environment = (typeof environments)[number];

/** What a violation does: stops the update, is told, or is not looked for. */
export type Level = "mandatory" | "advisory" | "disabled";

interface Text {
  /** Unique, in kebab-case; it is what Pulumi prints. */
  readonly name: string;
  /** What must be so, in one sentence. */
  readonly demand: string;
  /** What happens otherwise. */
  readonly why: string;
  /** The resource types that it reads, and what of them. */
  readonly looksAt: string;
  /** What to do about a violation. */
  readonly remedy: string;
  readonly levels: Readonly<Record<Environment, Level>>;
}

/** A policy that one resource alone can break: it is asked before the resource is made. */
export interface ResourcePolicy extends Text {
  /** Yields what is wrong, a phrase for each fault; a value that is known only later is no fault. */
  check(resource: Resource): Iterable<string>;
}

/** A fault that was found by looking at all resources, and the resource that it is laid to. */
export type Finding = readonly [resource: Resource, message: string];

/** A policy that takes the whole stack to judge: it is asked at the end of a preview and of an update. */
export interface StackPolicy extends Text {
  checkStack(resources: readonly Resource[]): Iterable<Finding>;
}

export type Policy = ResourcePolicy | StackPolicy;

/** Which environment's levels hold for a stack. */
export function environmentOf(stack: string): Environment {
  return environments.find((environment) => environment === stack) ?? "prod";
}
