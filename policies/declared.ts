import type { Resource } from "./readers/resource";
import type { Values } from "./readers/values";

/**
 * What the program declared of each resource. For the stack as a whole Pulumi shows what providers answered, and that is
 * nothing at all in a preview before a provider's own password is there.
 */
export class Declared {
  private readonly props = new Map<string, Values>();

  note(resource: Resource): Resource {
    this.props.set(resource.urn, resource.props);
    return resource;
  }

  restore(resource: Resource): Resource {
    return { ...resource, props: this.props.get(resource.urn) ?? resource.props };
  }
}
