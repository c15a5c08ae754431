import { exec } from "../sandbox/process";
import { RUNS_NAMESPACE } from "../sandbox/runs";

interface DatedRun {
  readonly metadata: { readonly name: string; readonly creationTimestamp: string };
  readonly status?: { readonly completionTime?: string };
}

/**
 * Seconds from the last photo to the findings of the newest flight: from the creation of its orthophoto run, which the manifest's event
 * makes within seconds of the upload's end, to the end of the newest detection run.
 */
export async function flightToFindings(kubectl: string, kubeconfig: string): Promise<number> {
  const args = ["--kubeconfig", kubeconfig, "-n", RUNS_NAMESPACE, "get", "pipelineruns", "-o", "json"];
  const { items } = JSON.parse((await exec(kubectl, args)).stdout) as { items: DatedRun[] };
  const newest = (kind: string) =>
    items
      .filter(({ metadata }) => metadata.name.startsWith(`${kind}-`))
      .sort((a, b) => b.metadata.creationTimestamp.localeCompare(a.metadata.creationTimestamp))[0];
  const begin = newest("orthophoto")?.metadata.creationTimestamp;
  const end = newest("detection")?.status?.completionTime;
  if (!begin || !end) throw new Error("no finished flight on this instance");
  return (Date.parse(end) - Date.parse(begin)) / 1000;
}
