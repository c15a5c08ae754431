/** CustomResourceDefinitions in few lines: their schemas are upstream's text, up to 240 kB each. */
import { createHash } from "node:crypto";

const TYPE = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition";

interface Version {
  schema?: unknown;
  [key: string]: unknown;
}

/** How many named fields a schema has, at all depths. */
function fields(schema: unknown): number {
  if (schema === null || typeof schema !== "object") return 0;
  return Object.entries(schema).reduce((sum, [key, value]) => {
    const named = key === "properties" && value !== null && typeof value === "object" ? Object.keys(value).length : 0;
    return sum + named + fields(value);
  }, 0);
}

function digest(schema: unknown): string {
  const sha256 = createHash("sha256").update(JSON.stringify(schema)).digest("hex");
  return `${fields(schema)} fields, sha256 ${sha256.slice(0, 16)}`;
}

/**
 * The inputs of a resource, with a digest in place of each schema of a CustomResourceDefinition. The schemas change only with a release of
 * upstream, whose version the labels show; what the program itself could change of a definition (names, scope, versions, conversion) stays.
 */
export function withDigests(type: string, inputs: Record<string, unknown>): Record<string, unknown> {
  const spec = inputs.spec as { versions: Version[] } | undefined;
  if (type !== TYPE || !spec) return inputs;
  const versions = spec.versions.map(({ schema, ...version }) => ({ ...version, schema: digest(schema) }));
  return { ...inputs, spec: { ...spec, versions } };
}
