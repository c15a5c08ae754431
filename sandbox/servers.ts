import { readFileSync } from "node:fs";
import { get } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { connects } from "./host/connect";
import { checkInterrupt } from "./process";
import type { Step } from "./progress";
import type { InstanceFacts } from "./project";

const POLL_MS = 1000;
const ASK_MS = 5000;

const PATIENCE_MS = 180_000;

type Endpoints = NonNullable<InstanceFacts["endpoints"]>;

/** The servers that the stack brings up, by the Pulumi package of what is declared in them. */
export const serverNames = ["minio", "postgresql"] as const;
export type ServerName = (typeof serverNames)[number];

/** Waits until the servers work, as after a start of the node. False when one still does not after `patienceMs`. */
export async function serversAnswer(
  names: readonly ServerName[],
  endpoints: Endpoints,
  step: Step,
  patienceMs = PATIENCE_MS,
): Promise<boolean> {
  const asks = {
    minio: () => objectStoreWorks(endpoints),
    postgresql: async () => (await connects(endpoints.postgres.host, endpoints.postgres.port)) === true,
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
function objectStoreWorks({ minio, minioCaFile }: Endpoints): Promise<boolean> {
  const answer = new Promise<boolean>((resolve) => {
    const options = { ca: readFileSync(minioCaFile), timeout: ASK_MS };
    const request = get(`https://${minio}/minio/health/cluster`, options, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.once("timeout", () => request.destroy());
    request.once("error", () => resolve(false));
  });
  // Without its CA's file nobody knows whether it is the one.
  return answer.catch(() => false);
}
