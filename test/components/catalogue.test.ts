import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, test } from "vitest";
import { Catalogue } from "../../components/catalogue";
import { one, type Recorded, record } from "./recorder";

const kinds = {
  certificate: "kubernetes:cert-manager.io/v1:Certificate",
  deployment: "kubernetes:apps/v1:Deployment",
  policy: "kubernetes:networking.k8s.io/v1:NetworkPolicy",
  budget: "kubernetes:policy/v1:PodDisruptionBudget",
  service: "kubernetes:core/v1:Service",
} as const;

const shared = {
  namespace: "data-systems",
  podCidrs: ["10.244.0.0/16"],
  image: "registry.example.org/catalogue:1",
  issuer: { name: "example-org", kind: "ClusterIssuer", group: "cert-manager.io" },
  database: { host: "postgis.data-systems.svc.cluster.local", port: 5432, name: "lake" },
  certificate: "postgis-tls",
  password: pulumi.secret("word"),
  objectStoreUrl: "https://lake.example.org:9000",
};
const resources = { cpu: "100m", memory: "512Mi" };

let recorded: Recorded[];
const urls: string[] = [];
beforeAll(async () => {
  recorded = await record(
    async () => {
      const outside = { type: "LoadBalancer" as const, allowedCidrs: ["10.0.0.0/8"] };
      const endpoint = "catalogue.example.org:8443";
      const exposed = { replicas: 3, exposure: outside, resources };
      const closed = { replicas: 1, exposure: { type: "ClusterIP" as const }, resources };
      urls.push(new Catalogue("open", { ...shared, config: exposed, endpoint, connections: 13 }).url);
      urls.push(new Catalogue("closed", { ...shared, config: closed, connections: 6 }).url);
    },
    { stack: "test", values: {} },
  );
});

// biome-ignore lint/suspicious/noExplicitAny: objects as Kubernetes gets them
const spec = (type: string, name: string): any => one(recorded, type, name).inputs.spec;
const container = (name: string) => spec(kinds.deployment, name).template.spec.containers[0];
const variable = (name: string, of: string) => container(of).env.find((each: { name: string }) => each.name === name);

describe("the catalogue service", () => {
  test("is called by the endpoint's name, which its certificate has beside those of the Service", () => {
    expect(urls).toEqual(["https://catalogue.example.org:8443", "https://closed.data-systems.svc.cluster.local:8443"]);
    const { dnsNames } = spec(kinds.certificate, "open");
    expect(dnsNames).toContain("catalogue.example.org");
    expect(dnsNames).toContain("open.data-systems.svc.cluster.local");
    expect(spec(kinds.certificate, "closed").dnsNames).not.toContain("catalogue.example.org");
  });

  test("reaches the database alone: it answers while the object store is down, and has no keys for it", () => {
    expect(spec(kinds.policy, "open")).toMatchObject({
      policyTypes: ["Egress"],
      egress: [
        { to: [{ podSelector: { matchLabels: { "drone-lake/server": "database" } } }], ports: [{ port: 5432 }] },
      ],
    });
    expect(spec(kinds.policy, "open").egress).toHaveLength(1);
    const names = container("open").env.map(({ name }: { name: string }) => name);
    expect(names.filter((name: string) => name.startsWith("AWS_"))).toEqual([]);
  });

  test("checks the database's certificate, and logs in as the role that only reads", () => {
    expect(variable("PGSSLMODE", "open").value).toBe("verify-full");
    expect(variable("PGPASSWORD", "open").valueFrom.secretKeyRef.name).toBe("database-catalogue-reader");
    const logins = recorded.filter(({ name }) => name === "database-catalogue-reader");
    expect(logins.map(({ inputs }) => (inputs.stringData as { user: string }).user)).toEqual(
      Array(2).fill("catalogue_reader"),
    );
  });

  test("lets in the namespace's pods, and clients from the networks that the config names, but no other pods", () => {
    expect(spec(kinds.policy, "open-clients").ingress).toEqual([
      {
        from: [{ podSelector: {} }, { ipBlock: { cidr: "10.0.0.0/8", except: ["10.244.0.0/16"] } }],
        ports: [{ protocol: "TCP", port: 8443 }],
      },
    ]);
    expect(spec(kinds.policy, "closed-clients").ingress[0].from).toEqual([{ podSelector: {} }]);
    expect(spec(kinds.service, "closed").type).toBe("ClusterIP");
  });

  test("stays within the role's connections, with one pod more while they are replaced", () => {
    expect(variable("SERVE_CONNECTIONS", "open").value).toBe("3");
    expect(variable("SERVE_CONNECTIONS", "closed").value).toBe("3");
    expect(spec(kinds.deployment, "open").strategy.rollingUpdate.maxSurge).toBe(1);
  });

  test("keeps a pod while nodes are drained, where there is more than one", () => {
    expect(spec(kinds.budget, "open").maxUnavailable).toBe(1);
    expect(recorded.filter(({ type }) => type === kinds.budget)).toHaveLength(1);
  });
});
