import { type Cases, CONTAINER, changed, chart, deployment, failing, object, resource, task } from "../resources";

const LONG = "f3b1a5c70d9e4286b7a1";
const password = resource("random:index/randomPassword:RandomPassword", "root", { length: 40 });
const secret = object("v1", "Secret", "root", { stringData: { user: "lake", password: LONG } });
const settings = object("v1", "ConfigMap", "settings", {
  data: { "token-file": "/run/token", "set-secret-context": "true" },
});
const plain = (name: string, value: string) => ({ [`${CONTAINER}.env`]: [{ name, value }] });

export const credentials: Record<string, Cases> = {
  "no-weak-credentials": {
    passes: {
      "long random ones": [password, secret],
      "a user's and a role's": [
        resource("minio:index/iamUser:IamUser", "a", { name: "a", secret: LONG }),
        resource("postgresql:index/role:Role", "a", { name: "a", password: LONG }),
      ],
      "a short value that is no password": [object("v1", "Secret", "who", { stringData: { user: "lake" } })],
    },
    fails: {
      ...failing(password, { "a short random one": [{ length: 12 }, "a password of 12 characters"] }),
      ...failing(secret, {
        "a default": [{ "stringData.password": "minioadmin" }, "password is a default"],
        "a short one": [{ "stringData.password": "Xu7-22aQ" }, "password is only 8 characters"],
        "a default, encoded": [
          { stringData: undefined, data: { password: btoa("changeme") } },
          "password is a default",
        ],
      }),
      "a user's": {
        given: [resource("minio:index/iamUser:IamUser", "a", { secret: "secret123" })],
        says: "secret is only 9",
      },
      "a role's": {
        given: [resource("postgresql:index/role:Role", "a", { password: "postgres" })],
        says: "password is a default",
      },
      "root's at the provider": {
        given: [resource("pulumi:providers:minio", "p", { minioUser: "x", minioPassword: "minioadmin" })],
        says: "minioPassword is a default",
      },
      "a chart's root password": {
        given: [chart({ rootPassword: "minio123" })],
        says: "the root password is a default",
      },
      "a chart's root password, elsewhere": {
        given: [chart({ auth: { rootPassword: "tiny" } })],
        says: "the root password is only 4",
      },
    },
  },
  "no-secret-in-clear": {
    passes: {
      "a reference to a Secret": [
        changed(deployment, {
          [`${CONTAINER}.env`]: [{ name: "PGPASSWORD", valueFrom: { secretKeyRef: { name: "a", key: "b" } } }],
        }),
      ],
      "the name of a Secret, a file, a switch": [
        changed(deployment, plain("WEBHOOK_SECRET_NAME", "webhook-certs")),
        changed(deployment, plain("TOKEN_FILE", "/run/token")),
        changed(deployment, plain("ALLOW_TOKEN", "true")),
        settings,
      ],
      "a URL without a password": [
        changed(deployment, { [`${CONTAINER}.args`]: ["--endpoint=http://lake:9000", "--token", "$(TOKEN)"] }),
      ],
      "a chart that is given the name of a Secret": [
        chart({ existingSecret: "root", users: [{ accessKeyName: "a" }] }),
      ],
    },
    fails: {
      ...failing(deployment, {
        "an environment variable": [plain("PGPASSWORD", LONG), "container server has PGPASSWORD as plain text"],
        "a URL with a password": [
          plain("DATABASE_URL", "postgres://lake:geheim@db/lake"),
          "has DATABASE_URL as plain text",
        ],
        "an argument": [{ [`${CONTAINER}.args`]: ["--secret-key", LONG] }, "has the argument --secret-key"],
        "an argument with =": [{ [`${CONTAINER}.args`]: [`--password=${LONG}`] }, "has the argument --password"],
        "an argument that is a URL": [
          { [`${CONTAINER}.command`]: ["mc", `http://root:${LONG}@lake:9000`] },
          "an argument with a secret",
        ],
      }),
      "a step's variable": {
        given: [changed(task, { "spec.steps.0.env": [{ name: "API_TOKEN", value: LONG }] })],
        says: "step detect has API_TOKEN",
      },
      ...failing(settings, {
        "a ConfigMap's password": [{ "data.password": "geheim" }, "its key password holds a secret"],
        "a ConfigMap's private key": [{ "data.tls": "-----BEGIN PRIVATE KEY-----\n" }, "its key tls holds a secret"],
      }),
      "a chart's values": { given: [chart({ rootPassword: "x-y-z" })], says: "the chart's values hold rootPassword" },
      "a chart's values, deep": { given: [chart({ users: [{ secretKey: "x-y-z" }] })], says: "hold users.0.secretKey" },
    },
  },
};
