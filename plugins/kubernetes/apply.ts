/** Writing objects: create, server-side apply, delete, each also as a dry run. */
import { setTimeout as sleep } from "node:timers/promises";
import { getPath, parsePath, withPath } from "../shared/paths";
import type { Context } from "../shared/provider";
import { isObject, type Properties } from "../shared/values";
import { propagation } from "./annotations";
import { ApiError, hasReason, isNotFound } from "./client";
import { type Cluster, isNoSuchKind } from "./cluster";
import { collectionPath, type KindInfo, objectPath } from "./discovery";
import { explainConflict } from "./explain";
import { CREATOR, hasCreatorFields, ownersOf, takeOver } from "./managed-fields";
import type { KubeObject } from "./objects";

const APPLY = "application/apply-patch+yaml";
const RETRIES = 6;

export interface Write {
  cluster: Cluster;
  context: Context;
  urn: string;
  dryRun: boolean;
}

/** A field that the kind does not have is refused; by default the server would drop it. */
function query({ dryRun }: Write, more: Record<string, string | boolean>) {
  return { ...more, fieldValidation: "Strict", ...(dryRun ? { dryRun: "All" } : {}) };
}

function body(info: KindInfo, object: KubeObject): KubeObject {
  if (info.namespaced) return object;
  const { namespace, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/** A webhook whose server is still starting: the API server says so with an internal error, and a little later it works. */
function isStartingWebhook(error: unknown): boolean {
  return error instanceof ApiError && error.code === 500 && error.message.includes("failed calling webhook");
}

/** The predecessor's deletion was not waited for: the server refuses its name until it is gone. */
function isOutgoing(error: unknown): boolean {
  return error instanceof ApiError && error.code === 409 && error.message.includes("object is being deleted");
}

/** Failures that pass when another object of the same update is there, or gone: the namespace, the custom kind, its webhook, a predecessor. */
function isMisordered(error: unknown): boolean {
  return isNoSuchKind(error) || isNotFound(error) || isStartingWebhook(error) || isOutgoing(error);
}

/** Creates the object. Throws `ApiError`, `NoSuchKindError`, `UnreachableError`. `upsert`: take over one that exists, under `manager`. */
export async function create(write: Write, object: KubeObject, manager: string, upsert: boolean): Promise<KubeObject> {
  const { cluster, context, urn } = write;
  for (let attempt = 1; ; attempt++) {
    try {
      const info = await cluster.discovery.find(object);
      return upsert ? await takeUp(write, info, object, manager) : await post(write, info, object);
    } catch (error) {
      if (write.dryRun || attempt > RETRIES || !isMisordered(error)) throw error;
      context.log.status(`try ${attempt} of ${RETRIES}: ${(error as Error).message}`, urn);
      await sleep(500 * 2 ** (attempt - 1), undefined, { signal: context.signal });
    }
  }
}

function post(write: Write, info: KindInfo, object: KubeObject): Promise<KubeObject> {
  return write.cluster.client.request<KubeObject>("POST", collectionPath(info, object.metadata.namespace), {
    query: query(write, { fieldManager: CREATOR }),
    body: body(info, object),
  });
}

async function takeUp(write: Write, info: KindInfo, object: KubeObject, manager: string): Promise<KubeObject> {
  // What is written to an object on its way out would go with it; a creation has to wait for that.
  if (!write.dryRun && (await isGoing(write.cluster, info, object))) return post(write, info, object);
  try {
    return await patch(write, info, object, manager, true);
  } catch (error) {
    if (!write.dryRun || !hasReason(error, "Invalid")) throw error;
    // A replacement's dry run still meets the predecessor with its immutable fields. A creation is judged without it: it fails with
    // what is wrong with the object itself, else with AlreadyExists.
    return post(write, info, object);
  }
}

async function isGoing({ client }: Cluster, info: KindInfo, object: KubeObject): Promise<boolean> {
  try {
    const { metadata } = await client.request<KubeObject>("GET", objectPath(info, object.metadata));
    return metadata.deletionTimestamp !== undefined;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

export function patch(
  write: Write,
  info: KindInfo,
  object: KubeObject,
  manager: string,
  force: boolean,
): Promise<KubeObject> {
  return write.cluster.client.request<KubeObject>("PATCH", objectPath(info, object.metadata), {
    query: query(write, { fieldManager: manager, force }),
    body: body(info, object),
    contentType: APPLY,
  });
}

/** The live object. Throws `ApiError` 404, `NoSuchKindError`, `UnreachableError`. */
export async function read(
  cluster: Cluster,
  object: Pick<KubeObject, "apiVersion" | "kind" | "metadata">,
): Promise<KubeObject> {
  const info = await cluster.discovery.find(object);
  return cluster.client.request<KubeObject>("GET", objectPath(info, object.metadata));
}

export interface Update {
  object: KubeObject;
  manager: string;
  /** Take over fields that other managers own. */
  force: boolean;
  ignoreChanges: string[];
}

/** Brings the live object to `object` by server-side apply; a CustomResourceDefinition is put as a whole, as its lists do not merge. */
export async function update(write: Write, live: KubeObject, change: Update): Promise<KubeObject> {
  const { cluster, dryRun } = write;
  const info = await cluster.discovery.find(change.object);
  if (info.kind === "CustomResourceDefinition") return putDefinition(write, info, live, change);
  const current = dryRun ? live : await takeOverFields(cluster, info, live, change.manager);
  const object = keepIgnored(change, current);
  const unmanaged = (current.metadata.managedFields ?? []).length === 0;
  const force = change.force || unmanaged || (dryRun && hasCreatorFields(current));
  try {
    return await patch(write, info, object, change.manager, force);
  } catch (error) {
    throw explainConflict(object, error);
  }
}

async function putDefinition(write: Write, info: KindInfo, live: KubeObject, change: Update): Promise<KubeObject> {
  const { client } = write.cluster;
  const path = objectPath(info, live.metadata);
  let current = live;
  for (let attempt = 1; ; attempt++) {
    const { resourceVersion } = current.metadata;
    const definition = keepAuthority(change.object, current);
    try {
      return await client.request<KubeObject>("PUT", path, {
        query: query(write, { fieldManager: change.manager }),
        body: { ...definition, metadata: { ...definition.metadata, resourceVersion } },
      });
    } catch (error) {
      // A controller wrote in between: look again.
      if (attempt >= RETRIES || !hasReason(error, "Conflict")) throw error;
      current = await client.request<KubeObject>("GET", path);
    }
  }
}

/** With the CA by which the API server knows the conversion webhook, which the webhook itself has filled in. */
function keepAuthority(definition: KubeObject, live: KubeObject): KubeObject {
  const path = ["spec", "conversion", "webhook", "clientConfig"];
  const caBundle = getPath(live as Properties, [...path, "caBundle"]);
  const client = getPath(definition as Properties, path);
  if (!caBundle || !isObject(client) || client.caBundle) return definition;
  return withPath(definition as Properties, [...path, "caBundle"], caBundle) as KubeObject;
}

/** Moves the fields that the creation owns to the manager that applies, else fields that leave the program would stay. */
async function takeOverFields(
  cluster: Cluster,
  info: KindInfo,
  live: KubeObject,
  manager: string,
): Promise<KubeObject> {
  let current = live;
  for (let attempt = 1; ; attempt++) {
    const managedFields = takeOver(current, manager);
    if (!managedFields) return current;
    const { resourceVersion } = current.metadata;
    try {
      return await cluster.client.request<KubeObject>("PATCH", objectPath(info, current.metadata), {
        contentType: "application/json-patch+json",
        body: [
          { op: "replace", path: "/metadata/managedFields", value: managedFields },
          { op: "replace", path: "/metadata/resourceVersion", value: resourceVersion },
        ],
      });
    } catch (error) {
      // A controller wrote in between: look again.
      if (attempt >= RETRIES || !hasReason(error, "Conflict")) throw error;
      current = await cluster.client.request<KubeObject>("GET", objectPath(info, current.metadata));
    }
  }
}

/** The object to apply, with ignored fields as they are on the server; a field that only others own is not sent at all. */
function keepIgnored({ object, ignoreChanges, manager }: Update, live: KubeObject): KubeObject {
  return ignoreChanges.map(parsePath).reduce((result, path) => {
    const { ours, others } = ownersOf(live, path, manager);
    const value = others && !ours ? undefined : getPath(live as Properties, path);
    if (value === undefined && !others) return result;
    return withPath(result as Properties, path, value) as KubeObject;
  }, object);
}

/** Asks the server to delete; the object may live on until its finalizers are done. Answers false when it was gone already. */
export async function remove(cluster: Cluster, inputs: KubeObject, live: KubeObject): Promise<boolean> {
  try {
    const info = await cluster.discovery.find(live);
    await cluster.client.request("DELETE", objectPath(info, live.metadata), {
      body: { apiVersion: "v1", kind: "DeleteOptions", propagationPolicy: propagation(inputs) },
    });
    return true;
  } catch (error) {
    if (isNotFound(error) || isNoSuchKind(error)) return false;
    throw error;
  }
}
