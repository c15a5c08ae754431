import type { Resource } from "../../policies/readers/resource";
import { at, list, number, text } from "../../policies/readers/values";
import { type Change, type Plan, resourceAt } from "../plan";
import type { DangerRule } from "./danger";
import { environmentOf } from "./env";

const BUCKET = "minio:index/s3Bucket:S3Bucket";
const LIFECYCLE = "minio:index/ilmPolicy:IlmPolicy";

/** Days that a text such as `30d`, `720h` or `4w` stands for. */
function daysOf(value: string): number | undefined {
  const match = /^(\d+)([hdwm]?)$/.exec(value);
  const unit = { h: 1 / 24, "": 1, d: 1, w: 7, m: 30 }[match?.[2] ?? ""];
  return match && unit !== undefined ? Number(match[1]) * unit : undefined;
}

/**
 * How long something is kept, in days, by what it is; for ever where nothing is said. `RULES` is the retention of locked
 * buckets (components/bucket-retention.ts), `BACKUP_KEEP` the number of nightly dumps.
 */
function kept(resource: Resource | undefined): Map<string, number> {
  const found = new Map<string, number>();
  if (!resource) return found;
  if (resource.type === LIFECYCLE) {
    for (const rule of list(at(resource.props, "rules"))) {
      const id = text(at(rule, "id")) ?? "?";
      const noncurrent = number(at(rule, "noncurrentVersionExpirationDays"));
      if (noncurrent !== undefined) found.set(`versions that are no longer current (rule ${id})`, noncurrent);
      const expiration = daysOf(text(at(rule, "expiration")) ?? "");
      if (expiration !== undefined) found.set(`objects (rule ${id})`, expiration);
    }
  }
  const policy = daysOf(text(at(resource.props, "spec.retentionPolicy")) ?? "");
  if (policy !== undefined) found.set("the database's archive", policy);
  const environment = environmentOf(resource);
  for (const rule of environment.get("RULES")?.split(" ") ?? []) {
    const [bucket, days] = rule.split("=");
    if (bucket && days) found.set(`locked versions in ${bucket}`, Number(days));
  }
  const backups = environment.get("BACKUP_KEEP");
  if (backups) found.set("nightly dumps of the database", Number(backups));
  return found;
}

function bucketExisted({ after }: Change, plan: Plan): boolean {
  const bucket = at(after?.inputs, "bucket");
  return plan.some(
    ({ type, before }) => type === BUCKET && before !== undefined && at(before.inputs, "bucket") === bucket,
  );
}

export const retentionLowered: DangerRule = {
  name: "retention-lowered",
  why: "What is older than the new limit is removed the next night, and cannot be had back.",
  *find(change, plan) {
    if (change.operation === "same" || change.operation === "delete") return;
    const [before, after] = [resourceAt(change, "before"), resourceAt(change, "after")];
    const [olds, news] = [kept(before), kept(after)];
    const isLifecycle = change.type === LIFECYCLE;
    for (const [what, days] of news) {
      const old = olds.get(what);
      if (old !== undefined && days < old) yield `keeps ${what} for ${days} instead of ${old} days`;
      // Without a rule a bucket keeps everything.
      if (old === undefined && isLifecycle && bucketExisted(change, plan)) yield `removes ${what} after ${days} days`;
    }
    if (isLifecycle || !before) return;
    for (const what of olds.keys()) if (!news.has(what)) yield `no longer says how long ${what} are kept`;
  },
};
