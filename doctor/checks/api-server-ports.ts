import { type Check, fail, ok } from "../check";

interface Slice {
  readonly ports?: readonly { readonly port?: number }[];
}
interface Service {
  readonly spec: { readonly ports: readonly { readonly port: number }[] };
}

/** Network policies let pods reach the API server at the ports in the config alone; plugins look at either end of its Service. */
export const apiServerPorts: Check = {
  title: "ports of the API server",
  asksCluster: true,
  async run({ environment, cluster }) {
    const service = await cluster.get<Service>("/api/v1/namespaces/default/services/kubernetes");
    const slice = await cluster.get<Slice>("/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes");
    const used = [...(service?.spec.ports ?? []), ...(slice?.ports ?? [])].flatMap(({ port }) => port ?? []);
    const allowed = environment.cluster.apiServerPorts;
    const missing = [...new Set(used)].filter((port) => !allowed.includes(port));
    if (missing.length === 0) return [ok([...new Set(used)].join(", "))];
    return [
      fail(
        `pods reach it at ${[...new Set(used)].join(", ")}, and network policies would let them out to ${allowed.join(", ")} alone`,
        `set cluster.apiServerPorts to [${[...new Set([...allowed, ...missing])].join(", ")}]`,
      ),
    ];
  },
};
