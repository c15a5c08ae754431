import type { Environment } from "../schema";
import { databaseRule } from "./database";
import { endpointRules } from "./endpoints";
import { eventQueueRule } from "./event-queue";
import { gpuRule } from "./gpu";
import { imageRule } from "./images";
import { objectStoreRule } from "./object-store";
import { productionRule } from "./production";
import type { Problem, Rule } from "./rule";
import { sizeClassRule } from "./size-classes";
import { timeoutRule } from "./timeouts";

export type { Problem } from "./rule";

/** Everything that must hold between the keys of one environment; each key on its own is the schema's business. */
const RULES: readonly Rule[] = [
  objectStoreRule,
  eventQueueRule,
  databaseRule,
  ...endpointRules,
  sizeClassRule,
  timeoutRule,
  gpuRule,
  imageRule,
  productionRule,
];

/** What breaks a rule; where a top-level key is missing, because it is malformed, the rules that read it are left out. */
export function crossFieldProblems(environment: Partial<Environment>): Problem[] {
  return RULES.filter(({ reads }) => reads.every((key) => environment[key] !== undefined)).flatMap((rule) =>
    rule.problems(environment as Environment),
  );
}
