/** Waiting for an object to get ready or to go, by watches; with progress lines, and reasons when it takes too long. */
import { ProviderError } from "../../shared/errors";
import { skipsAwait, waitFor } from "../annotations";
import type { Write } from "../apply";
import { collectionPath } from "../discovery";
import { describe, type KubeObject } from "../objects";
import { hints } from "./hints";
import { LiveSet } from "./live-set";
import { type Rule, ruleFor, type Verdict } from "./rules";
import { waitForRule } from "./wait-for";

/** The object was written but did not get ready. `live`: as last seen. `reasons`: what failed, then hints. */
export class NotReadyError extends Error {
  constructor(
    readonly live: KubeObject,
    readonly reasons: string[],
  ) {
    super(reasons[0]);
  }
}

function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}

/** The rule for these inputs; undefined when there is nothing to wait for. */
function ruleOf(inputs: KubeObject): Rule | undefined {
  if (skipsAwait(inputs)) return undefined;
  const expressions = waitFor(inputs);
  return expressions.length > 0 ? waitForRule(expressions) : ruleFor(inputs);
}

async function liveSet(write: Write, object: KubeObject, query: LiveSetQuery, onChange: () => void): Promise<LiveSet> {
  const info = await write.cluster.discovery.find(query);
  const path = collectionPath(info, object.metadata.namespace);
  return new LiveSet(write.cluster.client, path, query.query, query, onChange);
}
type LiveSetQuery = NonNullable<ReturnType<NonNullable<Rule["related"]>>>;

function itself(object: KubeObject): LiveSetQuery {
  const { apiVersion, kind, metadata } = object;
  return { apiVersion, kind, query: { fieldSelector: `metadata.name=${metadata.name}` } };
}

type Outcome = { verdict: Verdict } | { gone: true } | { timeout: true } | { interrupted: true } | { error: unknown };

/**
 * The live object once it is ready. `inputs` carry the annotations that steer the wait. `done` is the word for what was written
 * ("created"). Throws `NotReadyError` on failure, after `timeout` ms, and when the user interrupts.
 */
export async function waitUntilReady(
  write: Write,
  inputs: KubeObject,
  written: KubeObject,
  timeout: number,
  done: string,
): Promise<KubeObject> {
  const rule = ruleOf(inputs);
  if (!rule) return written;
  const query = rule.related?.(written);
  if (!query && rule.judge(written, []).state === "ready") return written;

  const { context, urn } = write;
  const stop = new AbortController();
  let live = written;
  let related: LiveSet | undefined;
  let own: LiveSet | undefined;
  let settled: NodeJS.Timeout | undefined;
  let last: Verdict = { state: "waiting", message: "not seen yet" };
  try {
    const outcome = await new Promise<Outcome>((resolve) => {
      const look = () => {
        clearTimeout(settled);
        const [now] = own?.objects ?? [];
        if (own && !now) return resolve({ gone: true });
        if (!own || (query && !related)) return;
        live = now ?? live;
        last = rule.judge(live, related?.objects ?? []);
        if (last.state !== "waiting") return resolve({ verdict: last });
        context.log.status(`waiting: ${last.message}`, urn);
        const { settleMs } = last;
        if (settleMs)
          settled = setTimeout(() => resolve({ verdict: { state: "ready", message: "settled" } }), settleMs);
      };
      const fail = (error: unknown) => resolve({ error });
      const timer = setTimeout(() => resolve({ timeout: true }), timeout);
      const interrupt = () => resolve({ interrupted: true });
      context.signal.addEventListener("abort", interrupt);
      if (context.signal.aborted) interrupt();
      stop.signal.addEventListener("abort", () => {
        clearTimeout(timer);
        context.signal.removeEventListener("abort", interrupt);
      });
      const start = async () => {
        // The related objects first: a verdict needs them.
        if (query) {
          const set = await liveSet(write, written, query, () => {
            related = set;
            look();
          });
          set.follow(stop.signal).catch(fail);
        }
        const set = await liveSet(write, written, itself(written), () => {
          own = set;
          look();
        });
        set.follow(stop.signal).catch(fail);
      };
      start().catch(fail);
    });
    if ("verdict" in outcome && outcome.verdict.state === "ready") return live;
    if ("error" in outcome) throw outcome.error;
    const what = describe(live);
    const why = {
      failed: () => `${what} was ${done} and failed: ${last.message}`,
      gone: () => `${what} was ${done} and has been deleted by someone else since`,
      timeout: () => `${what} was ${done}, but was not ready after ${duration(timeout)}: ${last.message}`,
      interrupted: () => `${what} was ${done}; the wait until it is ready was interrupted: ${last.message}`,
    };
    const kind = "verdict" in outcome ? "failed" : (Object.keys(outcome)[0] as "gone" | "timeout" | "interrupted");
    const more = kind === "interrupted" ? [] : await hints(write.cluster, live, related?.objects ?? []);
    throw new NotReadyError(live, [why[kind](), ...more]);
  } finally {
    clearTimeout(settled);
    stop.abort();
    context.log.status("", urn);
  }
}

/** Returns when the deleted object is gone; another object of the same name does not count. Throws `ProviderError` after `timeout` ms. */
export async function waitUntilGone(
  write: Write,
  inputs: KubeObject,
  object: KubeObject,
  timeout: number,
): Promise<void> {
  if (inputs.metadata && skipsAwait(inputs)) return;
  const { context, urn } = write;
  const stop = new AbortController();
  let live: KubeObject | undefined = object;
  try {
    const outcome = await new Promise<Outcome>((resolve) => {
      const timer = setTimeout(() => resolve({ timeout: true }), timeout);
      const interrupt = () => resolve({ interrupted: true });
      context.signal.addEventListener("abort", interrupt);
      if (context.signal.aborted) interrupt();
      stop.signal.addEventListener("abort", () => {
        clearTimeout(timer);
        context.signal.removeEventListener("abort", interrupt);
      });
      const start = async () => {
        const set = await liveSet(write, object, itself(object), () => {
          live = set.objects.find(({ metadata }) => !object.metadata.uid || metadata.uid === object.metadata.uid);
          if (!live) return resolve({ gone: true });
          const { finalizers = [] } = live.metadata;
          context.log.status(`deleting${finalizers.length > 0 ? `, waiting for ${finalizers.join(", ")}` : ""}`, urn);
        });
        await set.follow(stop.signal);
      };
      start().catch((error) => resolve({ error }));
    });
    if ("gone" in outcome) return;
    if ("error" in outcome) throw outcome.error;
    const { finalizers = [] } = live?.metadata ?? {};
    const blocked = finalizers.length > 0 ? `; its finalizers ${finalizers.join(", ")} are not done` : "";
    const when =
      "timeout" in outcome ? `is still there after ${duration(timeout)}` : "is being deleted, the wait was interrupted";
    throw new ProviderError(`delete ${describe(object)}: it ${when}${blocked}`);
  } finally {
    stop.abort();
    context.log.status("", urn);
  }
}
