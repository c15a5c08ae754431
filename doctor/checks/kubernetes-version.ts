import { atLeast, MINIMUM_KUBERNETES } from "../../sandbox/cluster/version";
import { type Check, fail, ok } from "../check";

/** Tekton refuses to start on an older one. */
export const kubernetesVersion: Check = {
  title: "Kubernetes version",
  asksCluster: true,
  async run({ cluster }) {
    const { gitVersion = "unknown" } = (await cluster.get<{ gitVersion: string }>("/version")) ?? {};
    if (atLeast(gitVersion, MINIMUM_KUBERNETES)) return [ok(gitVersion)];
    return [fail(`it is ${gitVersion}`, `use a cluster of version ${MINIMUM_KUBERNETES} or newer`)];
  },
};
