import { namespaces } from "../../components/names";
import type { Environment } from "../../config";
import { type Check, fail, ok, warn } from "../check";

interface Owned {
  readonly metadata: { readonly managedFields?: readonly { readonly manager?: string }[] };
}

/** What the program makes under names that the cluster has only once. */
function onlyOnce({ tekton }: Environment): { what: string; path: string; instead?: string }[] {
  const spaces = [namespaces.data, namespaces.pipelines, ...(tekton.install ? [namespaces.tekton] : [])];
  const definition = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/pipelines.tekton.dev";
  return [
    ...spaces.map((name) => ({ what: `namespace ${name}`, path: `/api/v1/namespaces/${name}` })),
    ...(tekton.install ? [{ what: "Tekton", path: definition, instead: "set tekton.install to false" }] : []),
  ];
}

/** `up` does not take over what somebody else made: it stops at the first such object, halfway. */
export const existingObjects: Check = {
  title: "objects of somebody else",
  asksCluster: true,
  async run({ environment, cluster }) {
    const found = await Promise.all(
      onlyOnce(environment).map(async (object) => ({ ...object, is: await cluster.get<Owned>(object.path) })),
    );
    const foreign = found.filter(({ is }) => is && !madeByPulumi(is));
    if (foreign.length === 0) return [ok("none has a name that the program uses")];
    return foreign.map(({ what, instead }) =>
      environment.cluster.dedicated
        ? warn(
            `${what} is there already: up takes it over, and destroy would delete it`,
            "remove it first if that is not meant",
          )
        : fail(
            `${what} is there already, and not Pulumi's: up would stop there`,
            `${instead ?? "remove it"}, or pulumi import it`,
          ),
    );
  },
};

/** Pulumi's provider notes its fields under a name of its own. */
export function madeByPulumi({ metadata }: Owned): boolean {
  return metadata.managedFields?.some(({ manager }) => manager?.startsWith("pulumi-kubernetes")) ?? false;
}
