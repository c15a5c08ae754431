import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, test } from "vitest";
import { Mcp } from "../../components/mcp";
import { one, type Recorded, record } from "./recorder";

const kinds = {
  certificate: "kubernetes:cert-manager.io/v1:Certificate",
  deployment: "kubernetes:apps/v1:Deployment",
  policy: "kubernetes:networking.k8s.io/v1:NetworkPolicy",
  budget: "kubernetes:policy/v1:PodDisruptionBudget",
} as const;

const shared = {
  namespace: "data-systems",
  image: "registry.example.org/mcp:1",
  issuer: { name: "example-org", kind: "ClusterIssuer", group: "cert-manager.io" },
  objectStoreUrl: "https://data-lake.data-systems.svc.cluster.local:9000",
  podCidrs: ["10.244.0.0/16"],
  s3: { accessKey: "assistant", secretKey: pulumi.secret("key") },
};
const resources = { cpu: "50m", memory: "512Mi" };

let recorded: Recorded[];
const made: Record<string, Mcp> = {};
beforeAll(async () => {
  recorded = await record(
    async () => {
      const outside = { type: "LoadBalancer" as const, allowedCidrs: ["10.0.0.0/8"] };
      const exposed = { replicas: 2, exposure: outside, allowedOrigins: ["https://maps.example.org"], resources };
      const closed = { replicas: 1, exposure: { type: "ClusterIP" as const }, allowedOrigins: [], resources };
      made.open = new Mcp("open", { ...shared, config: exposed, endpoint: "mcp.example.org:8443" });
      made.closed = new Mcp("closed", { ...shared, config: closed });
    },
    { stack: "test", values: {} },
  );
});

// biome-ignore lint/suspicious/noExplicitAny: objects as Kubernetes gets them
const spec = (type: string, name: string): any => one(recorded, type, name).inputs.spec;
const pod = (name: string) => spec(kinds.deployment, name).template.spec;
const variable = (name: string, of: string) =>
  pod(of).containers[0].env.find((each: { name: string }) => each.name === name);

describe("the MCP server", () => {
  test("is called by the endpoint's name, which its certificate and the hosts that it answers to have", () => {
    expect(made.open!.url).toBe("https://mcp.example.org:8443/mcp");
    expect(made.closed!.url).toBe("https://closed.data-systems.svc.cluster.local:8443/mcp");
    const { dnsNames } = spec(kinds.certificate, "open");
    expect(dnsNames).toEqual(expect.arrayContaining(["mcp.example.org", "open.data-systems.svc.cluster.local"]));
    expect(variable("MCP_ALLOWED_HOSTS", "open").value.split(",").sort()).toEqual([...dnsNames].sort());
    expect(variable("MCP_ALLOWED_HOSTS", "closed").value).not.toContain("example.org");
    expect(variable("MCP_ALLOWED_ORIGINS", "open").value).toBe("https://maps.example.org");
  });

  test("reaches the catalogue and the object store, and nothing else", () => {
    const part = (name: string, port: number) => ({
      to: [{ podSelector: { matchLabels: { "app.kubernetes.io/name": name } } }],
      ports: [{ protocol: "TCP", port }],
    });
    expect(spec(kinds.policy, "open").egress).toEqual([part("catalogue", 8443), part("data-lake", 9000)]);
  });

  test("lets in clients from the networks that the config names, and nobody without an exposure", () => {
    expect(spec(kinds.policy, "open-clients").ingress).toEqual([
      {
        from: [{ ipBlock: { cidr: "10.0.0.0/8", except: ["10.244.0.0/16"] } }],
        ports: [{ protocol: "TCP", port: 8443 }],
      },
    ]);
    expect(spec(kinds.policy, "closed-clients")).toMatchObject({ policyTypes: ["Ingress"], ingress: [] });
  });

  test("gets its secrets from Secrets, and believes both servers by the lake's CA alone", () => {
    const refs = ["MCP_TOKEN", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"].map((name) => variable(name, "open"));
    for (const { value, valueFrom } of refs)
      expect([value, typeof valueFrom.secretKeyRef.name]).toEqual([undefined, "string"]);
    expect(refs[1].valueFrom.secretKeyRef.name).toBe("s3-assistant");
    expect(variable("CATALOGUE_URL", "open").value).toBe("https://catalogue.data-systems.svc.cluster.local:8443");
    for (const name of ["CATALOGUE_CA_FILE", "AWS_CA_BUNDLE"]) {
      expect(variable(name, "open").value).toBe("/etc/tls/ca.crt");
    }
  });

  test("has no token of Kubernetes and writes nowhere", () => {
    expect(pod("open").automountServiceAccountToken).toBe(false);
    expect(pod("open").containers[0].securityContext).toMatchObject({
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
    });
    expect(pod("open").volumes).toEqual([{ name: "tls", secret: { secretName: "open-tls", defaultMode: 0o440 } }]);
  });

  test("keeps a pod while nodes are drained, where there is more than one", () => {
    expect(spec(kinds.budget, "open").maxUnavailable).toBe(1);
    expect(recorded.filter(({ type }) => type === kinds.budget)).toHaveLength(1);
  });
});
