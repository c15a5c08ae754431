import type { Step } from "../progress";
import type { ClusterImages } from "./index";
import type { Kubectl } from "./kubectl";
import { DNS_ADDRESS } from "./network";
import { account, clusterRole, roleBinding } from "./rbac";

const DNS_NAMESPACE = "kube-system";
const STORAGE_NAMESPACE = "local-path-storage";
/** Inside the node's own /var, hence in the instance's state. */
const VOLUMES = "/var/lib/drone-lake-volumes";

const restricted = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
  readOnlyRootFilesystem: true,
} as const;

/** Declares cluster DNS and the default StorageClass `local-path`. */
export async function installAddons(kubectl: Kubectl, images: ClusterImages, step: Step): Promise<void> {
  await kubectl.apply([...clusterDns(images.coredns.ref), ...storage(images.provisioner.ref, images.shell.ref)], step);
}

/** Names of the cluster alone: the node has no way out to ask anybody else. */
const COREFILE = `.:53 {
    errors
    health :8080
    ready :8181
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        pods insecure
        ttl 5
    }
    cache 5
    loop
    reload
}
`;

function clusterDns(image: string): object[] {
  const metadata = { name: "coredns", namespace: DNS_NAMESPACE, labels: { "k8s-app": "kube-dns" } };
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "coredns", namespace: DNS_NAMESPACE } },
    clusterRole("drone-lake:coredns", [
      { apiGroups: [""], resources: ["endpoints", "services", "pods", "namespaces"], verbs: ["list", "watch"] },
      { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["list", "watch"] },
    ]),
    roleBinding("drone-lake:coredns", account("coredns", DNS_NAMESPACE)),
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "coredns", namespace: DNS_NAMESPACE },
      data: { Corefile: COREFILE },
    },
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata,
      spec: {
        replicas: 1,
        selector: { matchLabels: { "k8s-app": "kube-dns" } },
        template: {
          metadata: { labels: { "k8s-app": "kube-dns" } },
          spec: {
            priorityClassName: "system-cluster-critical",
            serviceAccountName: "coredns",
            dnsPolicy: "Default",
            securityContext: {
              runAsNonRoot: true,
              runAsUser: 65532,
              seccompProfile: { type: "RuntimeDefault" },
              // Port 53 of its pod as in most clusters: network policies see that, not the Service's.
              sysctls: [{ name: "net.ipv4.ip_unprivileged_port_start", value: "53" }],
            },
            containers: [
              {
                name: "coredns",
                image,
                imagePullPolicy: "IfNotPresent",
                args: ["-conf", "/etc/coredns/Corefile"],
                ports: [
                  { name: "dns", containerPort: 53, protocol: "UDP" },
                  { name: "dns-tcp", containerPort: 53, protocol: "TCP" },
                ],
                livenessProbe: { httpGet: { path: "/health", port: 8080 }, initialDelaySeconds: 30, timeoutSeconds: 5 },
                readinessProbe: { httpGet: { path: "/ready", port: 8181 }, periodSeconds: 2 },
                resources: { requests: { cpu: "20m", memory: "32Mi" }, limits: { memory: "128Mi" } },
                securityContext: restricted,
                volumeMounts: [{ name: "config", mountPath: "/etc/coredns", readOnly: true }],
              },
            ],
            volumes: [{ name: "config", configMap: { name: "coredns" } }],
          },
        },
      },
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { ...metadata, name: "kube-dns" },
      spec: {
        clusterIP: DNS_ADDRESS,
        selector: { "k8s-app": "kube-dns" },
        ports: [
          { name: "dns", port: 53, protocol: "UDP" },
          { name: "dns-tcp", port: 53, protocol: "TCP" },
        ],
      },
    },
  ];
}

/** Makes and removes a volume's folder on the node; the provisioner starts it with VOL_DIR set. */
const HELPER_POD = (image: string) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "helper-pod" },
  spec: {
    containers: [
      {
        name: "helper-pod",
        image,
        imagePullPolicy: "IfNotPresent",
        resources: { requests: { cpu: "10m", memory: "8Mi" } },
      },
    ],
  },
});

function storage(image: string, shell: string): object[] {
  const name = "local-path-provisioner";
  return [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: STORAGE_NAMESPACE } },
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace: STORAGE_NAMESPACE } },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "Role",
      metadata: { name, namespace: STORAGE_NAMESPACE },
      rules: [
        { apiGroups: [""], resources: ["pods"], verbs: ["get", "list", "watch", "create", "delete"] },
        { apiGroups: [""], resources: ["pods/log"], verbs: ["get"] },
      ],
    },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "RoleBinding",
      metadata: { name, namespace: STORAGE_NAMESPACE },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name },
      subjects: [{ kind: "ServiceAccount", name, namespace: STORAGE_NAMESPACE }],
    },
    clusterRole(`drone-lake:${name}`, [
      { apiGroups: [""], resources: ["nodes", "configmaps"], verbs: ["get", "list", "watch"] },
      { apiGroups: [""], resources: ["persistentvolumeclaims"], verbs: ["get", "list", "watch"] },
      {
        apiGroups: [""],
        resources: ["persistentvolumes"],
        verbs: ["get", "list", "watch", "create", "patch", "update", "delete"],
      },
      { apiGroups: [""], resources: ["events"], verbs: ["create", "patch"] },
      { apiGroups: ["storage.k8s.io"], resources: ["storageclasses"], verbs: ["get", "list", "watch"] },
    ]),
    roleBinding(`drone-lake:${name}`, account(name, STORAGE_NAMESPACE)),
    {
      apiVersion: "storage.k8s.io/v1",
      kind: "StorageClass",
      metadata: { name: "local-path", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
      provisioner: "rancher.io/local-path",
      volumeBindingMode: "WaitForFirstConsumer",
      reclaimPolicy: "Delete",
    },
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "local-path-config", namespace: STORAGE_NAMESPACE },
      data: {
        "config.json": JSON.stringify({
          nodePathMap: [{ node: "DEFAULT_PATH_FOR_NON_LISTED_NODES", paths: [VOLUMES] }],
        }),
        setup: '#!/bin/sh\nset -eu\nmkdir -m 0777 -p "$VOL_DIR"\n',
        teardown: '#!/bin/sh\nset -eu\nrm -rf "$VOL_DIR"\n',
        "helperPod.yaml": JSON.stringify(HELPER_POD(shell)),
      },
    },
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name, namespace: STORAGE_NAMESPACE },
      spec: {
        replicas: 1,
        strategy: { type: "Recreate" },
        selector: { matchLabels: { app: name } },
        template: {
          metadata: { labels: { app: name } },
          spec: {
            priorityClassName: "system-cluster-critical",
            serviceAccountName: name,
            securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: "RuntimeDefault" } },
            containers: [
              {
                name,
                image,
                imagePullPolicy: "IfNotPresent",
                args: ["start", "--config", "/etc/config/config.json", "--service-account-name", name],
                env: [
                  { name: "POD_NAMESPACE", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } },
                  { name: "CONFIG_MOUNT_PATH", value: "/etc/config/" },
                ],
                resources: { requests: { cpu: "10m", memory: "32Mi" }, limits: { memory: "128Mi" } },
                securityContext: restricted,
                volumeMounts: [{ name: "config", mountPath: "/etc/config", readOnly: true }],
              },
            ],
            volumes: [{ name: "config", configMap: { name: "local-path-config" } }],
          },
        },
      },
    },
  ];
}
