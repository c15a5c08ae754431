import { type Check, fail, ok } from "../check";

interface Definition {
  readonly spec: {
    readonly names: { readonly kind: string; readonly plural: string };
    readonly versions: readonly { readonly name: string; readonly served: boolean }[];
  };
}

/** Karpenter starts no node for a pool whose node class is not there. */
export const nodeClass: Check = {
  title: "Karpenter's node class",
  asksCluster: true,
  async run({ environment: { gpu }, cluster }) {
    if (gpu.backend !== "karpenter" || !gpu.nodeClass) return [];
    const { group, kind, name } = gpu.nodeClass;
    const definitions = await cluster.list<Definition & { spec: { group: string } }>(
      "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
    );
    const definition = definitions.find(({ spec }) => spec.group === group && spec.names.kind === kind);
    const version = definition?.spec.versions.find(({ served }) => served)?.name;
    if (!definition || !version) {
      return [
        fail(
          `the cluster has no kind ${kind} in ${group}`,
          "install your cloud's provider for Karpenter, or mend gpu.nodeClass",
        ),
      ];
    }
    const found = await cluster.get(`/apis/${group}/${version}/${definition.spec.names.plural}/${name}`);
    if (found) return [ok(`${kind} ${name}`)];
    return [
      fail(`there is no ${kind} ${name}`, `make it (instance profile, subnets, image), or mend gpu.nodeClass.name`),
    ];
  },
};
