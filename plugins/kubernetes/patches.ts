/** Resources that are some fields of an object which somebody else made: its other fields stay as they are, and it outlives the program. */
import { patch, read, type Write } from "./apply";
import { isNotFound } from "./client";
import { explainConflict } from "./explain";
import type { KubeObject } from "./objects";

/** Sets the fields of `object`, and takes back those that `manager` set before and that are no longer in it. Throws `ApiError` 404. */
export async function applyPatch(
  write: Write,
  object: KubeObject,
  manager: string,
  force: boolean,
): Promise<KubeObject> {
  const info = await write.cluster.discovery.find(object);
  // With the identity the server refuses to make an object that has gone in between.
  const { uid } = (await read(write.cluster, object)).metadata;
  try {
    return await patch(write, info, { ...object, metadata: { ...object.metadata, uid } }, manager, force);
  } catch (error) {
    throw explainConflict(object, error);
  }
}

/** Takes back what `manager` set on the object, if that is still there. */
export async function withdrawPatch(write: Write, object: KubeObject, manager: string): Promise<void> {
  const { apiVersion, kind } = object;
  const { name, namespace } = object.metadata;
  try {
    await applyPatch(write, { apiVersion, kind, metadata: { name, namespace } }, manager, true);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
