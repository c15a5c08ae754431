/** The properties of what Pulumi made in the object store and the database, read by the local plugins' code, whichever plugins Pulumi runs. */
import { declaredDifferences } from "../../plugins/declared/diff";
import { type Actual, desiredFrom, outputsFrom, type ResourceType } from "../../plugins/declared/resource";
import { keepSecrets, Secret, unwrapProperties, type Value } from "../../plugins/shared/values";
import { differencesAt, type Looked, valueAt } from "../drift";
import { nameOf, type Resource } from "../state";

/** Reads each resource whose type is among `types`. */
export async function lookAtDeclared<Client>(
  client: Client,
  resources: readonly Resource[],
  types: readonly ResourceType<Client>[],
): Promise<Looked[]> {
  const found = await Promise.all(
    resources.map((resource) => {
      const type = types.find(({ token }) => token === resource.type);
      return type ? lookAt(client, resource, type) : undefined;
    }),
  );
  return found.filter((drift) => drift !== undefined);
}

async function lookAt<Client>(
  client: Client,
  resource: Resource,
  type: ResourceType<Client>,
): Promise<Looked | undefined> {
  const { urn, id, inputs } = resource;
  const { schema } = type;
  const known = unwrapProperties(resource.outputs) as Actual;
  const found = { urn, name: nameOf(resource) };
  const read = await type.read(client, id, known);
  if (!read) return { ...found, differences: [] };
  const actual = outputsFrom(schema, id, read.outputs, known);
  const is = keepSecrets(actual, inputs);
  const differences = declaredDifferences(schema, actual, inputs).flatMap(({ path }) => {
    const property = schema[String(path[0])];
    // A set has no order, so the place of an element says nothing.
    const at = property?.type === "set" ? path.slice(0, 1) : path;
    const marked = (value: Value | undefined) => (property?.secret && value !== undefined ? new Secret(value) : value);
    // The state's null is a property that is not there.
    return differencesAt(at, marked(valueAt(inputs, at) ?? property?.default), marked(valueAt(is, at) ?? undefined));
  });
  if (differences.length === 0) return undefined;
  const unique = differences.filter(({ path }, i) => differences.findIndex((other) => other.path === path) === i);
  const { update } = type;
  if (!update) return { ...found, differences: unique };
  return {
    ...found,
    differences: unique,
    restore: () => update(client, id, actual as Actual, desiredFrom(schema, inputs)),
  };
}
