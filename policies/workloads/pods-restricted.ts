import { everywhere } from "../levels";
import type { ResourcePolicy } from "../policy";
import { isNodeAgent, kindOf } from "../readers/kubernetes";
import { podTemplates } from "../readers/pods";
import { at, differs, entry, lacks, list, text, UNKNOWN } from "../readers/values";
import { NODE_AGENT_NAMESPACES } from "../settings";

const PROFILES = ["RuntimeDefault", "Localhost"];

export const podsRestricted: ResourcePolicy = {
  name: "pods-restricted",
  demand: "Pods keep to Kubernetes' level `restricted`, and namespaces enforce it.",
  why: "Photos come from outside, and their decoders have holes. A step that is taken over as an ordinary user without capabilities has taken over a step; as root it has the node.",
  looksAt: `security contexts of pods and containers, of Tekton steps and of the runs that TriggerTemplates make; label \`pod-security.kubernetes.io/enforce\` of Namespaces; but for ${NODE_AGENT_NAMESPACES.join(", ")}`,
  remedy: "Use `restrictedPod` and `restrictedContainer` of components/security.ts, and `podSecurityLabels`.",
  levels: everywhere,
  *check(resource) {
    if (isNodeAgent(resource)) return;
    if (kindOf(resource) === "Namespace") {
      const level = entry(at(resource.props, "metadata.labels"), "pod-security.kubernetes.io/enforce");
      if (differs(level, "restricted")) yield `it enforces the level ${text(level) ?? "privileged"}`;
    }
    for (const { path, spec, containers, lacks: without } of podTemplates(resource)) {
      const pod = at(spec, "securityContext");
      if (without === "containers") yield* asUser(path, pod, undefined);
      for (const { title, spec: container } of containers) {
        const own = at(container, "securityContext");
        yield* asUser(title, own, without === "pod settings" ? undefined : pod);
        if (differs(at(own, "allowPrivilegeEscalation"), false)) yield `${title} may gain privileges`;
        if (at(own, "privileged") === true) yield `${title} is privileged`;
        if (lacks(at(own, "capabilities.drop"), "ALL")) yield `${title} keeps capabilities`;
        const added = list(at(own, "capabilities.add"))
          .map(text)
          .filter((name) => name && name !== "NET_BIND_SERVICE");
        if (added.length) yield `${title} adds ${added.join(", ")}`;
      }
    }
  },
};

/** What a container's settings, or the pod's where it has none, say of the user and of system calls. */
function* asUser(title: string, own: unknown, pod: unknown): Iterable<string> {
  const setting = (path: string) => at(own, path) ?? at(pod, path);
  if (differs(setting("runAsNonRoot"), true)) yield `${title} may run as root`;
  if (setting("runAsUser") === 0) yield `${title} runs as user 0`;
  const profile = setting("seccompProfile.type");
  if (profile !== UNKNOWN && !PROFILES.includes(text(profile) ?? "")) yield `${title} has no seccomp profile`;
}
