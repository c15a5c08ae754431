import { everywhere } from "../levels";
import type { ResourcePolicy } from "../policy";
import { podTemplates } from "../readers/pods";
import { at, missing } from "../readers/values";

export const ownServiceAccount: ResourcePolicy = {
  name: "own-service-account",
  demand: "Every pod has a ServiceAccount of its own, not the namespace's default.",
  why: "Rights that somebody gives the default account, today or in a year, go to every pod that did not ask for any.",
  looksAt: "`serviceAccountName` of every workload, and of the runs that TriggerTemplates make",
  remedy: "Make a ServiceAccount for the workload, without a token where it does not speak to the API server.",
  levels: everywhere,
  *check(resource) {
    for (const { path, spec, lacks } of podTemplates(resource)) {
      // A Task's account is its run's.
      if (lacks === "pod settings") continue;
      const account = at(spec, "serviceAccountName");
      if (missing(account) || account === "default") yield `${path} has the default ServiceAccount`;
    }
  },
};
