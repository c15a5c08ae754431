import type { Resource } from "./resource";
import { at, list, missing, text, UNKNOWN } from "./values";

/** A statement of a policy document, with every field as a list. */
export interface Statement {
  readonly allows: boolean;
  readonly actions: readonly string[];
  /** `NotAction`: everything but these. */
  readonly notActions: readonly string[];
  readonly resources: readonly string[];
  /** `NotResource`: everything but these. */
  readonly notResources: readonly string[];
  /** Whom it is about, `*` for everybody, anonymous callers too; empty in a policy of an identity. */
  readonly principals: readonly string[];
  readonly conditional: boolean;
}

/** Resource types that hold a policy document, as JSON under `policy`. */
const IDENTITY_HOLDERS = [
  "minio:index/iamPolicy:IamPolicy",
  "minio:index/iamServiceAccount:IamServiceAccount",
  "minio:index/iamGroupPolicy:IamGroupPolicy",
];
const HOLDERS = [...IDENTITY_HOLDERS, "minio:index/s3BucketPolicy:S3BucketPolicy"];

/** Whether the resource holds what an identity may do, rather than who may use a bucket. */
export function isIdentityPolicy({ type }: Resource): boolean {
  return IDENTITY_HOLDERS.includes(type);
}

/** What a resource holds as its policy. */
export interface PolicyDocument {
  /** Whether it can be read: it is known, and it is JSON. */
  readonly state: "readable" | "unknown" | "not JSON";
  readonly statements: readonly Statement[];
}

/** The policy document of a resource, undefined where it holds none. */
export function policyDocument({ type, props }: Resource): PolicyDocument | undefined {
  const document = HOLDERS.includes(type) ? at(props, "policy") : undefined;
  if (missing(document)) return undefined;
  if (document === UNKNOWN) return { state: "unknown", statements: [] };
  try {
    const parsed: unknown = typeof document === "string" ? JSON.parse(document) : document;
    return { state: "readable", statements: texts(at(parsed, "Statement"), (item) => item).map(statement) };
  } catch {
    return { state: "not JSON", statements: [] };
  }
}

function statement(value: unknown): Statement {
  const field = (name: string) => texts(at(value, name), (item) => text(item) ?? "");
  const principal = at(value, "Principal");
  return {
    allows: text(at(value, "Effect"))?.toLowerCase() === "allow",
    actions: field("Action"),
    notActions: field("NotAction"),
    resources: field("Resource"),
    notResources: field("NotResource"),
    principals: typeof principal === "string" ? [principal] : texts(at(principal, "AWS"), (item) => text(item) ?? ""),
    conditional: at(value, "Condition") !== undefined,
  };
}

/** IAM allows a single value in place of a list of one. */
function texts<T>(value: unknown, of: (item: unknown) => T): T[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? list(value).map(of) : [of(value)];
}

/** Whether a pattern with `*` and `?` matches the whole of a text; actions are compared without case. */
export function matches(pattern: string, subject: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`, "is").test(subject);
}

/** Whether a statement is about an action on a resource. */
export function covers(statement: Statement, action: string, arn: string): boolean {
  const { actions, notActions, resources, notResources } = statement;
  const onAction = notActions.length
    ? !notActions.some((pattern) => matches(pattern, action))
    : actions.some((pattern) => matches(pattern, action));
  const onResource = notResources.length
    ? !notResources.some((pattern) => matches(pattern, arn))
    : resources.some((pattern) => matches(pattern, arn));
  return onAction && onResource;
}

/** Bucket of an ARN pattern such as `arn:aws:s3:::drone-raw/projects/*`. */
export function bucketOf(arn: string): string {
  return arn.replace(/^arn:[^:]*:s3:::/, "").split("/", 1)[0] as string;
}
