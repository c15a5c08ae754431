/** What people do to a lake by hand, with the tools that they have: `mc`, `kubectl`'s requests and `psql`. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client as Postgres } from "pg";
import { inject } from "vitest";
import { client, namespace, node } from "./drift-lake";

const store = inject("minio");
const server = inject("postgres");
const folder = mkdtempSync(join(tmpdir(), "drift-changes-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));

export function mc(...args: string[]): string {
  const env = {
    PATH: process.env.PATH,
    MC_CONFIG_DIR: folder,
    MC_HOST_hand: `http://${store.user}:${store.password}@${store.endpoint}`,
  };
  return execFileSync(store.mc, args, { env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

export async function psql(text: string, database = "drift"): Promise<Record<string, unknown>[]> {
  const session = new Postgres({ ...server, database });
  await session.connect();
  try {
    return (await session.query(text)).rows;
  } finally {
    await session.end();
  }
}

const at = (group: string, kind: string, name: string) => `/apis/${group}/namespaces/${namespace}/${kind}/${name}`;
const deployment = (name: string) => at("apps/v1", "deployments", name);
const role = at("rbac.authorization.k8s.io/v1", "roles", "steps");

/** `kubectl patch`. */
function patch(path: string, body: object | object[]) {
  const contentType = Array.isArray(body) ? "application/json-patch+json" : "application/merge-patch+json";
  return client.request("PATCH", path, { query: { fieldManager: "kubectl-patch" }, body, contentType });
}

function widePolicy(): string {
  const file = join(folder, "wide.json");
  const Statement = [{ Effect: "Allow", Action: ["s3:*"], Resource: ["arn:aws:s3:::*"] }];
  writeFileSync(file, JSON.stringify({ Version: "2012-10-17", Statement }));
  return file;
}

export interface Change {
  /** What is done. */
  readonly make: () => unknown;
  /** What the report calls the thing. */
  readonly name: string;
  /** The properties that the report names; none where the thing is gone. */
  readonly paths: readonly string[];
  /** Pulumi's plugins do not see it: `npm run drift -- STACK --mend` puts it back. */
  readonly unseen?: true;
}

const secret = `/api/v1/namespaces/${namespace}/secrets/word`;

/** Each kind of change, by what a person would call it. */
export const changes: Record<string, Change> = {
  "a bucket made public": {
    make: () => mc("anonymous", "set", "public", "hand/drone-raw"),
    name: "S3BucketPolicy drone-raw",
    paths: ["policy.Statement[1]", "policy.Statement[2]"],
  },
  "versioning suspended": {
    make: () => mc("version", "suspend", "hand/drone-ortho"),
    name: "S3BucketVersioning drone-ortho",
    paths: ["versioningConfiguration.status"],
  },
  "a user added to a group": {
    make: () => mc("admin", "group", "add", "hand", "data-scientists", "stagiair"),
    name: "IamGroupMembership data-scientists",
    paths: ["users"],
  },
  "a user disabled": {
    make: () => mc("admin", "user", "disable", "hand", "stagiair"),
    name: "IamUser stagiair",
    paths: ["disableUser"],
  },
  "a disabled user enabled": {
    make: () => mc("admin", "user", "enable", "hand", "former-intern"),
    name: "IamUser former-intern",
    paths: ["disableUser"],
  },
  "a policy widened": {
    make: () => mc("admin", "policy", "create", "hand", "catalog", widePolicy()),
    name: "IamPolicy catalog",
    paths: ["policy.Statement[0].Action[0]"],
  },
  "a policy attached to another user": {
    make: () => mc("admin", "policy", "attach", "hand", "data-scientist", "--user", "drone-operator"),
    name: "user drone-operator",
    paths: ["policies"],
    unseen: true,
  },
  "a user made by hand, in a group made by hand": {
    make() {
      mc("admin", "user", "add", "hand", "mallory", "a-secret-of-mallory");
      mc("admin", "group", "add", "hand", "friends", "mallory");
      mc("admin", "policy", "attach", "hand", "data-scientist", "--group", "friends");
    },
    name: "user mallory",
    paths: ["groups"],
    unseen: true,
  },
  "an event removed": {
    make: () => mc("event", "remove", "hand/drone-raw", "--force"),
    name: "S3BucketNotification drone-raw",
    paths: ["queues"],
  },
  "a grant widened": {
    make: () => psql("GRANT CREATE ON SCHEMA detections TO detections_read"),
    name: "Grant detections_read_drift_detections_schema",
    paths: ["privileges"],
  },
  "a role's rights on a table widened": {
    make: () => psql("GRANT DELETE ON detections.finding TO detections_read"),
    name: "table detections.finding of database drift, rights of detections_read",
    paths: ["privileges"],
    unseen: true,
  },
  "a role made superuser": {
    make: () => psql("ALTER ROLE stagiair SUPERUSER"),
    name: "Role stagiair",
    paths: ["superuser"],
  },
  "a superuser made by hand": {
    async make() {
      const [found] = await psql("SELECT FROM pg_roles WHERE rolname = 'mallory'");
      await psql(`${found ? "ALTER" : "CREATE"} ROLE mallory SUPERUSER`);
    },
    name: "role mallory",
    paths: ["superuser"],
    unseen: true,
  },
  "a NetworkPolicy deleted": {
    make: () => client.request("DELETE", at("networking.k8s.io/v1", "networkpolicies", "steps")),
    name: `NetworkPolicy ${namespace}/steps`,
    paths: [],
  },
  "an RBAC rule added by a patch": {
    make: () =>
      patch(role, [
        { op: "add", path: "/rules/-", value: { apiGroups: [""], resources: ["secrets"], verbs: ["get"] } },
      ]),
    name: `Role ${namespace}/steps`,
    paths: ["rules[1]"],
  },
  "an image changed": {
    make: () =>
      patch(deployment("listener"), [
        { op: "replace", path: "/spec/template/spec/containers/0/image", value: "none.invalid/other:1" },
      ]),
    name: `Deployment ${namespace}/listener`,
    paths: ["spec.template.spec.containers[0].image"],
  },
  "a replica count changed": {
    make: () => patch(`${deployment("controller")}/scale`, { spec: { replicas: 2 } }),
    name: `Deployment ${namespace}/controller`,
    paths: ["spec.replicas"],
  },
  "a Secret edited": {
    make: () => patch(secret, { data: { "secret.json": Buffer.from("another word of it").toString("base64") } }),
    name: `Secret ${namespace}/word`,
    paths: ['data["secret.json"]'],
  },
  "a taint removed": {
    make: () => patch(`/api/v1/nodes/${node}`, { spec: { taints: null } }),
    name: `Node ${node}`,
    paths: ["spec.taints"],
  },
  "a pipeline edited": {
    make: () => patch(at("tekton.dev/v1", "pipelines", "detection"), { spec: { description: "by hand" } }),
    name: `Pipeline ${namespace}/detection`,
    paths: ["spec.description"],
  },
};
