import { beforeAll, describe, expect, it } from "vitest";
import { Notebooks } from "../../components/notebooks";
import { environment } from "../config/values";
import { namesOf, one, type Recorded, record } from "./recorder";

const issuer = { name: "ca", kind: "ClusterIssuer", group: "cert-manager.io" };
const keys = { accessKey: "data-scientist", secretKey: "the-secret-of-the-scientist" };

let recorded: Recorded[];
// biome-ignore lint/suspicious/noExplicitAny: the inputs depend on the type
const inputs = (type: string, name = "notebooks"): any => one(recorded, `kubernetes:${type}`, name).inputs;

beforeAll(async () => {
  const enabled = { notebooks: { enabled: true, storage: "20Gi" }, "images.notebooks": "notebooks:1" };
  const { notebooks: config } = environment(enabled);
  recorded = await record(() => {
    new Notebooks("notebooks", {
      namespace: "data-systems",
      image: "notebooks:1",
      config,
      issuer,
      keys,
      objectStoreUrl: "https://data-lake:9000",
      protect: true,
    });
  });
});

describe("JupyterLab", () => {
  it("has the keys of data-scientist and its token out of Secrets, and neither in the pod's own text", () => {
    const { spec } = inputs("apps/v1:Deployment").spec.template;
    const env = Object.fromEntries(
      spec.containers[0].env.map((variable: { name: string }) => [variable.name, variable]),
    );
    expect(env.AWS_SECRET_ACCESS_KEY.valueFrom.secretKeyRef).toEqual({ name: "s3-data-scientist", key: "secretKey" });
    expect(env.JUPYTER_TOKEN.valueFrom.secretKeyRef).toEqual({ name: "notebooks-token", key: "token" });
    expect(JSON.stringify(spec)).not.toContain(keys.secretKey);
    expect(inputs("core/v1:Secret", "s3-data-scientist").stringData).toEqual(keys);
  });

  it("may do nothing in the cluster, and nothing to its own image", () => {
    const { spec } = inputs("apps/v1:Deployment").spec.template;
    expect(spec.automountServiceAccountToken).toBe(false);
    expect(inputs("core/v1:ServiceAccount", "notebooks-notebooks").automountServiceAccountToken).toBe(false);
    expect(spec.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 65532 });
    for (const container of [...spec.initContainers, ...spec.containers])
      expect(container.securityContext).toMatchObject({
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
      });
    expect(namesOf(recorded, "kubernetes:rbac")).toEqual([]);
  });

  it("serves with a certificate that a forwarded port and a Service's name are called by", () => {
    const { dnsNames } = inputs("cert-manager.io/v1:Certificate").spec;
    expect(dnsNames).toEqual(expect.arrayContaining(["localhost", "notebooks.data-systems.svc"]));
    const [jupyter] = inputs("apps/v1:Deployment").spec.template.spec.containers;
    expect(jupyter.args).toContain("--ServerApp.certfile=/etc/notebooks-tls/tls.crt");
    expect(jupyter.startupProbe.httpGet.scheme).toBe("HTTPS");
  });

  it("reaches the object store and the catalogue alone, and nobody reaches it", () => {
    const out = inputs("networking.k8s.io/v1:NetworkPolicy").spec;
    const reached = out.egress.map(({ to, ports }: { to: object[]; ports: { port: number }[] }) => [
      to,
      ports[0]!.port,
    ]);
    const app = (name: string) => [{ podSelector: { matchLabels: { "app.kubernetes.io/name": name } } }];
    expect(reached).toEqual([
      [app("data-lake"), 9000],
      [app("catalogue"), 8443],
    ]);
    const into = inputs("networking.k8s.io/v1:NetworkPolicy", "notebooks-object-store").spec;
    expect(into.podSelector).toEqual(app("data-lake")[0]!.podSelector);
    expect(into.ingress).toEqual([{ from: app("notebooks"), ports: [{ protocol: "TCP", port: 9000 }] }]);
    expect(namesOf(recorded, "kubernetes:networking.k8s.io/v1:NetworkPolicy")).toHaveLength(2);
  });

  it("keeps the work on a volume that outlives the pod and the program", () => {
    const claim = one(recorded, "kubernetes:core/v1:PersistentVolumeClaim", "notebooks");
    expect(claim.inputs.spec).toMatchObject({ resources: { requests: { storage: "20Gi" } } });
    expect(claim.options).toMatchObject({ protect: true, retainOnDelete: true });
    expect(inputs("apps/v1:Deployment").spec.strategy).toEqual({ type: "Recreate" });
  });
});
