import type { Resource } from "./resource";
import { at, list, text, UNKNOWN } from "./values";

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

/** Properties that hold a policy document as JSON, by resource type. */
const HOLDERS: Record<string, string> = {
  "minio:index/iamPolicy:IamPolicy": "policy",
  "minio:index/iamServiceAccount:IamServiceAccount": "policy",
  "minio:index/iamGroupPolicy:IamGroupPolicy": "policy",
  "minio:index/s3BucketPolicy:S3BucketPolicy": "policy",
};

const IDENTITY_HOLDERS = Object.keys(HOLDERS).filter((type) => !type.endsWith("S3BucketPolicy"));

/** Whether the resource holds what an identity may do, rather than who may use a bucket. */
export function isIdentityPolicy({ type }: Resource): boolean {
  return IDENTITY_HOLDERS.includes(type);
}

/** The statements of a resource's policy document; undefined where it has none, `UNKNOWN` before it is known, `"unreadable"` when it is no document. */
export function statementsOf({
  type,
  props,
}: Resource): readonly Statement[] | typeof UNKNOWN | "unreadable" | undefined {
  const property = HOLDERS[type];
  if (!property) return undefined;
  const document = at(props, property);
  if (document === UNKNOWN) return UNKNOWN;
  if (document === undefined || document === null || document === "") return undefined;
  try {
    const parsed: unknown = typeof document === "string" ? JSON.parse(document) : document;
    return texts(at(parsed, "Statement"), (item) => item).map(statement);
  } catch {
    return "unreadable";
  }
}

/** The statements, as far as there are known ones. */
export function knownStatements(resource: Resource): readonly Statement[] {
  const statements = statementsOf(resource);
  return Array.isArray(statements) ? statements : [];
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
