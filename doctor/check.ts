import type { Environment } from "../config";
import type { ClusterReader } from "./cluster";

/** What a check found out: in order, doubtful, or something that makes the environment fail. */
export interface Finding {
  readonly level: "ok" | "warn" | "fail";
  readonly what: string;
  /** What to do about it; absent where nothing is to be done. */
  readonly mend?: string;
}

/** What a check looks at. */
export interface Context {
  readonly environment: Environment;
  readonly cluster: ClusterReader;
}

/** One thing that an environment needs. It changes nothing. */
export interface Check {
  /** What is looked at, as the list shows it. */
  readonly title: string;
  /** Whether it asks the cluster: it is left out where that does not answer. */
  readonly asksCluster: boolean;
  /** Findings, the worst of which counts; none where the environment does not need the thing. */
  run(context: Context): Promise<Finding[]>;
}

export function ok(what: string): Finding {
  return { level: "ok", what };
}

export function warn(what: string, mend: string): Finding {
  return { level: "warn", what, mend };
}

export function fail(what: string, mend: string): Finding {
  return { level: "fail", what, mend };
}
