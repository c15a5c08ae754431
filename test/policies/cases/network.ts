import { type Cases, changed, deployment, failing, object, resource } from "../resources";

const namespace = object("v1", "Namespace", "data-systems", { metadata: { name: "data-systems" } });
const deny = object("networking.k8s.io/v1", "NetworkPolicy", "default-deny", {
  spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
});
const allow = object("networking.k8s.io/v1", "NetworkPolicy", "allow-dns", {
  spec: { podSelector: {}, policyTypes: ["Egress"], egress: [{ ports: [{ port: 53 }] }] },
});
const service = object("v1", "Service", "server", {
  spec: { type: "LoadBalancer", selector: { app: "server" }, loadBalancerSourceRanges: ["10.0.0.0/8"] },
});
const store = resource("pulumi:providers:minio", "object-store", {
  minioServer: "lake.example.org:443",
  minioSsl: "true",
});
const database = resource("pulumi:providers:postgresql", "database", {
  host: "db.example.org",
  sslmode: "verify-full",
});

const certificate = object("cert-manager.io/v1", "Certificate", "server", { spec: { secretName: "server-tls" } });
const volumes = (volume: object) => ({ "spec.template.spec.volumes": [{ name: "certs", ...volume }] });
const server = changed(deployment, volumes({ secret: { secretName: "server-tls" } }));
const cluster = object("postgresql.cnpg.io/v1", "Cluster", "lake-1", {
  spec: { certificates: { serverTLSSecret: "server-tls" } },
});
const toCluster = changed(service, { "spec.selector": { "cnpg.io/cluster": "lake-1" } });
const ingress = object("networking.k8s.io/v1", "Ingress", "lake", { spec: { tls: [{ secretName: "server-tls" }] } });
const gateway = object("gateway.networking.k8s.io/v1", "Gateway", "lake", {
  spec: { listeners: [{ protocol: "HTTPS" }] },
});

export const network: Record<string, Cases> = {
  "default-deny": {
    passes: {
      "a policy for all pods": [namespace, deny, allow],
      "one for each direction": [
        namespace,
        changed(deny, { "spec.policyTypes": ["Ingress"] }),
        changed(deny, { "spec.policyTypes": ["Egress"] }),
      ],
    },
    fails: {
      none: { given: [namespace], says: "no NetworkPolicy denies ingress" },
      "one direction": { given: [namespace, allow], says: "no NetworkPolicy denies ingress" },
      "some pods": {
        given: [namespace, changed(deny, { "spec.podSelector": { matchLabels: { app: "a" } } })],
        says: "no NetworkPolicy denies egress",
      },
      "another namespace's": {
        given: [namespace, changed(deny, { "metadata.namespace": "other" })],
        says: "denies ingress",
      },
      "an empty rule": {
        given: [namespace, deny, changed(allow, { "spec.egress": [{}] })],
        says: "an egress rule is empty",
      },
    },
  },
  "no-open-load-balancer": {
    passes: {
      "chosen addresses": [service],
      "a service inside": [changed(service, { "spec.type": "ClusterIP", "spec.loadBalancerSourceRanges": undefined })],
    },
    fails: failing(service, {
      "nothing said": [{ "spec.loadBalancerSourceRanges": undefined }, "it lets everybody in"],
      "an empty list": [{ "spec.loadBalancerSourceRanges": [] }, "it lets everybody in"],
      "the internet": [{ "spec.loadBalancerSourceRanges": ["10.0.0.0/8", "0.0.0.0/0"] }, "it lets 0.0.0.0/0 in"],
      "the internet, IPv6": [{ "spec.loadBalancerSourceRanges": ["::/0"] }, "it lets ::/0 in"],
    }),
  },
  "clients-verify-tls": {
    passes: {
      "TLS that is checked": [store, database],
      "a CA of one's own": [changed(database, { sslmode: "verify-ca" })],
    },
    fails: {
      ...failing(store, {
        "plain HTTP": [{ minioSsl: "false" }, "it speaks plain HTTP"],
        "plain HTTP, by default": [{ minioSsl: undefined }, "it speaks plain HTTP"],
        "any certificate": [{ minioInsecure: "true" }, "it takes any certificate"],
      }),
      ...failing(database, {
        "no TLS": [{ sslmode: "disable" }, "its sslmode is disable"],
        "any certificate at the database": [{ sslmode: "require" }, "its sslmode is require"],
        "the driver's default": [{ sslmode: undefined }, "its sslmode is not set"],
      }),
    },
  },
  "exposed-endpoints-tls": {
    passes: {
      "a certificate of cert-manager": [service, server, certificate],
      "a projected one": [
        service,
        changed(server, volumes({ projected: { sources: [{ secret: { name: "server-tls" } }] } })),
        certificate,
      ],
      "a certificate in a Secret": [
        service,
        server,
        object("v1", "Secret", "server-tls", { type: "kubernetes.io/tls" }),
      ],
      "a certificate that CloudNativePG is given": [toCluster, cluster, certificate],
      "a service inside": [changed(service, { "spec.type": "ClusterIP" }), deployment],
      "at the edge": [ingress, gateway],
    },
    fails: {
      "no certificate": { given: [service, deployment, certificate], says: "no pod behind it has a certificate" },
      "another Secret": { given: [service, server], says: "no pod behind it has a certificate" },
      "the CA alone, as a client has it": {
        given: [
          service,
          changed(
            server,
            volumes({ secret: { secretName: "server-tls", items: [{ key: "ca.crt", path: "ca.crt" }] } }),
          ),
          certificate,
        ],
        says: "no pod behind it has a certificate",
      },
      "a certificate of CloudNativePG's own": {
        given: [toCluster, changed(cluster, { "spec.certificates": undefined }), certificate],
        says: "no pod behind it has a certificate",
      },
      "another's database": {
        given: [toCluster, changed(cluster, { "metadata.name": "lake-2" }), certificate],
        says: "no pod behind it has a certificate",
      },
      "another's pods": {
        given: [service, changed(server, { "spec.template.metadata.labels.app": "other" }), certificate],
        says: "no pod behind it",
      },
      "a port of every node": {
        given: [changed(service, { "spec.type": "NodePort" }), deployment],
        says: "no pod behind it",
      },
      "an Ingress": { given: [changed(ingress, { "spec.tls": undefined })], says: "it has no certificate" },
      "a Gateway": { given: [changed(gateway, { "spec.listeners.0.protocol": "HTTP" })], says: "speaks plain HTTP" },
    },
  },
};
