import { everywhere } from "../levels";
import type { StackPolicy } from "../policy";
import { mayEqual, namespaceOf, objectName, ofKind, selects } from "../readers/kubernetes";
import { podTemplates } from "../readers/pods";
import type { Resource } from "../readers/resource";
import { at, entry, hasUnknown, lacks, list, missing } from "../readers/values";

export const exposedEndpointsTls: StackPolicy = {
  name: "exposed-endpoints-tls",
  demand: "Whatever is reached from outside of the cluster speaks TLS itself.",
  why: "A proxy in front leaves the way from it to the pod in clear, and with it every photo, every key in a header and every password.",
  looksAt:
    "Services of type LoadBalancer or NodePort: the pods that they select mount a certificate, which is a Secret of type kubernetes.io/tls or of a cert-manager Certificate, or `spec.certificates` of the CloudNativePG Cluster whose pods they are names one; `tls` of Ingresses; listeners of Gateways",
  remedy: "Declare a Certificate for the names that clients use, and mount its Secret into the server's pods.",
  levels: everywhere,
  *checkStack(resources) {
    const certificates = certificateSecrets(resources);
    const workloads = resources.flatMap((resource) => podTemplates(resource).map((pod) => ({ resource, pod })));
    for (const service of ofKind(resources, "Service").filter(isExposed)) {
      const selector = { matchLabels: at(service.props, "spec.selector") };
      const behind = workloads.filter(
        ({ resource, pod }) =>
          pod.serves && mayEqual(namespaceOf(resource), namespaceOf(service)) && selects(selector, pod.labels),
      );
      const own = databaseCertificate(resources, service);
      const known = own !== undefined && certificates.some((secret) => mayEqual(secret, own));
      if (!known && !behind.some(({ pod }) => mountsOneOf(pod.spec, certificates))) {
        yield [service, "no pod behind it has a certificate"];
      }
    }
    for (const ingress of ofKind(resources, "Ingress")) {
      if (missing(at(ingress.props, "spec.tls"))) yield [ingress, "it has no certificate"];
    }
    for (const gateway of ofKind(resources, "Gateway")) {
      const plain = list(at(gateway.props, "spec.listeners")).some((listener) => at(listener, "protocol") === "HTTP");
      if (plain) yield [gateway, "a listener speaks plain HTTP"];
    }
  },
};

function isExposed({ props }: Resource): boolean {
  return ["LoadBalancer", "NodePort"].includes(at(props, "spec.type") as string);
}

/** Names of Secrets that hold a certificate. */
function certificateSecrets(resources: readonly Resource[]): unknown[] {
  return [
    ...ofKind(resources, "Certificate").map(({ props }) => at(props, "spec.secretName")),
    ...ofKind(resources, "Secret")
      .filter(({ props }) => mayEqual(at(props, "type"), "kubernetes.io/tls"))
      .map(objectName),
  ];
}

/** The Secret with which the instances behind a Service speak TLS, where CloudNativePG makes them; they never speak without. */
function databaseCertificate(resources: readonly Resource[], service: Resource): unknown {
  const cluster = entry(at(service.props, "spec.selector"), "cnpg.io/cluster");
  if (missing(cluster)) return undefined;
  const made = resources.find(
    (resource) =>
      resource.type === "kubernetes:postgresql.cnpg.io/v1:Cluster" &&
      mayEqual(objectName(resource), cluster) &&
      mayEqual(namespaceOf(resource), namespaceOf(service)),
  );
  return made && at(made.props, "spec.certificates.serverTLSSecret");
}

/** Whether a pod mounts one of the certificates with its key; a client mounts the CA's alone. */
function mountsOneOf(podSpec: unknown, secrets: readonly unknown[]): boolean {
  const volumes = at(podSpec, "volumes");
  const mounted = list(volumes)
    .flatMap((volume) => [
      { name: at(volume, "secret.secretName"), items: at(volume, "secret.items") },
      ...list(at(volume, "projected.sources")).map((source) => ({
        name: at(source, "secret.name"),
        items: at(source, "secret.items"),
      })),
    ])
    .filter(({ name, items }) => !missing(name) && (missing(items) || !lacks(list(items).map(keyOf), "tls.key")));
  return hasUnknown(volumes) || mounted.some(({ name }) => secrets.some((secret) => mayEqual(secret, name)));
}

function keyOf(item: unknown): unknown {
  return at(item, "key");
}
