import { namespaces } from "../components/names";
import { UnreachableError } from "../plugins/kubernetes/client";
import type { ClusterReader } from "./cluster";

/** Whether a Service of the lake is in the cluster: what it answers for is then expected to answer. Unknown, without a cluster, is no. */
export async function isDeployed(cluster: ClusterReader, service: string): Promise<boolean> {
  try {
    return (await cluster.get(`/api/v1/namespaces/${namespaces.data}/services/${service}`)) !== undefined;
  } catch (error) {
    if (error instanceof UnreachableError) return false;
    throw error;
  }
}
