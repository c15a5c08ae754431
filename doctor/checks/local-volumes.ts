import { namespaces } from "../../components/names";
import { bytesOf } from "../../config/values";
import { parseQuantity } from "../../plugins/kubernetes/quantity";
import { type Check, type Finding, fail, ok } from "../check";
import { type VolumeNeed, volumeNeeds } from "../volumes";
import type { StorageClass } from "./storage-classes";

const NO_PROVISIONER = "kubernetes.io/no-provisioner";

export interface Volume {
  readonly spec: {
    readonly storageClassName?: string;
    readonly capacity: { readonly storage: string };
    readonly claimRef?: { readonly namespace: string };
  };
  readonly status?: { readonly phase?: string };
}

/** A class without a provisioner gives only the volumes that somebody has made beforehand. */
export const localVolumes: Check = {
  title: "volumes made beforehand",
  asksCluster: true,
  async run({ environment, cluster }) {
    const classes = await cluster.list<StorageClass>("/apis/storage.k8s.io/v1/storageclasses");
    const fixed = classes
      .filter(({ provisioner }) => provisioner === NO_PROVISIONER)
      .map(({ metadata }) => metadata.name);
    const needs = volumeNeeds(environment).filter(({ storageClass }) => fixed.includes(storageClass ?? ""));
    return needs.length === 0 ? [] : judgeVolumes(needs, await cluster.list<Volume>("/api/v1/persistentvolumes"));
  },
};

/** Hands each claim the smallest volume that is large enough, the largest claims first, as Kubernetes' binder would at best. */
export function judgeVolumes(needs: readonly VolumeNeed[], volumes: readonly Volume[]): Finding[] {
  const free = volumes
    .filter(isFree)
    .map(({ spec }) => ({ of: spec.storageClassName, bytes: parseQuantity(spec.capacity.storage) ?? 0 }))
    .sort((a, b) => a.bytes - b.bytes);
  return [...needs]
    .sort((a, b) => bytesOf(b.size) - bytesOf(a.size))
    .map(({ storageClass, size, count, purpose }) => {
      const fits = (volume: (typeof free)[number]) => volume.of === storageClass && volume.bytes >= bytesOf(size);
      let found = 0;
      for (let at = free.findIndex(fits); at >= 0 && found < count; at = free.findIndex(fits)) {
        free.splice(at, 1);
        found++;
      }
      const what = `${found} of ${count} volumes of ${storageClass} with ${size} for ${purpose}`;
      return found === count ? ok(what) : fail(what, `make ${count - found} more on the nodes that are to carry them`);
    });
}

/** Nobody has it, or the lake itself does already. */
function isFree({ spec, status }: Volume): boolean {
  return status?.phase === "Available" || spec.claimRef?.namespace === namespaces.data;
}
