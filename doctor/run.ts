import { ApiError, UnreachableError } from "../plugins/kubernetes/client";
import { type Check, type Context, type Finding, fail, ok, warn } from "./check";

export interface Result {
  readonly title: string;
  readonly findings: readonly Finding[];
}

/** Runs the checks one after the other. Without an answer from the cluster, those that ask it are left out, which counts as one failure. */
export async function runChecks(checks: readonly Check[], context: Context): Promise<Result[]> {
  const cluster = await reach(context);
  const results: Result[] = [{ title: "cluster", findings: [cluster] }];
  for (const check of checks) {
    if (check.asksCluster && cluster.level === "fail") continue;
    const findings = await check.run(context).catch((error: unknown) => [notLookedAt(error)]);
    if (findings.length > 0) results.push({ title: check.title, findings });
  }
  return results;
}

async function reach({ cluster }: Context): Promise<Finding> {
  const mend =
    "see that it runs, that this machine reaches it, and that cluster.kubeconfig and cluster.context are right";
  try {
    await cluster.get("/version");
    return ok(cluster.server);
  } catch (error) {
    if (error instanceof ApiError)
      return fail(`${cluster.server} refuses us: ${error.message}`, "renew the kubeconfig's credentials");
    if (error instanceof UnreachableError) return fail(`it does not answer: ${error.message}`, mend);
    throw error;
  }
}

/** A check that may not look is a doubt; one that loses its server is a failure. Anything else is a fault of ours. */
function notLookedAt(error: unknown): Finding {
  if (error instanceof ApiError && error.code === 403) {
    return warn(`not looked at: ${error.message}`, "have an administrator run the doctor, or grant this right");
  }
  if (error instanceof ApiError || error instanceof UnreachableError) {
    return fail(`not looked at: ${error.message}`, "run the doctor again; see the API server's log if it stays");
  }
  throw error;
}
