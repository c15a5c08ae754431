import type { JsonClient } from "./http";
import { searchItems } from "./items";

/** Names of the classes that the models in the catalogue find. */
export async function knownClasses(client: JsonClient): Promise<string[]> {
  const fields = ["id", "collection", "properties.lake:classes"];
  const { items } = await searchItems(client, { collections: ["ai-models"], limit: 100, fields });
  const names = items.flatMap(({ properties }) => (properties["lake:classes"] as string[] | undefined) ?? []);
  return [...new Set(names)].sort();
}
