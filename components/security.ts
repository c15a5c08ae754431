import type * as k8s from "@pulumi/kubernetes";

type PodSecurityContext = k8s.types.input.core.v1.PodSecurityContext;
type SecurityContext = k8s.types.input.core.v1.SecurityContext;

/** Pod settings that Kubernetes' "restricted" level asks for, with one numeric user that owns the pod's volumes. */
export function restrictedPod(uid: number): PodSecurityContext {
  return {
    runAsNonRoot: true,
    runAsUser: uid,
    runAsGroup: uid,
    fsGroup: uid,
    // A volume with millions of objects is not walked at every start.
    fsGroupChangePolicy: "OnRootMismatch",
    seccompProfile: { type: "RuntimeDefault" },
  };
}

/** Container settings that Kubernetes' "restricted" level asks for, and a read-only root file system. */
export function restrictedContainer(): SecurityContext {
  return {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ["ALL"] },
    readOnlyRootFilesystem: true,
    runAsNonRoot: true,
    seccompProfile: { type: "RuntimeDefault" },
  };
}

/** Levels of Kubernetes' Pod Security Standards. */
export type PodSecurity = "restricted" | "privileged";

/** Pod Security Admission labels of a namespace whose pods are all of one level. */
export function podSecurityLabels(level: PodSecurity): Record<string, string> {
  return {
    "pod-security.kubernetes.io/enforce": level,
    "pod-security.kubernetes.io/enforce-version": "latest",
    "pod-security.kubernetes.io/warn": level,
    "pod-security.kubernetes.io/audit": level,
  };
}
