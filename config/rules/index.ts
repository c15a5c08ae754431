import type { Environment } from "../schema";
import { bucketRule } from "./buckets";
import { catalogueRule } from "./catalogue";
import { databaseRule } from "./database";
import { databaseClusterRule } from "./database-cluster";
import { endpointRules } from "./endpoints";
import { eventQueueRule } from "./event-queue";
import { gpuRule } from "./gpu";
import { devicePluginRule, gpuImageRule, imageRule, notebooksImageRule } from "./images";
import { mcpRule } from "./mcp";
import { objectStoreRule } from "./object-store";
import { productionRule } from "./production";
import type { Problem, Rule } from "./rule";
import { sizeClassRule } from "./size-classes";
import { timeoutRule } from "./timeouts";
import { tlsRule } from "./tls";

export type { Problem } from "./rule";

/** Everything that must hold between the keys of one environment; each key on its own is the schema's business. */
const RULES: readonly Rule[] = [
  tlsRule,
  objectStoreRule,
  bucketRule,
  eventQueueRule,
  databaseRule,
  databaseClusterRule,
  catalogueRule,
  mcpRule,
  ...endpointRules,
  sizeClassRule,
  timeoutRule,
  gpuRule,
  imageRule,
  gpuImageRule,
  devicePluginRule,
  notebooksImageRule,
  productionRule,
];

/** What breaks a rule. Those that read a malformed top-level key are left out: what is wrong there is told by the schema. */
export function crossFieldProblems(
  environment: Partial<Environment>,
  malformed: ReadonlySet<string> = new Set(),
): Problem[] {
  return RULES.filter(({ reads }) => !reads.some((key) => malformed.has(key))).flatMap((rule) =>
    rule.problems(environment as Environment),
  );
}
