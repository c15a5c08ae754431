import { kindOf } from "../../policies/readers/kubernetes";
import { at, number, text } from "../../policies/readers/values";
import { resourceAt } from "../plan";
import type { DangerRule } from "./danger";
import { environmentOf } from "./env";

const PARITY = "MINIO_STORAGE_CLASS_STANDARD";
const parityOf = (value: string | undefined) => Number(/^EC:(\d+)$/.exec(value ?? "")?.[1] ?? Number.NaN);

/** Pods that a disruption budget lets go at once, as a number of pods or per cent. */
const size = (value: unknown) => (typeof value === "number" ? value : Number.parseFloat(text(value) ?? ""));

export const redundancyLowered: DangerRule = {
  name: "redundancy-lowered",
  why: "Fewer drives, nodes or servers may fail before data is lost or the lake stands still.",
  *find(change) {
    const [before, after] = [resourceAt(change, "before"), resourceAt(change, "after")];
    if (!before || change.operation === "same") return;
    const kind = kindOf(before);
    if (kind === "PodDisruptionBudget") {
      if (!after) yield "no longer limits how many pods a drain may take at once";
      else {
        const limit = (path: string) => [before, after].map(({ props }) => size(at(props, path))) as [number, number];
        const [most, more] = limit("spec.maxUnavailable");
        if (more > most) yield `lets a drain take ${more} pods at once instead of ${most}`;
        const [least, less] = limit("spec.minAvailable");
        if (less < least) yield `keeps ${less} pods through a drain instead of ${least}`;
      }
    }
    if (!after) return;
    const parity = [before, after].map((resource) => parityOf(environmentOf(resource).get(PARITY))) as [number, number];
    if (parity[1] < parity[0])
      yield `lets only ${parity[1]} instead of ${parity[0]} drives of an erasure set fail (new objects)`;
    const count = (path: string) => [before, after].map(({ props }) => number(at(props, path))) as [number?, number?];
    for (const path of ["spec.replicas", "spec.instances"]) {
      const [had, has] = count(path);
      if (had !== undefined && has !== undefined && has < had && had > 1) yield `runs ${has} instead of ${had} pods`;
    }
    const synchronous = count("spec.postgresql.synchronous.number");
    if ((synchronous[1] ?? 0) < (synchronous[0] ?? 0)) yield "answers a commit before another server has it";
  },
};
