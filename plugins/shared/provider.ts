/**
 * What a local provider plugin implements. `serve` (serve.ts) turns it into the gRPC server that the Pulumi engine talks to:
 *
 *     serve(new RandomProvider(), "random");
 *
 * Properties hold plain JSON, `Secret` and, in previews, `UNKNOWN` (values.ts: `unwrapProperties`, `hasUnknown`, `keepSecrets`).
 * Outputs come back as they must be stored: wrap what is secret, or call `keepSecrets(outputs, inputs)`.
 * Failures: throw a `ProviderError` with the whole message, an `InitializationError` when the object exists but is not ready, and return
 * `failures` from `check` for inputs that are wrong (errors.ts). `differences` and `detailed` (paths.ts, diff.ts) make diff answers.
 */
import type { DiffKind } from "./paths";
import type { Properties } from "./values";

/** Lines for the user, shown beside the resource. */
export interface Log {
  /** A passing status in the progress display, replaced by the next one; an empty text clears it. */
  status(text: string, urn?: string): void;
  warn(text: string, urn?: string): void;
}

/** The same for every call of a process. */
export interface Context {
  log: Log;
  /** Aborted when the user interrupts: stop waiting and fail with what is known. */
  signal: AbortSignal;
}

interface Resource {
  urn: string;
  /** Type token, such as `minio:index/s3Bucket:S3Bucket`. */
  type: string;
  /** The resource's name in the program (not the name on the server). */
  name: string;
}

export interface CheckRequest extends Resource {
  /** Inputs of the last deployment, empty for a new resource. */
  olds: Properties;
  news: Properties;
  /** Seed for made-up names: the same for the same resource within one update. */
  randomSeed: Uint8Array;
  autonaming?: { proposedName: string; mode: "propose" | "enforce" | "disable" };
}

export interface CheckFailure {
  /** Property path, such as `spec.replicas`; empty when the whole resource is meant. */
  property: string;
  reason: string;
}

export interface CheckResult {
  inputs: Properties;
  failures?: CheckFailure[];
}

export interface DiffRequest extends Resource {
  id: string;
  /** Outputs of the last deployment. */
  olds: Properties;
  oldInputs: Properties;
  news: Properties;
  /** Property paths from the `ignoreChanges` option. The engine has put the old values into `news` already. */
  ignoreChanges: string[];
}

export interface DetailedDifference {
  kind: DiffKind;
  replace: boolean;
  /** True when old inputs were compared with new ones, false when outputs were compared with new inputs (drift). */
  inputDiff: boolean;
}

export interface DiffResult {
  changes: boolean;
  /** By property path. Leave out to show only `diffs`. */
  detailed?: Record<string, DetailedDifference>;
  /** Property paths or top-level keys that force a replacement. */
  replaces?: string[];
  /** Top-level keys that changed. */
  diffs?: string[];
  deleteBeforeReplace?: boolean;
}

export interface CreateRequest extends Resource {
  inputs: Properties;
  /** Seconds; 0 = the provider's own default. */
  timeout: number;
  preview: boolean;
}

export interface ReadRequest extends Resource {
  id: string;
  /** State of the last deployment; both empty for an import or a `.get`. */
  outputs: Properties;
  inputs: Properties;
  timeout: number;
}

/** `undefined` from `read` means: the object is gone. */
export interface ReadResult {
  id: string;
  outputs: Properties;
  inputs: Properties;
}

export interface UpdateRequest extends Resource {
  id: string;
  olds: Properties;
  oldInputs: Properties;
  news: Properties;
  ignoreChanges: string[];
  timeout: number;
  preview: boolean;
}

export interface DeleteRequest extends Resource {
  id: string;
  outputs: Properties;
  oldInputs: Properties;
  timeout: number;
}

export interface InvokeResult {
  result: Properties;
  failures?: CheckFailure[];
}

export interface Provider {
  /** Checks the provider's own arguments; default: they are taken as they are. */
  checkConfig?(news: Properties, context: Context): Promise<CheckResult>;
  /** Whether a change of the provider's own arguments replaces it and with it everything in it; default: an update in place. */
  diffConfig?(request: DiffRequest, context: Context): Promise<DiffResult>;
  /** Called once, before any resource. Values may be unknown in previews. `variables`: the older flat form, `<package>:<key>`. */
  configure(args: Properties, variables: Record<string, string>, context: Context): Promise<void>;
  check(request: CheckRequest, context: Context): Promise<CheckResult>;
  diff(request: DiffRequest, context: Context): Promise<DiffResult>;
  create(request: CreateRequest, context: Context): Promise<{ id: string; outputs: Properties }>;
  read(request: ReadRequest, context: Context): Promise<ReadResult | undefined>;
  update(request: UpdateRequest, context: Context): Promise<{ outputs: Properties }>;
  delete(request: DeleteRequest, context: Context): Promise<void>;
  invoke?(token: string, args: Properties, preview: boolean, context: Context): Promise<InvokeResult>;
  /** Whether `create` and `update` are called in previews too (with unknowns); default false. */
  readonly supportsPreview?: boolean;
  /** Called at the end of the process, to close connections. */
  close?(): Promise<void>;
}
