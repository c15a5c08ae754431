import { namespaces } from "../components/names";
import { UnreachableError } from "../plugins/kubernetes/client";
import { type Finding, fail, warn } from "./check";
import type { ClusterReader } from "./cluster";

/** Nothing answered in time. */
export class NoAnswer extends Error {
  readonly code = "ETIMEDOUT";
}

/** Failures that a server has which is not up yet, or whose name is not. */
const ABSENT = ["ECONNREFUSED", "ECONNRESET", "EHOSTUNREACH", "ENETUNREACH", "ENOTFOUND", "EAI_AGAIN", "ETIMEDOUT"];

/**
 * What it means that an address does not answer as it should: before the first `up` nothing is behind it, and only its name
 * and proxy can be made ready; once the lake's Service is there, or something answers wrongly, it is a failure.
 */
export async function silent(cluster: ClusterReader, service: string, error: Error, mend: string): Promise<Finding> {
  const absent = ABSENT.includes((error as NodeJS.ErrnoException).code ?? "");
  if (!absent) return fail(error.message, mend);
  if (await isDeployed(cluster, service)) return fail(`${error.message}, while the cluster has its Service`, mend);
  return warn(`not up yet: ${error.message}`, "have its name and proxy ready before up, which goes through them");
}

/** Whether a Service of the lake is in the cluster. Unknown, without a cluster, is no. */
async function isDeployed(cluster: ClusterReader, service: string): Promise<boolean> {
  try {
    return (await cluster.get(`/api/v1/namespaces/${namespaces.data}/services/${service}`)) !== undefined;
  } catch (error) {
    if (error instanceof UnreachableError) return false;
    throw error;
  }
}
