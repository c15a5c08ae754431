/** A provider whose resource types are tables (`ResourceType`). */
import { randomBytes } from "node:crypto";
import { detailed } from "../shared/diff";
import { InitializationError, ProviderError } from "../shared/errors";
import type * as rpc from "../shared/provider";
import {
  hasUnknown,
  isObject,
  type Json,
  keepSecrets,
  type Properties,
  Secret,
  UNKNOWN,
  Unknown,
  unwrap,
  unwrapProperties,
} from "../shared/values";
import { checkInputs } from "./check";
import { readConfig } from "./config";
import { declaredDifferences, replacesObject } from "./diff";
import { type Actual, desiredFrom, inputsFrom, outputsFrom, previewOutputs, type ResourceType } from "./resource";
import type { Schema } from "./schema";

export interface Declaration<Client> {
  /** Package name, such as `minio`. */
  name: string;
  types: ResourceType<Client>[];
  config: Schema;
  /** Environment variables that stand in for an absent argument, the first set one wins. */
  environment?: Record<string, string[]>;
  connect(config: Actual): Client;
  close?(client: Client): Promise<void>;
  /** Functions by token. */
  functions?: Record<string, { schema: Schema; call(args: Actual): Properties }>;
  noteDefaults?: boolean;
  /** Whether diffs name only top-level properties (as the official random plugin does). */
  plainDiffs?: boolean;
}

export class DeclaredProvider<Client> implements rpc.Provider {
  readonly supportsPreview = true;
  private connection: { client: Client } | undefined;
  private unknownConfig: string[] = [];
  private readonly types: Map<string, ResourceType<Client>>;

  constructor(private readonly declaration: Declaration<Client>) {
    this.types = new Map(declaration.types.map((type) => [type.token, type]));
  }

  async checkConfig(news: Properties): Promise<rpc.CheckResult> {
    const { failures } = readConfig(this.declaration, news);
    // The SDKs do not mark every secret argument as one.
    return { inputs: secrets(this.declaration.config, news, news), failures };
  }

  async configure(args: Properties): Promise<void> {
    const { values, failures, unknown } = readConfig(this.declaration, args);
    if (failures[0]) throw new ProviderError(failures.map((failure) => failure.reason).join("\n"));
    this.unknownConfig = unknown;
    if (unknown.length === 0) this.connection = { client: this.declaration.connect(values) };
  }

  async check(request: rpc.CheckRequest): Promise<rpc.CheckResult> {
    const type = this.type(request.type);
    const { noteDefaults = true } = this.declaration;
    const { inputs, failures } = checkInputs(type.schema, request.news, { subject: request.type, noteDefaults });
    if (type.named && inputs[type.named] === undefined && inputs[`${type.named}Prefix`] === undefined) {
      inputs[type.named] = madeUpName(request, type.named);
      if (Array.isArray(inputs.__defaults)) inputs.__defaults.push(type.named);
    }
    const isNew = Object.keys(request.olds).length === 0;
    for (const [property, { fixed, default: assumed }] of Object.entries(type.schema)) {
      const before = isNew ? null : (request.olds[property] ?? assumed ?? null);
      const [old, next] = [unwrap(before), unwrap(inputs[property] ?? assumed ?? null)];
      if (!fixed || old === null || next instanceof Unknown || old === next) continue;
      failures.push({ property, reason: `${request.type}: "${property}" cannot change from "${old}": ${fixed}` });
    }
    const known = Object.fromEntries(Object.entries(inputs).filter(([, value]) => !hasUnknown(value)));
    for (const { property, reason } of type.checkTogether?.(unwrapProperties(known) as Actual) ?? [])
      failures.push({ property, reason: `${request.type}: ${reason}` });
    return { inputs, failures };
  }

  async diff(request: rpc.DiffRequest): Promise<rpc.DiffResult> {
    const type = this.type(request.type);
    const found = declaredDifferences(type.schema, request.olds, request.news);
    const replaces = (difference: (typeof found)[number]) => replacesObject(type.schema, difference);
    // Old outputs are compared, so that what a refresh saw is mended.
    const { deleteBeforeReplace = false } = type;
    const result = detailed(found, { replaces, deleteBeforeReplace, inputDiff: false });
    if (!this.declaration.plainDiffs) return result;
    return { ...result, detailed: undefined, replaces: [...new Set(result.replaces)].map(topLevel) };
  }

  async create(request: rpc.CreateRequest): Promise<{ id: string; outputs: Properties }> {
    const type = this.type(request.type);
    const { schema } = type;
    if (request.preview)
      return { id: "", outputs: secrets(schema, previewOutputs(schema, request.inputs), request.inputs) };
    const desired = desiredFrom(schema, request.inputs);
    const { id, outputs, incomplete } = await type.create(this.connected(), desired);
    const stored = secrets(schema, outputsFrom(schema, id, outputs, desired), request.inputs);
    if (incomplete) throw new InitializationError(id, stored, request.inputs, [`${id} was made, but: ${incomplete}`]);
    return { id, outputs: stored };
  }

  async read(request: rpc.ReadRequest): Promise<rpc.ReadResult | undefined> {
    const type = this.type(request.type);
    const { schema } = type;
    const imported = Object.keys(request.outputs).length === 0;
    const state = (imported ? (type.fromId?.(request.id) ?? {}) : unwrapProperties(request.outputs)) as Actual;
    const found = await type.read(this.connected(), request.id, state);
    if (!found) return undefined;
    const outputs = outputsFrom(schema, found.id, found.outputs, state);
    const inputs = Object.keys(request.inputs).length === 0 ? inputsFrom(schema, outputs) : request.inputs;
    return { id: found.id, inputs, outputs: secrets(schema, outputs, request.inputs) };
  }

  async update(request: rpc.UpdateRequest): Promise<{ outputs: Properties }> {
    const type = this.type(request.type);
    const { schema } = type;
    const old = unwrapProperties(request.olds) as Actual;
    if (request.preview) {
      const outputs = { ...request.olds, ...previewUpdate(schema, request.news) };
      for (const name of type.renewed?.(old, unwrapProperties(request.news)) ?? []) outputs[name] = UNKNOWN;
      return { outputs: secrets(schema, outputs, request.news) };
    }
    if (!type.update) throw new ProviderError(`${request.type} cannot change in place: a change makes a new one`);
    const desired = desiredFrom(schema, request.news);
    const { id, outputs } = await type.update(this.connected(), request.id, old, desired);
    const kept = Object.fromEntries(
      Object.entries(old).filter(([name]) => schema[name]?.output || schema[name]?.computed),
    );
    return { outputs: secrets(schema, outputsFrom(schema, id, outputs, { ...kept, ...desired }), request.news) };
  }

  async delete(request: rpc.DeleteRequest): Promise<void> {
    await this.type(request.type).delete(this.connected(), request.id, unwrapProperties(request.outputs) as Actual);
  }

  async invoke(token: string, args: Properties): Promise<rpc.InvokeResult> {
    const found = this.declaration.functions?.[token];
    if (!found) {
      const known = Object.keys(this.declaration.functions ?? {});
      throw new ProviderError(
        `${token} is no function of the local build of the ${this.declaration.name} plugin; it has ${known.join(", ") || "none"}`,
      );
    }
    const { inputs, failures } = checkInputs(found.schema, args, { subject: token, noteDefaults: false });
    if (failures.length > 0) return { result: {}, failures };
    return { result: keepSecrets(found.call(desiredFrom(found.schema, inputs)), args) };
  }

  async close(): Promise<void> {
    if (this.connection) await this.declaration.close?.(this.connection.client);
  }

  private type(token: string): ResourceType<Client> {
    const type = this.types.get(token);
    if (type) return type;
    throw new ProviderError(
      `${token} is not supported by the local build of the ${this.declaration.name} plugin. ` +
        `It supports ${[...this.types.keys()].join(", ")}. Use the official plugin for other types.`,
    );
  }

  private connected(): Client {
    if (this.connection) return this.connection.client;
    const what = this.unknownConfig.map((name) => `"${name}"`).join(", ");
    throw new ProviderError(
      `the provider "${this.declaration.name}" cannot reach its server: ${what} of its configuration is not known yet`,
    );
  }
}

function topLevel(path: string): string {
  return path.split(/[.[]/)[0] as string;
}

/** Values that an update sets for sure: the given ones and the defaults of the others. */
function previewUpdate(schema: Schema, news: Properties): Properties {
  const outputs: Properties = {};
  for (const [name, property] of Object.entries(schema)) {
    if (property.output) continue;
    const value = news[name] ?? property.default;
    if (value !== undefined) outputs[name] = isObject(value) ? (unwrap(value) as Json) : value;
    else if (!property.computed) outputs[name] = null;
  }
  return outputs;
}

/** The outputs with secrets wrapped: those that the table names, and those that came in as secret inputs. */
function secrets(schema: Schema, outputs: Properties, inputs: Properties): Properties {
  const result = keepSecrets(outputs, inputs);
  for (const [name, property] of Object.entries(schema)) {
    const value = result[name];
    if (
      property.secret &&
      value !== undefined &&
      value !== null &&
      !(value instanceof Secret) &&
      !(value instanceof Unknown)
    )
      result[name] = new Secret(value);
  }
  return result;
}

/** A name for an object that the program does not name: kept once made, else the resource's name and seven hexadecimal digits. */
function madeUpName(request: rpc.CheckRequest, property: string): string {
  const old = request.olds[property];
  if (typeof old === "string") return old;
  const { autonaming } = request;
  if (autonaming?.mode === "disable") {
    throw new ProviderError(`${request.type} "${request.name}": autonaming is off, so give "${property}"`);
  }
  if (autonaming?.proposedName) return autonaming.proposedName;
  const seed = request.randomSeed.length >= 4 ? Buffer.from(request.randomSeed) : randomBytes(4);
  return `${request.name}-${seed.toString("hex").slice(0, 7)}`;
}
