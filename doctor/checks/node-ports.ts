import { catalogue, database, mcp, namespaces, objectStore } from "../../components/names";
import { type Check, type Finding, fail, ok } from "../check";

interface Service {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: { readonly ports?: readonly { readonly nodePort?: number }[] };
}

/** A port of the nodes that another Service has makes ours be refused. */
export const nodePorts: Check = {
  title: "ports of the nodes",
  asksCluster: true,
  async run({ environment, cluster }) {
    const wanted = [
      { path: "objectStore", service: objectStore.name, exposure: environment.objectStore.exposure },
      { path: "database", service: database.service, exposure: environment.database.exposure },
      { path: "catalogue", service: catalogue.service, exposure: environment.catalogue.exposure },
      { path: "mcp", service: mcp.service, exposure: environment.mcp.exposure },
    ].flatMap(({ path, service, exposure }) =>
      exposure.type === "NodePort" ? [{ path, service, port: exposure.port }] : [],
    );
    if (wanted.length === 0) return [];
    const services = await cluster.list<Service>("/api/v1/services");
    return wanted.map(({ path, service, port }): Finding => {
      const own = ({ metadata }: Service) => metadata.namespace === namespaces.data && metadata.name === service;
      const holder = services.find((each) => !own(each) && each.spec.ports?.some(({ nodePort }) => nodePort === port));
      if (!holder) return ok(`${port} is free for ${service}, or its own`);
      const { namespace, name } = holder.metadata;
      return fail(`${port} is taken by the Service ${namespace}/${name}`, `choose another in ${path}.exposure.port`);
    });
  },
};
