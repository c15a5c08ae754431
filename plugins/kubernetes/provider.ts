/** The Kubernetes provider: any kind that the server knows, by its discovery. */
import { detailed } from "../shared/diff";
import { InitializationError, ProviderError } from "../shared/errors";
import { type Path, parsePath } from "../shared/paths";
import type {
  CheckRequest,
  CheckResult,
  Context,
  CreateRequest,
  DeleteRequest,
  DiffRequest,
  DiffResult,
  InvokeResult,
  Provider,
  ReadRequest,
  ReadResult,
  UpdateRequest,
} from "../shared/provider";
import { hasUnknown, isObject, type Properties, UNKNOWN, unwrapProperties } from "../shared/values";
import {
  AUTONAMED,
  fieldManager as annotatedManager,
  forcesPatch,
  isAutonamed,
  REPLACE_UNREADY,
  timeoutMs,
} from "./annotations";
import { create, read, remove, update, type Write } from "./apply";
import { isFailedForGood, readiness } from "./await/readiness";
import { NotReadyError, waitUntilGone, waitUntilReady } from "./await/wait";
import { waitForFlaw } from "./await/wait-for";
import { fromOutputs, markSecrets, toOutputs } from "./checkpoint";
import { isNotFound } from "./client";
import { Cluster, isNoSuchKind, isUnreachable, unreachable } from "./cluster";
import { isIgnored, managedDifferences, withNamespace } from "./diff";
import { explainCreate, isPreviewable } from "./explain";
import { importedInputs } from "./import";
import { listsOfOthers } from "./managed-fields";
import { autoname, newFieldManager } from "./names";
import { normalize, prune } from "./normalize";
import { describe, fromToken, isPatchToken, type KubeObject, objectId, parseId, toServerKeys } from "./objects";
import { applyPatch, withdrawPatch } from "./patches";
import { isIdentity, replaceRule } from "./replace-rules";
import { checkSettings, readSettings, type Settings } from "./settings";
import { diffSettings } from "./settings-diff";
import { decodeYaml } from "./yaml-decode";

export class KubernetesProvider implements Provider {
  readonly supportsPreview = true;
  private settings!: Settings;
  private cluster: Cluster | undefined;
  /** Why there is no cluster; empty when there is one. */
  private problem = "the provider is not configured";
  private probe: Promise<string> | undefined;

  async checkConfig(news: Properties): Promise<CheckResult> {
    return { inputs: news, failures: checkSettings(news) };
  }

  async diffConfig(request: DiffRequest): Promise<DiffResult> {
    return diffSettings(unwrapProperties(request.olds), unwrapProperties(request.news));
  }

  async configure(args: Properties, variables: Record<string, string>): Promise<void> {
    this.settings = readSettings(args, variables);
    // Programs may preview without a cluster, so a useless kubeconfig only fails what needs the cluster.
    try {
      this.cluster = Cluster.open(this.settings);
      this.problem = "";
    } catch (error) {
      this.problem = (error as Error).message;
    }
  }

  async close(): Promise<void> {
    this.cluster?.client.close();
  }

  async check(request: CheckRequest, context: Context): Promise<CheckResult> {
    const gvk = fromToken(request.type);
    const plain = normalize(toServerKeys(unwrapProperties(request.news)));
    const inputs: Properties = {
      ...plain,
      apiVersion: plain.apiVersion ?? gvk.apiVersion,
      kind: plain.kind ?? gvk.kind,
    };
    // All of the metadata may hang on a resource that does not exist yet; then nothing can be said about it.
    if (plain.metadata === UNKNOWN) return { inputs: markSecrets(inputs, toServerKeys(request.news)) };
    if (this.settings.skipUpdateUnreachable && Object.keys(request.olds).length > 0) {
      const reason = this.problem || (await this.reach());
      if (reason) {
        context.log.warn(`unreachable (${reason}), and skipUpdateUnreachable is set: left as it was`, request.urn);
        return { inputs: request.olds };
      }
    }
    const metadata: Properties = isObject(plain.metadata) ? { ...plain.metadata } : {};
    inputs.metadata = metadata;
    if (metadata.generateName !== undefined && metadata.name === undefined) {
      const reason = "server-side apply needs a name: set metadata.name, or neither for a made-up one";
      return { inputs, failures: [{ property: "metadata.generateName", reason }] };
    }
    const flaw = waitForFlaw(inputs);
    if (flaw) return { inputs, failures: [{ property: "metadata.annotations", reason: flaw }] };
    if (isPatchToken(request.type) && !metadata.name) {
      const reason = `name the ${gvk.kind} of which fields are to be set`;
      return { inputs, failures: [{ property: "metadata.name", reason }] };
    }
    this.nameObject(request, metadata);
    if (this.cluster) {
      if (gvk.kind === "CustomResourceDefinition" && !hasUnknown(inputs))
        this.cluster.discovery.plan(inputs as KubeObject);
      if (!metadata.namespace && (await this.cluster.discovery.isNamespaced(gvk)))
        metadata.namespace = this.cluster.client.namespace;
    }
    return { inputs: markSecrets(inputs, toServerKeys(request.news)) };
  }

  /** Gives an object without a name the old made-up one, or a new one. */
  private nameObject(request: CheckRequest, metadata: Properties): void {
    if (metadata.name) return;
    const old = unwrapProperties(request.olds) as KubeObject;
    const kept = old.metadata && isAutonamed(old) ? old.metadata.name : undefined;
    // Only a new object gets a new name; a program that drops a chosen name gets one too, and so a replacement.
    metadata.name = kept ?? autoname(request);
    if (metadata.annotations !== UNKNOWN) {
      metadata.annotations = { ...(isObject(metadata.annotations) ? metadata.annotations : {}), [AUTONAMED]: "true" };
    }
  }

  async diff(request: DiffRequest): Promise<DiffResult> {
    const state = fromOutputs(request.olds);
    const inputs = normalize(toServerKeys(unwrapProperties(request.news)));
    const object = inputs as KubeObject;
    const namespaced = this.cluster
      ? await this.cluster.discovery.isNamespaced(object)
      : "namespace" in object.metadata;
    const live = withNamespace(state.live, namespaced);
    const oldInputs = withNamespace(normalize(state.inputs), namespaced);
    const news = withNamespace(inputs, namespaced);
    const ignored = request.ignoreChanges.map(parsePath);
    const isWhole = wholeLists(request.type, state.live, state.fieldManager);
    const found = managedDifferences(live, oldInputs, news, isWhole).filter(({ path }) => !isIgnored(path, ignored));
    const failed = await isFailedForGood(this.cluster, object, state.live);
    const reason: Path = ["metadata", "annotations", REPLACE_UNREADY];
    if (failed) found.push({ path: reason, kind: "update" });
    const sameName = object.metadata.name === live.metadata.name && news.metadata !== undefined;
    const samePlace = (news as unknown as KubeObject).metadata.namespace === live.metadata.namespace;
    const mustReplace = isPatchToken(request.type) ? isIdentity : replaceRule(object, this.settings);
    return detailed(found, {
      inputDiff: false,
      replaces: ({ path }) => path === reason || mustReplace(path),
      // Two objects of one name cannot live beside each other.
      deleteBeforeReplace: sameName && samePlace && !isAutonamed(object),
    });
  }

  async create(request: CreateRequest, context: Context): Promise<{ id: string; outputs: Properties }> {
    const { preview, urn } = request;
    const unseen = { id: "", outputs: request.inputs };
    if (preview && (hasUnknown(request.inputs) || !this.cluster)) return unseen;
    const object = toServerKeys(unwrapProperties(request.inputs)) as KubeObject;
    const cluster = this.open(`create ${describe(object)}`);
    const manager = annotatedManager(object) ?? newFieldManager();
    const write: Write = { cluster, context, urn, dryRun: preview };
    let live: KubeObject;
    try {
      live = isPatchToken(request.type)
        ? await applyPatch(write, object, manager, this.forces(object))
        : await create(write, object, manager, this.settings.upsertExistingObjects);
    } catch (error) {
      if (preview && !isPreviewable(error)) return unseen;
      if (isUnreachable(error)) throw unreachable(`create ${describe(object)}`, error.message);
      throw explainCreate(object, error);
    }
    const state = { inputs: object as Properties, fieldManager: manager, initialApiVersion: object.apiVersion };
    if (preview) return { id: "", outputs: toOutputs({ ...state, live: withoutServerFacts(live) }, request.inputs) };
    const outputs = (now: KubeObject) => toOutputs({ ...state, live: now }, request.inputs);
    if (isPatchToken(request.type)) return { id: objectId(live.metadata), outputs: outputs(live) };
    live = await this.ready(write, object, live, request, "created", outputs);
    return { id: objectId(live.metadata), outputs: outputs(live) };
  }

  /** Waits until the written object is ready, and gives the engine object and reasons when it is not. */
  private async ready(
    write: Write,
    object: KubeObject,
    live: KubeObject,
    request: { timeout: number; inputs?: Properties; news?: Properties },
    done: string,
    outputs: (live: KubeObject) => Properties,
  ): Promise<KubeObject> {
    try {
      return await waitUntilReady(write, object, live, timeoutMs(request.timeout, object), done);
    } catch (error) {
      const given = request.inputs ?? request.news ?? {};
      // Whatever went wrong, the object exists: the engine must not lose it.
      const seen = error instanceof NotReadyError ? error.live : live;
      const reasons =
        error instanceof NotReadyError
          ? error.reasons
          : [`${describe(live)} was ${done}, but cannot be watched until it is ready: ${(error as Error).message}`];
      throw new InitializationError(objectId(seen.metadata), outputs(seen), given, reasons);
    }
  }

  async read(request: ReadRequest, context: Context): Promise<ReadResult | undefined> {
    const { urn, id } = request;
    const state = fromOutputs(request.outputs);
    const oldInputs = normalize(toServerKeys(unwrapProperties(request.inputs)));
    const imported = Object.keys(oldInputs).length === 0;
    const gvk = imported
      ? fromToken(request.type)
      : { apiVersion: String(oldInputs.apiVersion), kind: String(oldInputs.kind) };
    const target = { ...gvk, metadata: parseId(id) } as KubeObject;
    if (await this.countsAsGone(urn, context)) return undefined;
    const reason = this.settings.skipUpdateUnreachable ? this.problem || (await this.reach()) : "";
    if (reason) {
      context.log.warn(`unreachable (${reason}), and skipUpdateUnreachable is set: left as it was`, urn);
      return { id, outputs: request.outputs, inputs: request.inputs };
    }
    const cluster = this.open(`read ${describe(target)}`);
    let live: KubeObject;
    try {
      live = await read(cluster, target);
    } catch (error) {
      if (isNotFound(error) || isNoSuchKind(error)) return undefined;
      if (isUnreachable(error)) throw unreachable(`read ${describe(target)}`, error.message);
      throw new ProviderError(`read ${describe(target)}: ${(error as Error).message}`);
    }
    const isWhole = wholeLists(request.type, live, state.fieldManager);
    const inputs = imported ? importedInputs(live) : (prune(live as Properties, oldInputs, isWhole) as Properties);
    const outputs = toOutputs(
      {
        live,
        inputs,
        fieldManager: annotatedManager(live) ?? state.fieldManager ?? newFieldManager(),
        initialApiVersion: state.initialApiVersion ?? gvk.apiVersion,
      },
      request.inputs,
    );
    const marked = markSecrets(inputs, request.inputs);
    if (!imported && !isPatchToken(request.type)) {
      const problem = await readiness(cluster, live);
      if (problem) throw new InitializationError(id, outputs, marked, [`${describe(live)} is not ready: ${problem}`]);
    }
    return { id, outputs, inputs: marked };
  }

  /** Whether an object is to be forgotten because its cluster does not answer, as the settings may say. */
  private async countsAsGone(urn: string, { log }: Context): Promise<boolean> {
    const reason = this.settings.deleteUnreachable ? this.problem || (await this.reach()) : "";
    if (reason) log.warn(`unreachable (${reason}), and deleteUnreachable is set: removed from the state`, urn);
    return reason !== "";
  }

  /** Why the cluster cannot be reached, empty if it can; asked once. */
  private reach(): Promise<string> {
    this.probe ??= (this.cluster?.client.request("GET", "/version") ?? Promise.resolve()).then(
      () => "",
      (error: unknown) => (isUnreachable(error) ? error.message : ""),
    );
    return this.probe;
  }

  async update(request: UpdateRequest, context: Context): Promise<{ outputs: Properties }> {
    const { preview, urn } = request;
    const state = fromOutputs(request.olds);
    if (preview && (hasUnknown(request.news) || !this.cluster)) return { outputs: request.news };
    const object = normalize(toServerKeys(unwrapProperties(request.news))) as KubeObject;
    const cluster = this.open(`update ${describe(object)}`);
    const manager = annotatedManager(object) ?? state.fieldManager ?? newFieldManager();
    const write: Write = { cluster, context, urn, dryRun: preview };
    let live: KubeObject;
    try {
      if (isPatchToken(request.type)) {
        live = await applyPatch(write, object, manager, this.forces(object));
      } else {
        const before = await read(cluster, { ...object, metadata: state.live.metadata });
        const { ignoreChanges } = request;
        live = await update(write, before, { object, manager, force: this.forces(object), ignoreChanges });
      }
    } catch (error) {
      if (preview && !isPreviewable(error)) return { outputs: request.news };
      if (isUnreachable(error)) throw unreachable(`update ${describe(object)}`, error.message);
      if (isNotFound(error))
        throw new ProviderError(`update ${describe(object)}: it is gone from the cluster: run pulumi refresh`);
      if (error instanceof ProviderError) throw error;
      throw new ProviderError(`update ${describe(object)}: ${(error as Error).message}`);
    }
    const initialApiVersion = state.initialApiVersion ?? object.apiVersion;
    const outputs = (now: KubeObject) =>
      toOutputs({ live: now, inputs: object as Properties, fieldManager: manager, initialApiVersion }, request.news);
    if (preview || isPatchToken(request.type)) return { outputs: outputs(live) };
    return { outputs: outputs(await this.ready(write, object, live, request, "updated", outputs)) };
  }

  async delete(request: DeleteRequest, context: Context): Promise<void> {
    const { live, inputs, fieldManager } = fromOutputs(request.outputs);
    const object = { ...live, metadata: { ...live.metadata, ...parseId(request.id) } };
    const what = describe(object);
    if (await this.countsAsGone(request.urn, context)) return;
    const cluster = this.open(`delete ${what}`);
    const write: Write = { cluster, context, urn: request.urn, dryRun: false };
    try {
      if (isPatchToken(request.type)) return await withdrawPatch(write, object, fieldManager as string);
      if (!(await remove(cluster, inputs as KubeObject, object))) return;
      await waitUntilGone(write, inputs as KubeObject, object, timeoutMs(request.timeout, inputs as KubeObject));
    } catch (error) {
      if (isUnreachable(error)) throw unreachable(`delete ${what}`, error.message);
      if (error instanceof ProviderError) throw error;
      throw new ProviderError(`delete ${what}: ${(error as Error).message}`);
    }
  }

  async invoke(token: string, args: Properties): Promise<InvokeResult> {
    if (token !== "kubernetes:yaml:decode") {
      throw new ProviderError(
        `the local build of the kubernetes plugin does not have the function ${token}: use the official plugin`,
      );
    }
    const discovery = this.cluster?.discovery;
    return {
      result: {
        result: await decodeYaml(unwrapProperties(args), async (kind) => discovery?.isNamespaced(kind) ?? true),
      },
    };
  }

  private forces(object: KubeObject): boolean {
    return this.settings.enablePatchForce || forcesPatch(object);
  }

  private open(operation: string): Cluster {
    if (!this.cluster) throw unreachable(operation, this.problem);
    return this.cluster;
  }
}

/** Which lists count with what others added to them; a patch is about its own items alone. */
function wholeLists(type: string, live: KubeObject, manager: string | undefined): (path: Path) => boolean {
  return isPatchToken(type) ? () => false : listsOfOthers(live, manager);
}

/** A dry run makes up an identity and a status that the real object will not have: in a preview they are unknown. */
function withoutServerFacts(object: KubeObject): KubeObject {
  const { status, ...rest } = object;
  const { uid, resourceVersion, managedFields, ...metadata } = object.metadata;
  return { ...rest, metadata } as KubeObject;
}
