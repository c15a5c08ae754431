import { prodOnly } from "../levels";
import type { StackPolicy } from "../policy";
import { podTemplates } from "../readers/pods";
import { replicated } from "../readers/replicas";
import { at, missing } from "../readers/values";

export const replicasSpread: StackPolicy = {
  name: "replicas-spread",
  demand: "In production the pods of a workload spread over nodes.",
  why: "Four pods of an erasure set on one node are one node: it fails, and the store with it.",
  looksAt:
    "`topologySpreadConstraints` and `podAntiAffinity` of Deployments and StatefulSets with more than one replica, or an autoscaler that keeps more than one",
  remedy: "Add a topologySpreadConstraint over kubernetes.io/hostname that selects the workload's own pods.",
  levels: prodOnly,
  *checkStack(resources) {
    for (const workload of replicated(resources)) {
      for (const { spec } of podTemplates(workload)) {
        const ways = ["topologySpreadConstraints", "affinity.podAntiAffinity"];
        if (ways.every((way) => missing(at(spec, way)))) yield [workload, "nothing keeps its pods apart"];
      }
    }
  },
};
