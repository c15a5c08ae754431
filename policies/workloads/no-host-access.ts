import { everywhere } from "../levels";
import type { ResourcePolicy } from "../policy";
import { isNodeAgent } from "../readers/kubernetes";
import { podTemplates } from "../readers/pods";
import { at, list, missing, text } from "../readers/values";
import { NODE_AGENT_NAMESPACES } from "../settings";

export const noHostAccess: ResourcePolicy = {
  name: "no-host-access",
  demand: "No pod shares a namespace, a path or a port with its node.",
  why: "A path of the node is a way out of the container, and its network is one around every NetworkPolicy.",
  looksAt: `\`hostNetwork\`, \`hostPID\`, \`hostIPC\`, \`hostPath\` volumes and \`hostPort\` of every workload, Task and run, but in ${NODE_AGENT_NAMESPACES.join(", ")}`,
  remedy: "Use a volume claim and a Service.",
  levels: everywhere,
  *check(resource) {
    if (isNodeAgent(resource)) return;
    for (const { spec, containers } of podTemplates(resource)) {
      for (const key of ["hostNetwork", "hostPID", "hostIPC"]) if (at(spec, key) === true) yield `it has ${key}`;
      for (const volume of list(at(spec, "volumes"))) {
        if (!missing(at(volume, "hostPath"))) yield `volume ${text(at(volume, "name"))} is a path of the node`;
      }
      for (const { title, spec: container } of containers) {
        if (list(at(container, "ports")).some((port) => !missing(at(port, "hostPort")))) {
          yield `${title} takes a port of the node`;
        }
      }
    }
  },
};
