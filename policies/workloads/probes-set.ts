import { everywhere } from "../levels";
import type { ResourcePolicy } from "../policy";
import { isNodeAgent, namespaceOf } from "../readers/kubernetes";
import { podTemplates } from "../readers/pods";
import { at, missing, text, UNKNOWN } from "../readers/values";
import { NODE_AGENT_NAMESPACES, OPERATOR_NAMESPACES } from "../settings";

export const probesSet: ResourcePolicy = {
  name: "probes-set",
  demand: "Every server has a readiness and a liveness probe.",
  why: "Without readiness a Service sends photos to a pod that cannot take them yet; without liveness one that hangs stays, and looks well.",
  looksAt: `containers of Deployments, StatefulSets, DaemonSets and Pods, but those in ${[...OPERATOR_NAMESPACES, ...NODE_AGENT_NAMESPACES].join(", ")}, which are probed as their projects have it`,
  remedy: "Add `readinessProbe` and `livenessProbe`; keep the health of other nodes out of liveness.",
  levels: everywhere,
  *check(resource) {
    const namespace = namespaceOf(resource);
    if (isNodeAgent(resource) || namespace === UNKNOWN || OPERATOR_NAMESPACES.includes(text(namespace) ?? "")) return;
    for (const { containers } of podTemplates(resource).filter(({ serves }) => serves)) {
      for (const { title, spec } of containers.filter(({ passing }) => !passing)) {
        for (const probe of ["readinessProbe", "livenessProbe"]) {
          if (missing(at(spec, probe))) yield `${title} has no ${probe}`;
        }
      }
    }
  },
};
