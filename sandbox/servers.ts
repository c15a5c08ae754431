import { setTimeout as sleep } from "node:timers/promises";
import { refusal } from "../components/connect";
import { get } from "../doctor/http";
import { checkInterrupt } from "./process";
import type { Step } from "./progress";
import type { InstanceFacts } from "./project";

const POLL_MS = 1000;

const PATIENCE_MS = 180_000;

/** The servers that the stack brings up, by the Pulumi package of what is declared in them. */
export const serverNames = ["minio", "postgresql"] as const;
export type ServerName = (typeof serverNames)[number];

/** Waits until the servers work, as after a start of the node. False when one still does not after `patienceMs`. */
export async function serversAnswer(
  names: readonly ServerName[],
  endpoints: NonNullable<InstanceFacts["endpoints"]>,
  step: Step,
  patienceMs = PATIENCE_MS,
): Promise<boolean> {
  const asks = {
    minio: () => objectStoreWorks(endpoints.minio, endpoints.minioCaFile),
    postgresql: async () => (await refusal(endpoints.postgres)) === undefined,
  };
  const end = Date.now() + patienceMs;
  for (const name of names) {
    while (!(await asks[name]())) {
      if (Date.now() > end) return false;
      step.note(`waiting for ${name}`);
      await sleep(POLL_MS);
      checkInterrupt();
    }
  }
  return true;
}

/** Whether enough of its drives are there to read and write. */
async function objectStoreWorks(endpoint: string, caFile: string): Promise<boolean> {
  try {
    return (await get(`https://${endpoint}/minio/health/cluster`, { caFile })).status === 200;
  } catch {
    return false;
  }
}
