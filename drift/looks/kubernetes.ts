/** A forced server-side dry run of every object that Pulumi applied, against the live one: what it would change was changed by hand. */
import { markSecrets } from "../../plugins/kubernetes/checkpoint";
import { ApiError, isNotFound } from "../../plugins/kubernetes/client";
import { type Cluster, isNoSuchKind } from "../../plugins/kubernetes/cluster";
import { objectPath } from "../../plugins/kubernetes/discovery";
import { CREATOR } from "../../plugins/kubernetes/managed-fields";
import { describe, isPatchToken, type KubeObject, parseId, toServerKeys } from "../../plugins/kubernetes/objects";
import type { Path } from "../../plugins/shared/paths";
import { isObject, type Properties, unwrap, unwrapProperties, type Value } from "../../plugins/shared/values";
import { between, type Difference, differencesAt, type Looked } from "../drift";
import type { Resource } from "../state";

/** Requests under way at a time. */
const AT_ONCE = 8;

/** What every write changes, and what controllers say of an object. */
const SERVERS_OWN = ["managedFields", "resourceVersion", "generation"] as const;

export async function lookAtCluster(cluster: Cluster, resources: readonly Resource[]): Promise<Looked[]> {
  // What has no kind is no object of the API, such as a Helm release.
  const waiting = resources.filter(({ inputs }) => typeof inputs.kind === "string");
  const found: Looked[] = [];
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const drift = await lookAtObject(cluster, next);
      if (drift) found.push(drift);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return found.sort((a, b) => a.name.localeCompare(b.name));
}

async function lookAtObject(cluster: Cluster, resource: Resource): Promise<Looked | undefined> {
  const { client } = cluster;
  const object = appliedObject(resource);
  const manager = String(unwrapProperties(resource.outputs).__fieldManager ?? CREATOR);
  const name = describe(object);
  try {
    const path = objectPath(await cluster.discovery.find(object), object.metadata);
    const apply = (more: Record<string, string>) =>
      client.request<KubeObject>("PATCH", path, {
        query: { fieldManager: manager, force: true, ...more },
        body: object,
        contentType: "application/apply-patch+yaml",
      });
    const live = await client.request<KubeObject>("GET", path);
    // With the identity the server refuses to make an object that has gone in between.
    object.metadata = { ...object.metadata, uid: live.metadata.uid };
    const mended = await apply({ dryRun: "All" });
    const inputs = toServerKeys(resource.inputs);
    const marked = (one: KubeObject) => markSecrets(comparable(one), inputs);
    const differences = isPatchToken(resource.type)
      ? missing(inputs, live as Properties)
      : between(marked(mended), marked(live));
    if (differences.length === 0) return undefined;
    return { urn: resource.urn, name, differences, whole: true, restore: () => apply({}) };
  } catch (error) {
    if (isNotFound(error) || isNoSuchKind(error)) return { urn: resource.urn, name, differences: [] };
    if (error instanceof ApiError) throw new Error(`${name} cannot be looked at: ${error.message}`);
    throw error;
  }
}

/** The object as it was applied last, whose name and namespace may have been chosen by the plugin. */
function appliedObject({ id, type, inputs }: Resource): KubeObject {
  const plain = unwrapProperties(toServerKeys(inputs)) as KubeObject;
  const metadata = { ...plain.metadata, ...parseId(id) };
  if (isPatchToken(type)) return { ...plain, metadata };
  const { status: _, ...object } = plain;
  return { ...object, metadata } as KubeObject;
}

function comparable({ status: _, metadata, ...object }: KubeObject): Properties {
  const kept = Object.entries(metadata).filter(([key]) => !SERVERS_OWN.some((own) => own === key));
  return { ...object, metadata: Object.fromEntries(kept) } as Properties;
}

/** What a patch sets and the live object does not have. Other items of its lists, such as a node's other taints, are others' business. */
function missing(patch: Value, live: Value | undefined, path: Path = []): Difference[] {
  if (isObject(patch) && isObject(live)) {
    return Object.entries(patch).flatMap(([key, value]) => missing(value, live[key], [...path, key]));
  }
  const all = Array.isArray(patch) && Array.isArray(live) && patch.every((item) => live.some((one) => has(one, item)));
  return all || has(live, patch) ? [] : differencesAt(path, patch, live);
}

function has(live: Value | undefined, item: Value): boolean {
  const plain = unwrap(item);
  if (!isObject(plain)) return live === plain;
  return isObject(live) && Object.entries(plain).every(([key, value]) => has(live[key], value));
}
