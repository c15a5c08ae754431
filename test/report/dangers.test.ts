/** What the prepared changes of prod do not show: the other sides of each rule. */
import { describe, expect, test } from "vitest";
import { dangersOf } from "../../report/dangers/index";
import type { Change, Operation, Side } from "../../report/plan";

type Inputs = Record<string, unknown>;

interface Options {
  protect?: boolean;
  retainOnDelete?: boolean;
}

function side(inputs: Inputs | undefined, { protect = false, retainOnDelete = false }: Options = {}): Side | undefined {
  return inputs && { inputs, outputs: {}, protect, retainOnDelete };
}

function change(
  type: string,
  operation: Operation,
  before?: Inputs,
  after?: Inputs,
  old?: Options,
  next?: Options,
): Change {
  const urn = `urn:pulumi:dev::lake::${type}::${JSON.stringify(before ?? after)}`;
  const sides = { before: side(before, old), after: side(after, next) };
  return { urn, type, name: "n", operation, ...sides, paths: [], replacing: [] };
}

const same = (type: string, inputs: Inputs) => change(type, "same", inputs, inputs);
const told = (...plan: Change[]) => dangersOf(plan).map(({ rule, what }) => `${rule}: ${what}`);

const BUCKET = "minio:index/s3Bucket:S3Bucket";
const LIFECYCLE = "minio:index/ilmPolicy:IlmPolicy";
const POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy";
const SERVICE = "kubernetes:core/v1:Service";
const DEPLOYMENT = "kubernetes:apps/v1:Deployment";

describe("data", () => {
  const bucket = { bucket: "drone-raw" };
  test("that is protected is refused, unless the same change unprotects a replacement", () => {
    const guarded = { protect: true };
    expect(told(change(BUCKET, "delete", bucket, undefined, guarded))[0]).toMatch(/^data-lost: .*so `up` refuses$/);
    expect(told(change(BUCKET, "replace", bucket, bucket, guarded, guarded))[0]).toContain("refuses");
    expect(told(change(BUCKET, "replace", bucket, bucket, guarded, {}))[0]).not.toContain("refuses");
  });

  test("that is retained is said to stay", () => {
    expect(told(change(BUCKET, "delete", bucket, undefined, { retainOnDelete: true }))[0]).toContain(
      "the old one stays",
    );
  });

  test("is in a StatefulSet with volumes, and in none without", () => {
    const set = (claims: unknown[]) =>
      change("kubernetes:apps/v1:StatefulSet", "delete", { spec: { volumeClaimTemplates: claims } });
    expect(told(set([]))).toEqual([]);
    expect(told(set([{ metadata: { name: "drive-0" } }]))).toEqual(["data-lost: deletes the pods on their volumes"]);
  });
});

describe("retention", () => {
  const rule = (days: number) => ({
    bucket: "drone-raw",
    rules: [{ id: "old", noncurrentVersionExpirationDays: days }],
  });
  test("is lowered by fewer days and by a first rule for a bucket that is there", () => {
    const [old] = [same(BUCKET, { bucket: "drone-raw" })];
    expect(told(old, change(LIFECYCLE, "create", undefined, rule(30)))).toHaveLength(1);
    expect(told(old, change(LIFECYCLE, "update", rule(30), rule(7)))[0]).toContain("for 7 instead of 30 days");
  });

  test("is not by more days, by a rule that goes, or by one that comes with its bucket", () => {
    const other = same(BUCKET, { bucket: "other" });
    expect(told(change(LIFECYCLE, "update", rule(7), rule(30)))).toEqual([]);
    expect(told(change(LIFECYCLE, "delete", rule(7)))).toEqual([]);
    expect(told(other, change(LIFECYCLE, "create", undefined, rule(30)))).toEqual([]);
  });
});

describe("the network", () => {
  const policy = (spec: Inputs) => ({ metadata: { name: "p", namespace: "data-systems" }, spec });
  const deny = policy({ podSelector: {}, policyTypes: ["Ingress", "Egress"] });
  const allow = policy({
    podSelector: { matchLabels: { app: "a" } },
    policyTypes: ["Ingress"],
    ingress: [{ from: [{ podSelector: { matchLabels: { app: "b" } } }] }],
  });
  const pods = (app: string) => ({
    metadata: { name: app, namespace: "data-systems" },
    spec: { template: { metadata: { labels: { app } }, spec: { containers: [] } } },
  });

  test("is opened where the last denial goes, and not where another still denies", () => {
    expect(told(change(POLICY, "delete", deny))[0]).toContain("no longer restricts");
    expect(told(same(POLICY, deny), change(POLICY, "delete", allow))).toEqual([]);
  });

  test("is opened by a policy for pods that are there, and not by one that comes with its pods", () => {
    const comes = change(POLICY, "create", undefined, allow);
    expect(told(same(DEPLOYMENT, pods("a")), comes)[0]).toMatch(/^network-opened: opens a flow from pods/);
    expect(told(same(DEPLOYMENT, pods("b")), change(DEPLOYMENT, "create", undefined, pods("a")), comes)).toEqual([]);
  });

  test("is opened by a Service that is reached from outside, and closed by one that is not any more", () => {
    const service = (type: string) => ({ metadata: { name: "s" }, spec: { type } });
    expect(told(change(SERVICE, "update", service("ClusterIP"), service("LoadBalancer")))).toHaveLength(1);
    expect(told(change(SERVICE, "update", service("LoadBalancer"), service("ClusterIP")))).toEqual([]);
  });
});

describe("rights", () => {
  const user = same("minio:index/iamUser:IamUser", { name: "stagiair" });
  const member = (...users: string[]) => ({ group: "data-scientists", users });
  const MEMBERSHIP = "minio:index/iamGroupMembership:IamGroupMembership";
  const GRANT = "postgresql:index/grant:Grant";
  const grant = (...privileges: string[]) => ({
    role: "stagiair",
    schema: "detections",
    objectType: "table",
    privileges,
  });

  test("are widened by a group, and not by leaving one", () => {
    expect(told(user, change(MEMBERSHIP, "update", member("a"), member("a", "stagiair")))[0]).toContain(
      "adds stagiair",
    );
    expect(told(user, change(MEMBERSHIP, "update", member("a", "stagiair"), member("a")))).toEqual([]);
  });

  test("of a role that is there are widened by a grant, and those of a new one are its own", () => {
    const role = same("postgresql:index/role:Role", { name: "stagiair" });
    expect(told(role, change(GRANT, "create", undefined, grant("SELECT")))[0]).toContain(
      "grants stagiair SELECT on table of detections",
    );
    expect(told(user, change(GRANT, "create", undefined, grant("SELECT")))).toEqual([]);
    expect(told(role, change(GRANT, "update", grant("SELECT", "INSERT"), grant("SELECT")))).toEqual([]);
  });
});

test("TLS is off where a client speaks plainly or no longer checks", () => {
  const env = (name: string, value: string) => ({
    spec: { template: { spec: { containers: [{ name: "a", env: [{ name, value }] }] } } },
  });
  const update = (name: string, old: string, next: string) =>
    told(change(DEPLOYMENT, "update", env(name, old), env(name, next)));
  expect(update("AWS_ENDPOINT_URL_S3", "https://lake:9000", "http://lake:9000")[0]).toContain("plain HTTP");
  expect(update("PGSSLMODE", "verify-full", "require")[0]).toContain("from verify-full to require");
  expect(update("PGSSLMODE", "require", "verify-full")).toEqual([]);
});

test("backups are stopped where they go or are suspended", () => {
  const job = (suspend: boolean) => ({
    spec: {
      suspend,
      jobTemplate: { spec: { template: { spec: { containers: [{ env: [{ name: "BACKUP_KEEP", value: "3" }] }] } } } },
    },
  });
  const CRON = "kubernetes:batch/v1:CronJob";
  expect(told(change(CRON, "update", job(false), job(true)))).toEqual(["backup-stopped: suspends the nightly backups"]);
  expect(told(change(CRON, "delete", job(false)))).toEqual(["backup-stopped: stops the nightly backups"]);
});

test("a stack that is new as a whole has nothing to lose", () => {
  const open = { metadata: { name: "s" }, spec: { type: "LoadBalancer" } };
  expect(told(change(SERVICE, "create", undefined, open))).toEqual([]);
});
