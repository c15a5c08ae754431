import { kindOf } from "../../policies/readers/kubernetes";
import { bytesOfQuantity } from "../../policies/readers/quantity";
import type { Resource } from "../../policies/readers/resource";
import { at, list, number, text } from "../../policies/readers/values";
import { resourceAt } from "../plan";
import type { DangerRule } from "./danger";

interface Volume {
  readonly size: string;
  readonly storageClass: string;
}

/** What the volumes of a resource are asked to be, by name. */
function volumesOf(resource: Resource): Map<string, Volume> {
  const volume = (claim: unknown): Volume => ({
    size: text(at(claim, "resources.requests.storage")) ?? text(at(claim, "size")) ?? "?",
    storageClass: text(at(claim, "storageClassName")) ?? text(at(claim, "storageClass")) ?? "the default",
  });
  const { props } = resource;
  switch (kindOf(resource)) {
    case "StatefulSet":
      return new Map(
        list(at(props, "spec.volumeClaimTemplates")).map((claim) => [
          text(at(claim, "metadata.name")) ?? "?",
          volume(at(claim, "spec")),
        ]),
      );
    case "PersistentVolumeClaim":
      return new Map([["it", volume(at(props, "spec"))]]);
    case "Cluster":
      return new Map([["storage", volume(at(props, "spec.storage"))]]);
    default:
      return new Map();
  }
}

function* differences(name: string, old: Volume, next: Volume): Iterable<string> {
  if (old.size !== next.size) {
    const shrinks = (bytesOfQuantity(next.size) ?? 0) < (bytesOfQuantity(old.size) ?? 0);
    yield `${shrinks ? "shrinks" : "changes"} the volume claim ${name} from ${old.size} to ${next.size}`;
  }
  if (old.storageClass !== next.storageClass)
    yield `moves the volume claim ${name} from storage class ${old.storageClass} to ${next.storageClass}`;
}

export const volumesChanged: DangerRule = {
  name: "volumes-changed",
  why: "Kubernetes changes no claim of a StatefulSet: the set is made anew, its pods stop, and volumes that exist keep their old size until somebody sees to them. No volume shrinks.",
  *find(change) {
    const [before, after] = [resourceAt(change, "before"), resourceAt(change, "after")];
    if (!before || !after) return;
    const [olds, news] = [volumesOf(before), volumesOf(after)];
    for (const [name, old] of olds) {
      const next = news.get(name);
      if (next) yield* differences(name, old, next);
      else yield `drops the volume claim ${name}`;
    }
    if (olds.size) for (const name of news.keys()) if (!olds.has(name)) yield `adds the volume claim ${name}`;
    const [had, has] = [before, after].map(
      ({ props }) => number(at(props, "spec.replicas")) ?? number(at(props, "spec.instances")),
    );
    if (olds.size && had !== undefined && has !== undefined && has < had)
      yield `takes away ${had - has} of ${had} pods with volumes`;
  },
};
