/** What Pulumi last left behind: the stack's resources with their properties, secrets decrypted but still marked as such. */
import { fromUrn } from "../plugins/shared/urn";
import { type Properties, Secret, type Value } from "../plugins/shared/values";

export interface Resource {
  readonly urn: string;
  /** Type token, such as `minio:index/iamUser:IamUser`. */
  readonly type: string;
  readonly id: string;
  readonly inputs: Properties;
  readonly outputs: Properties;
  /** URN of the provider that made it; absent for providers themselves. */
  readonly provider?: string;
}

/** Of `pulumi stack export --show-secrets`. */
interface Exported {
  readonly resources?: readonly (Omit<Resource, "id" | "inputs" | "outputs"> & {
    readonly id?: string;
    readonly custom?: boolean;
    /** What a replacement has left to be deleted. */
    readonly delete?: boolean;
    /** What a data source read, which the stack does not own. */
    readonly external?: boolean;
    readonly inputs?: object;
    readonly outputs?: object;
  })[];
  readonly pending_operations?: readonly { readonly type: string; readonly resource: { readonly urn: string } }[];
}

/** A stack that cannot be compared with anything yet. */
export class StateError extends Error {}

/**
 * The resources that plugins made, and the providers.
 *
 * @throws StateError while nothing has come up, and where an update is at work or was broken off: what it was about is not known.
 */
export function readState(deployment: Exported): Resource[] {
  const { resources = [], pending_operations: pending = [] } = deployment;
  const [first] = pending;
  if (first) {
    throw new StateError(
      `an update of the stack is at work, or was broken off (${first.type} ${fromUrn(first.resource.urn).join(" ")}): ` +
        "let it end, or run pulumi up, then look again",
    );
  }
  if (resources.length === 0) throw new StateError("the stack has no resources: run pulumi up first");
  return resources.flatMap(({ urn, type, id, custom, inputs, outputs, provider, ...rest }) => {
    if (!custom || id === undefined || rest.delete || rest.external) return [];
    const at = provider?.slice(0, provider.lastIndexOf("::"));
    const properties = { inputs: fromState(inputs ?? {}), outputs: fromState(outputs ?? {}) };
    return [{ urn, type, id, ...properties, ...(at && { provider: at }) } as Resource];
  });
}

const SIGNATURE = "4dabf18193072939515e22adb298388d";

/** A value of the state or of an engine's event, in which a secret is an object of its signature and its content as JSON. */
export function fromState(value: unknown): Value {
  if (Array.isArray(value)) return value.map(fromState);
  if (typeof value !== "object" || value === null) return value as Value;
  if (SIGNATURE in value) {
    const { plaintext } = value as { plaintext?: string };
    return new Secret(plaintext === undefined ? null : (JSON.parse(plaintext) as Value));
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fromState(item)]));
}

/** How a resource is called in the report: its kind, and its name on its server. */
export function nameOf({ type, id }: Pick<Resource, "type" | "id">): string {
  return `${type.split(":").at(-1)} ${id}`;
}

/** The resources of a type, by its token. */
export function ofType(resources: readonly Resource[], type: string): Resource[] {
  return resources.filter((resource) => resource.type === type);
}
