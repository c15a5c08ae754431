/** One resource as a YAML document that a person reviews. */
import * as pulumi from "@pulumi/pulumi";
import { Document, visit } from "yaml";
import type { Recorded } from "../components/recorder";
import { withDigests } from "./definitions";

/** Options that change what happens to a resource. Its order among others (`dependsOn`) is left to the components' tests. */
const OPTIONS = [
  "aliases",
  "customTimeouts",
  "deleteBeforeReplace",
  "deletedWith",
  "ignoreChanges",
  "import",
  "protect",
  "replaceOnChanges",
  "retainOnDelete",
] as const;

function optionsOf({ options }: Recorded): Record<string, unknown> | undefined {
  // The classes of Kubernetes' kinds add an alias for each older API version.
  const aliases = options.aliases && [options.aliases].flat().filter((alias) => Object.keys(alias).join() !== "type");
  const given = {
    ...options,
    aliases: aliases?.length ? aliases : undefined,
    deletedWith: options.deletedWith && pulumi.resourceName(options.deletedWith),
  };
  const set = OPTIONS.filter((key) => given[key] !== undefined && given[key] !== false);
  return set.length > 0 ? Object.fromEntries(set.map((key) => [key, given[key]])) : undefined;
}

/** JSON in a string, where writing it again gives the same string; else undefined. */
function embeddedJson(text: string): object | undefined {
  if (!/^[[{]/.test(text)) return undefined;
  try {
    const value = JSON.parse(text) as object;
    return JSON.stringify(value) === text ? value : undefined;
  } catch {
    return undefined;
  }
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sortKeys(item)]));
}

/**
 * The resource with its options and inputs: keys sorted, secrets masked, text of several lines as a block. A string of compact JSON stands
 * as the tree that it means, tagged `!json`, in its own order: so two inputs that differ never look the same.
 */
export function documentOf(resource: Recorded): string {
  const { type, name, parents, provider, masked } = resource;
  const parent = parents.at(-1);
  const document = new Document(
    {
      type,
      name,
      parent: parent && `${parent.type}::${parent.name}`,
      // A reference is `urn:pulumi:<stack>::<project>::<type>::<name>::<id>`.
      provider: provider ? provider.split("::")[3] : undefined,
      options: optionsOf(resource),
      inputs: sortKeys(withDigests(type, masked)),
    },
    { aliasDuplicateObjects: false, compat: "yaml-1.1" },
  );
  visit(document, {
    Scalar(_, node) {
      const json = typeof node.value === "string" ? embeddedJson(node.value) : undefined;
      if (json === undefined) return undefined;
      const tree = document.createNode(json);
      tree.tag = "!json";
      return tree;
    },
  });
  return document.toString({ lineWidth: 0, blockQuote: "literal" });
}
