import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseDocument, Scalar } from "yaml";
import { inputSchema, type JsonSchema, variantsOf } from "./json-schema";

/** How Pulumi.yaml declares one top-level key. */
export interface Declaration {
  type: "string" | "boolean" | "object";
  description: string;
  /** Absent where every stack must say it. */
  default?: unknown;
}

/**
 * The `config` section of Pulumi.yaml as the schema says it.
 *
 * Pulumi types only top-level keys, so the description of a structured one lists its nested keys with what is allowed,
 * their defaults and their meaning.
 */
export function describeConfig(): Record<string, Declaration> {
  const schema = inputSchema();
  return Object.fromEntries(
    Object.entries(schema.properties ?? {}).map(([key, value]) => {
      const nested = lines(value, "  ");
      const type = value.type as Declaration["type"];
      return [
        key,
        {
          type,
          description: [`${value.description ?? ""}${value.enum ? ` (${allowed(value)})` : ""}`, ...nested].join("\n"),
          ...(schema.required?.includes(key) ? {} : { default: value.default }),
        },
      ];
    }),
  );
}

/** One line a nested key. */
function lines(schema: JsonSchema, indent: string): string[] {
  const variants = variantsOf(schema);
  if (variants.length > 1) return lines(merged(variants), indent);
  if (schema.items) return lines(schema.items, indent);
  return Object.entries(schema.properties ?? {}).flatMap(([key, value]) => [
    `${indent}${key} (${[allowed(value), presence(schema, key, value)].filter(Boolean).join(", ")})${value.description ? `: ${value.description}` : ""}`,
    ...lines(value, `${indent}  `),
  ]);
}

/** One object that has every key of the variants, with every value that one of them fixes. */
function merged(variants: readonly JsonSchema[]): JsonSchema {
  const properties: Record<string, JsonSchema> = {};
  for (const [key, value] of variants.flatMap((variant) => Object.entries(variant.properties ?? {}))) {
    const known = properties[key]?.enum ?? [];
    properties[key] = value.const === undefined ? value : { ...value, enum: [...known, value.const] };
  }
  const required = variants[0]?.required?.filter((key) => variants.every((variant) => variant.required?.includes(key)));
  return { properties, required };
}

function presence(parent: JsonSchema, key: string, value: JsonSchema): string {
  if (parent.required?.includes(key)) return "required";
  const fallback = value.default;
  return fallback === undefined || JSON.stringify(fallback) === "{}" ? "" : `default ${JSON.stringify(fallback)}`;
}

function allowed(schema: JsonSchema): string {
  if (schema.enum) return schema.enum.join(" | ");
  const { minimum, maximum = Number.MAX_SAFE_INTEGER } = schema;
  if (minimum !== undefined && maximum < Number.MAX_SAFE_INTEGER) return `${schema.type} ${minimum} to ${maximum}`;
  return schema.title ?? schema.type ?? (schema.anyOf || schema.oneOf ? "object" : "any");
}

/** Writes the section into Pulumi.yaml: `npx tsx config/describe.ts` after every change of the schema. */
function writeProjectFile(): void {
  const path = join(__dirname, "..", "Pulumi.yaml");
  const project = parseDocument(readFileSync(path, "utf8"));
  project.set("config", project.createNode(describeConfig()));
  for (const key of Object.keys(describeConfig())) {
    const description = project.getIn(["config", key, "description"], true) as Scalar<string>;
    if (description.value.includes("\n")) description.type = Scalar.BLOCK_LITERAL;
  }
  writeFileSync(path, project.toString({ lineWidth: 0 }));
}

if (require.main === module) writeProjectFile();
