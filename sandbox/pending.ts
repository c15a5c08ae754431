/** What of an exported stack (`pulumi stack export`) is looked at here. */
export interface ExportedStack {
  readonly deployment?: {
    readonly resources?: readonly StateResource[];
    /** Steps that a Pulumi which was killed had begun. */
    readonly pending_operations?: readonly { readonly type: string; readonly resource: StateResource }[];
  };
}

export interface StateResource {
  readonly urn: string;
  readonly type: string;
  readonly id?: string;
  readonly inputs?: Record<string, unknown>;
  readonly outputs?: Record<string, unknown>;
}

/** Types that cannot be made twice, beside the objects of Kubernetes, and the input that is their id. */
const NAMED_BY: Readonly<Record<string, string>> = {
  "minio:index/s3Bucket:S3Bucket": "bucket",
  "postgresql:index/database:Database": "name",
  "postgresql:index/role:Role": "name",
};

/** Whether a Pulumi that was killed left steps that it never heard the end of. */
export function isBrokenOff({ deployment }: ExportedStack): boolean {
  return (deployment?.pending_operations?.length ?? 0) > 0;
}

/**
 * The state with each broken-off creation as if it had happened, wherever a second one would fail; the servers are to be asked about them
 * (`unconfirmed`). Changes and deletions that were broken off are simply done again.
 */
export function withCreations<S extends ExportedStack>(stack: S): S {
  const { resources = [], pending_operations = [] } = stack.deployment ?? {};
  const known = new Set(resources.map(({ urn }) => urn));
  const made = pending_operations
    .filter(({ type, resource }) => type === "creating" && !known.has(resource.urn))
    .map(({ resource }) => ({ ...resource, id: idOf(resource) }))
    .filter(({ id }) => id !== undefined);
  return { ...stack, deployment: { ...stack.deployment, resources: [...resources, ...made], pending_operations: [] } };
}

/** The resources that `withCreations` added and no server was asked about: they have an id, and nothing else that one gives. */
export function unconfirmed({ deployment }: ExportedStack): StateResource[] {
  return (deployment?.resources ?? []).filter(
    (resource) => idOf(resource) !== undefined && resource.id !== undefined && resource.outputs === undefined,
  );
}

/** The id under which the provider reads a resource that cannot be made twice; undefined for other types. */
function idOf({ type, inputs = {} }: StateResource): string | undefined {
  if (type.startsWith("kubernetes:")) {
    const { name, namespace } = (inputs.metadata ?? {}) as Record<string, unknown>;
    if (typeof name !== "string" || type.endsWith("Patch")) return undefined;
    return typeof namespace === "string" ? `${namespace}/${name}` : name;
  }
  const id = inputs[NAMED_BY[type] ?? ""];
  return typeof id === "string" ? id : undefined;
}
