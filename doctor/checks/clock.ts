import type { Environment } from "../../config";
import { type Check, type Context, type Finding, fail, ok, warn } from "../check";
import { get } from "../http";

/** S3 refuses a request whose time is further from its own than this. */
const REFUSED_S = 15 * 60;
/** Times in an answer are whole seconds, and the answer takes its time: less than this says nothing. */
const NOTICED_S = 5;

/** How far another clock is ahead of ours, given what ours said when the question left and when the answer came. */
export function aheadSeconds(theirs: Date, asked: number, answered: number): number {
  return Math.round((theirs.getTime() - (asked + answered) / 2) / 1000);
}

export function judgeClock(whose: string, ahead: number): Finding {
  const apart = `${whose} is ${Math.abs(ahead)} s ${ahead < 0 ? "behind" : "ahead of"} this machine`;
  if (Math.abs(ahead) < NOTICED_S) return ok(`${whose} agrees with this machine`);
  const mend = "synchronise the clocks of this machine and of the nodes (NTP)";
  if (Math.abs(ahead) < REFUSED_S) return warn(apart, mend);
  return fail(`${apart}, and S3 refuses requests from ${REFUSED_S / 60} min on`, mend);
}

async function compare(whose: string, ask: () => Promise<Date | undefined>): Promise<Finding[]> {
  const asked = Date.now();
  const theirs = await ask();
  return theirs ? [judgeClock(whose, aheadSeconds(theirs, asked, Date.now()))] : [];
}

/** The API server's clock. */
export const clusterClock: Check = {
  title: "clock of the cluster",
  asksCluster: true,
  run: ({ cluster }) => compare("the API server", () => cluster.clock()),
};

/** The object store's clock, where it answers already. */
export const storeClock: Check = {
  title: "clock of the object store",
  asksCluster: false,
  run: ({ environment }: Context) => compare("the object store", () => storeDate(environment)),
};

async function storeDate({ endpoints }: Environment): Promise<Date | undefined> {
  const { minio, minioCaFile } = endpoints;
  try {
    const { headers } = await get(`https://${minio}/minio/health/live`, { caFile: minioCaFile });
    return headers.date === undefined ? undefined : new Date(headers.date);
  } catch {
    // Whether it answers, and why not, is another check's business.
    return undefined;
  }
}
