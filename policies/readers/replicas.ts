import { kindOf, mayEqual, namespaceOf, objectName, ofKind } from "./kubernetes";
import type { Resource } from "./resource";
import { at, number } from "./values";

/** Deployments and StatefulSets that certainly have more than one pod. */
export function replicated(resources: readonly Resource[]): Resource[] {
  const scalers = ofKind(resources, "HorizontalPodAutoscaler");
  return ofKind(resources, "Deployment", "StatefulSet").filter((workload) => {
    const scaler = scalers.find(
      ({ props }) =>
        at(props, "spec.scaleTargetRef.kind") === kindOf(workload) &&
        at(props, "spec.scaleTargetRef.name") === objectName(workload) &&
        mayEqual(at(props, "metadata.namespace"), namespaceOf(workload)),
    );
    const replicas = scaler ? at(scaler.props, "spec.minReplicas") : at(workload.props, "spec.replicas");
    return (number(replicas) ?? 1) > 1;
  });
}
