import { podTemplates } from "../../policies/readers/pods";
import type { Resource } from "../../policies/readers/resource";
import { at, list, text } from "../../policies/readers/values";

/** The variables of all containers of a resource whose values stand in it, by name. */
export function environmentOf(resource: Resource | undefined): Map<string, string> {
  const found = new Map<string, string>();
  for (const { containers } of resource ? podTemplates(resource) : [])
    for (const { spec } of containers)
      for (const variable of list(at(spec, "env"))) {
        const [name, value] = [text(at(variable, "name")), text(at(variable, "value"))];
        if (name !== undefined && value !== undefined) found.set(name, value);
      }
  return found;
}
