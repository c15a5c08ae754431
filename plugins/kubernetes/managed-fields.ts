/** Ownership of fields: what server-side apply knows about who set which field. */

import { getPath, type Path } from "../shared/paths";
import { equal, isObject, type JsonObject, type Properties } from "../shared/values";
import type { KubeObject, ManagedFields } from "./objects";

/** The manager under which this plugin and the official one create objects; the first update takes over from it. */
export const CREATOR = "pulumi-kubernetes";

/** Managers by `Update` whose fields belong to the program: without taking over, a field removed from it would stay. */
const TAKEN_OVER = new Set([CREATOR, `${CREATOR}.exe`, "pulumi-resource-kubernetes", "kubectl", "before-first-apply"]);

function isTakenOver(entry: ManagedFields): boolean {
  if (entry.subresource) return false;
  if (entry.operation === "Update") return TAKEN_OVER.has(entry.manager ?? "");
  return entry.operation === "Apply" && entry.manager === "kubectl";
}

/** Union of two sets of fields (Kubernetes' FieldsV1: nested objects, `{}` at the leaves). */
export function union(a: JsonObject, b: JsonObject): JsonObject {
  const result: JsonObject = { ...a };
  for (const [key, value] of Object.entries(b)) {
    const mine = result[key];
    result[key] = isObject(mine) && isObject(value) ? union(mine as JsonObject, value as JsonObject) : value;
  }
  return result;
}

/** The object's managed fields with those of its creators moved to `manager`, or undefined when there is nothing to move. */
export function takeOver(object: KubeObject, manager: string): ManagedFields[] | undefined {
  const entries = object.metadata.managedFields ?? [];
  const moved = entries.filter(isTakenOver);
  const last = moved.at(-1);
  if (!last) return undefined;
  const own = entries.find((entry) => entry.manager === manager && entry.operation === "Apply" && !entry.subresource);
  const fields = [...moved, ...(own ? [own] : [])].reduce(
    (all, { fieldsV1 }) => union(all, fieldsV1 ?? {}),
    {} as JsonObject,
  );
  const { apiVersion, time } = own ?? last;
  const mine: ManagedFields = {
    manager,
    operation: "Apply",
    apiVersion,
    time,
    fieldsType: "FieldsV1",
    fieldsV1: fields,
  };
  return [...entries.filter((entry) => !isTakenOver(entry) && entry !== own), mine];
}

/** Whether an `Update` by the creator still owns fields: then a dry run must force, as the real run takes over first. */
export function hasCreatorFields(object: KubeObject): boolean {
  return (object.metadata.managedFields ?? []).some(isTakenOver);
}

/** Who owns the field at a path of plain keys: `ours`, someone `else`, both or neither. Paths through lists count as neither. */
export function ownersOf(object: KubeObject, path: Path, manager: string): { ours: boolean; others: boolean } {
  const owns = ({ fieldsV1 }: ManagedFields) => {
    let here: unknown = fieldsV1;
    for (const part of path) here = isObject(here) ? (here as JsonObject)[`f:${part}`] : undefined;
    return here !== undefined;
  };
  const entries = (object.metadata.managedFields ?? []).filter(owns);
  return {
    ours: entries.some((entry) => entry.manager === manager),
    others: entries.some((entry) => entry.manager !== manager),
  };
}

/**
 * Tells of a path whether it is a list that the server takes as one field (rules, arguments), and that somebody else than the program
 * wrote last. A list whose items have owners of their own (containers, env) is none.
 */
export function listsOfOthers(object: KubeObject, manager: string | undefined): (path: Path) => boolean {
  const entries = (object.metadata.managedFields ?? []).filter(({ subresource }) => !subresource);
  return (path) => {
    const owners = entries.flatMap((entry) => {
      const fields = fieldsAt(entry.fieldsV1, object, path);
      return fields ? [{ name: entry.manager ?? "", isLeaf: Object.keys(fields).length === 0 }] : [];
    });
    const ours = ({ name }: { name: string }) => name === manager || name.startsWith(CREATOR);
    return owners.length > 0 && owners.every(({ isLeaf }) => isLeaf) && !owners.every(ours);
  };
}

/** The part of a set of fields at a path, which may lead through items of lists: these go by their keys, as `k:{"name":"web"}`. */
function fieldsAt(fields: JsonObject | undefined, object: KubeObject, path: Path): JsonObject | undefined {
  let here = fields;
  for (const [depth, part] of path.entries()) {
    const item = typeof part === "number" ? getPath(object as Properties, path.slice(0, depth + 1)) : undefined;
    const name = Object.keys(here ?? {}).find((key) => (item ? isKeyOf(key, item as Properties) : key === `f:${part}`));
    here = name === undefined ? undefined : (here?.[name] as JsonObject);
  }
  return here;
}

function isKeyOf(key: string, item: Properties): boolean {
  if (!key.startsWith("k:")) return false;
  return Object.entries(JSON.parse(key.slice(2)) as JsonObject).every(([field, value]) => equal(item[field], value));
}
