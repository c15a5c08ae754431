import { namespaces } from "../../components/names";
import { atLeast } from "../../sandbox/cluster/version";
import versions from "../../versions.json";
import { type Check, type Finding, fail, ok, warn } from "../check";

interface Labelled {
  readonly metadata: { readonly labels?: Record<string, string> };
}
interface Flags {
  readonly data?: Record<string, string>;
}

/** A Tekton that was there before: older than what the pipelines were tested with, or set so that their pods are refused. */
export const tektonSettings: Check = {
  title: "Tekton as it is set",
  asksCluster: true,
  async run({ environment, cluster }) {
    if (environment.tekton.install) return [];
    const at = (path: string) => path.replace("NS", namespaces.tekton);
    const controller = await cluster.get<Labelled>(
      at("/apis/apps/v1/namespaces/NS/deployments/tekton-pipelines-controller"),
    );
    const flags = await cluster.get<Flags>(at("/api/v1/namespaces/NS/configmaps/feature-flags"));
    if (!controller || !flags) {
      return [
        warn(
          `it is not in the namespace ${namespaces.tekton}, so its settings are not known`,
          "see that set-security-context is true in its ConfigMap feature-flags",
        ),
      ];
    }
    return judgeTekton(controller.metadata.labels?.["app.kubernetes.io/version"], flags.data ?? {});
  },
};

export function judgeTekton(version: string | undefined, flags: Record<string, string>): Finding[] {
  const findings: Finding[] = [];
  if (flags["set-security-context"] !== "true") {
    findings.push(
      fail(
        "set-security-context is not true: the namespace of the runs admits only pods that say how they are restricted, and refuses every one",
        "set it in the ConfigMap feature-flags",
      ),
    );
  }
  if (version === undefined || !atLeast(version, versions.tektonPipelines)) {
    findings.push(
      warn(
        `Tekton Pipelines is ${version ?? "of an unknown version"}, and the pipelines are tested with ${versions.tektonPipelines}`,
        "upgrade it",
      ),
    );
  }
  return findings.length > 0 ? findings : [ok(`Tekton Pipelines ${version}`)];
}
