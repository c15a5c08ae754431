/** What a change of the provider's own arguments means for its objects. */

import { existsSync, readFileSync } from "node:fs";
import { parse } from "yaml";
import { differences } from "../shared/paths";
import type { DiffResult } from "../shared/provider";
import { equal, type Properties, UNKNOWN, type Value } from "../shared/values";

const IDENTITY = ["kubeconfig", "context", "cluster"];

/** The cluster entry that arguments lead to; undefined when that cannot be told (then nothing is replaced). */
function activeCluster(args: Properties): Value | undefined {
  const given = args.kubeconfig;
  if (typeof given !== "string" || given === "") return undefined;
  try {
    const text = !given.includes("\n") && existsSync(given) ? readFileSync(given, "utf8") : given;
    // biome-ignore lint/suspicious/noExplicitAny: foreign input; whatever is missing makes the answer undefined
    const config: any = parse(text);
    const context = args.context || config["current-context"];
    const name =
      args.cluster || config.contexts.find((item: { name: string }) => item.name === context).context.cluster;
    return config.clusters.find((item: { name: string }) => item.name === name).cluster;
  } catch {
    return undefined;
  }
}

/**
 * Another cluster means that every object must be made anew there, so the provider is replaced; other arguments change in place.
 * A `clusterIdentifier` decides alone where it is set before and after.
 */
export function diffSettings(olds: Properties, news: Properties): DiffResult {
  const found = differences(olds, news);
  if (found.length === 0) return { changes: false };
  const diffs = [...new Set(found.map(({ path }) => String(path[0])))];
  if (typeof olds.clusterIdentifier === "string" && typeof news.clusterIdentifier === "string") {
    return { changes: true, diffs, replaces: diffs.filter((key) => key === "clusterIdentifier") };
  }
  const unknown = IDENTITY.filter((key) => news[key] === UNKNOWN);
  if (unknown.length > 0) return { changes: true, diffs, replaces: unknown };
  const [before, after] = [activeCluster(olds), activeCluster(news)];
  const moved = before !== undefined && after !== undefined && !equal(before, after);
  return { changes: true, diffs, replaces: moved ? diffs.filter((key) => IDENTITY.includes(key)) : [] };
}
