/** What the cluster says about an object that did not get ready: its events, its pods' events and last log lines. */

import type { Cluster } from "../cluster";
import { collectionPath } from "../discovery";
import type { KubeObject } from "../objects";
import { failedContainers, isPodReady, podProblems } from "./pods";

const MAX_PODS = 3;
const MAX_EVENTS = 5;
const LOG_LINES = 5;

interface Event extends KubeObject {
  type?: string;
  reason?: string;
  message?: string;
  lastTimestamp?: string;
  eventTime?: string;
}

async function events(cluster: Cluster, object: KubeObject): Promise<string[]> {
  const { uid = "", namespace } = object.metadata;
  const info = await cluster.discovery.find({ apiVersion: "v1", kind: "Event" });
  const { items } = await cluster.client.request<{ items: Event[] }>("GET", collectionPath(info, namespace), {
    query: { fieldSelector: `involvedObject.uid=${uid}` },
  });
  const warnings = items.filter(({ type }) => type === "Warning");
  const time = (event: Event) => event.lastTimestamp ?? event.eventTime ?? "";
  warnings.sort((a, b) => time(a).localeCompare(time(b)));
  const lines = warnings.slice(-MAX_EVENTS).map(({ reason, message }) => `${reason}: ${message?.trim()}`);
  return [...new Set(lines)].map((line) => `event of ${object.kind} ${object.metadata.name}: ${line}`);
}

async function lastLog(cluster: Cluster, pod: KubeObject): Promise<string[]> {
  const { namespace, name } = pod.metadata;
  const lines: string[] = [];
  for (const { name: container, previous } of failedContainers(pod)) {
    const text = await cluster.client.text(`/api/v1/namespaces/${namespace}/pods/${name}/log`, {
      container,
      previous,
      tailLines: String(LOG_LINES),
    });
    for (const line of text.split("\n").filter(Boolean)) lines.push(`log of ${name}/${container}: ${line}`);
  }
  return lines;
}

/** Hints, most telling first. Whatever cannot be fetched is left out: it must not hide the failure itself. */
export async function hints(cluster: Cluster, object: KubeObject, related: KubeObject[]): Promise<string[]> {
  const pods = [...related, object].filter(({ kind, metadata }) => kind === "Pod" && !metadata.deletionTimestamp);
  const unready = pods.filter((pod) => !isPodReady(pod)).slice(0, MAX_PODS);
  const asked = [events(cluster, object), ...unready.flatMap((pod) => [events(cluster, pod), lastLog(cluster, pod)])];
  const answers = await Promise.all(asked.map((answer) => answer.catch(() => [])));
  return [...new Set([...unready.flatMap(podProblems), ...answers.flat()])];
}
