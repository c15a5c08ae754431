import type { S3Client } from "@aws-sdk/client-s3";
import { HeadObjectCommand } from "@aws-sdk/client-s3";
import { exec } from "../sandbox/process";
import { RUNS_NAMESPACE } from "../sandbox/runs";

interface DatedRun {
  readonly metadata: { readonly name: string };
  readonly status?: { readonly completionTime?: string };
}

/**
 * Seconds from the end of a flight's upload to its findings: from the time of its manifest, which is written right after the last photo,
 * to the end of the newest detection run.
 */
export async function flightToFindings(s3: S3Client, flight: string, kubectl: string, kubeconfig: string) {
  const head = new HeadObjectCommand({ Bucket: "drone-raw", Key: `projects/${flight}/flight.json` });
  const { LastModified } = await s3.send(head);
  const args = ["--kubeconfig", kubeconfig, "-n", RUNS_NAMESPACE, "get", "pipelineruns", "-o", "json"];
  const { items } = JSON.parse((await exec(kubectl, args)).stdout) as { items: DatedRun[] };
  const ends = items
    .filter(({ metadata }) => metadata.name.startsWith("detection-"))
    .map(({ status }) => Date.parse(status?.completionTime ?? ""));
  const end = Math.max(...ends);
  if (!LastModified || Number.isNaN(end)) throw new Error(`${flight} has no finished detection`);
  return (end - LastModified.getTime()) / 1000;
}
