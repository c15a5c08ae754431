/** `kubernetes:yaml:decode`: manifests in YAML as objects. */
import { parseAllDocuments } from "yaml";
import { ProviderError } from "../shared/errors";
import { isObject, type Properties, type Value } from "../shared/values";
import { type GroupVersionKind, toSdkKeys } from "./objects";

function flatten(value: unknown): Properties[] {
  if (!isObject(value)) return [];
  if (typeof value.kind === "string" && value.kind.endsWith("List") && Array.isArray(value.items))
    return value.items.flatMap(flatten);
  return [value];
}

/** Throws `ProviderError` with the line of what is no YAML. `isNamespaced` says which objects get `defaultNamespace`. */
export async function decodeYaml(
  args: Properties,
  isNamespaced: (kind: GroupVersionKind) => Promise<boolean>,
): Promise<Value[]> {
  const { text, defaultNamespace } = args;
  if (typeof text !== "string") throw new ProviderError("kubernetes:yaml:decode needs the property text");
  const objects: Properties[] = [];
  for (const document of parseAllDocuments(text)) {
    const [error] = "errors" in document ? document.errors : [];
    if (error) throw new ProviderError(`the manifests are not YAML: ${error.message}`);
    objects.push(...flatten(document.toJS()));
  }
  return Promise.all(
    objects.map(async (object) => {
      const metadata = isObject(object.metadata) ? object.metadata : {};
      const kind = { apiVersion: String(object.apiVersion), kind: String(object.kind) };
      if (!defaultNamespace || metadata.namespace || !(await isNamespaced(kind))) return toSdkKeys(object);
      return toSdkKeys({ ...object, metadata: { ...metadata, namespace: defaultNamespace } });
    }),
  );
}
