/** The function getIamPolicyDocument: statements as a policy document in JSON, laid out as the official plugin does. */
import { crc32 } from "node:zlib";
import type { Actual } from "../declared/resource";
import { oneOf, type Schema } from "../declared/schema";
import { ProviderError } from "../shared/errors";
import type { JsonObject, Properties } from "../shared/values";

const strings = { type: "set", of: { type: "string" } } as const;

const schema: Schema = {
  overrideJson: { type: "string" },
  policyId: { type: "string" },
  sourceJson: { type: "string" },
  version: { type: "string", default: "2012-10-17", check: oneOf("2008-10-17", "2012-10-17") },
  statements: {
    type: "list",
    of: {
      type: "object",
      fields: {
        sid: { type: "string" },
        effect: { type: "string", default: "Allow", check: oneOf("Allow", "Deny") },
        actions: strings,
        resources: strings,
        principal: { type: "string", check: oneOf("*") },
        conditions: {
          type: "list",
          of: {
            type: "object",
            fields: {
              test: { type: "string", required: true },
              variable: { type: "string", required: true },
              values: { ...strings, required: true },
            },
          },
        },
      },
    },
  },
};

interface Statement {
  sid?: string;
  effect: string;
  actions?: string[];
  resources?: string[];
  principal?: string;
  conditions?: { test: string; variable: string; values: string[] }[];
}

interface Document {
  Version?: string;
  Id?: string;
  Statement?: JsonObject[];
}

function call(args: Actual): Properties {
  const version = String(args.version);
  const statements = (args.statements ?? []) as unknown as Statement[];
  const sids = statements.map((statement) => statement.sid).filter((sid) => sid);
  const twice = sids.find((sid, i) => sids.indexOf(sid) !== i);
  if (twice) throw new ProviderError(`getIamPolicyDocument: two statements have the sid "${twice}"`);
  const own = {
    Version: version,
    Id: String(args.policyId ?? ""),
    Statement: statements.map((one) => toJson(one, version)),
  };
  const documents = [parse(args, "sourceJson"), own, parse(args, "overrideJson")];
  const json = JSON.stringify(merge(documents), null, 2);
  return { ...(args as Properties), json, id: String(crc32(json)) };
}

function parse(args: Actual, name: string): Document {
  if (!args[name]) return {};
  try {
    return JSON.parse(String(args[name]));
  } catch (error) {
    throw new ProviderError(`getIamPolicyDocument: "${name}" is no JSON: ${(error as Error).message}`);
  }
}

/** Later documents win: their id, the higher version, and their statements in place of those with the same sid. */
function merge(documents: Document[]): Document {
  let Version = "";
  let Id = "";
  const Statement: JsonObject[] = [];
  for (const document of documents) {
    if (document.Id) Id = document.Id;
    if ((document.Version ?? "") > Version) Version = document.Version ?? "";
    for (const statement of document.Statement ?? []) {
      const place = statement.Sid ? Statement.findIndex((other) => other.Sid === statement.Sid) : -1;
      if (place < 0) Statement.push(statement);
      else Statement[place] = statement;
    }
  }
  return { ...(Version && { Version }), ...(Id && { Id }), Statement };
}

function toJson(statement: Statement, version: string): JsonObject {
  const { sid = "", effect, actions = [], resources = [], principal, conditions = [] } = statement;
  return {
    Sid: sid,
    Effect: effect,
    ...(actions.length > 0 && { Action: compact(actions) }),
    ...(resources.length > 0 && { Resource: compact(variables(resources, version)) }),
    ...(principal && { Principal: principal }),
    ...(conditions.length > 0 && { Condition: toCondition(conditions, version) }),
  };
}

/** One value stands alone, more are a list in falling order. */
function compact(values: string[]): string | string[] {
  const unique = [...new Set(values)].sort().reverse();
  return unique.length === 1 ? (unique[0] as string) : unique;
}

/** `&{...}` stands for the policy variable `${...}`, which the program's own language would fill in. */
function variables(values: string[], version: string): string[] {
  if (version === "2008-10-17" && values.some((value) => value.includes("&{")))
    throw new ProviderError("getIamPolicyDocument: policy variables (&{...}) need version 2012-10-17");
  return values.map((value) => value.replaceAll("&{", "${"));
}

/** All conditions; the official plugin keeps only the last one of several. */
function toCondition(conditions: NonNullable<Statement["conditions"]>, version: string): JsonObject {
  const result: Record<string, Record<string, string[]>> = {};
  for (const { test, variable, values } of conditions) {
    result[test] ??= {};
    const keys = result[test];
    keys[variable] = [...new Set([...(keys[variable] ?? []), ...variables(values, version)])].sort();
  }
  return result;
}

export const policyDocument = { "minio:index/getIamPolicyDocument:getIamPolicyDocument": { schema, call } };
