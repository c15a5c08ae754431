import { at } from "../../policies/readers/values";
import type { DangerRule } from "./danger";

export const protectionRemoved: DangerRule = {
  name: "protection-removed",
  why: "The next change that renames or drops the resource would then delete it, with what it holds, and nothing would refuse.",
  *find({ before, after }) {
    if (!before || !after) return;
    if (before.protect && !after.protect) yield "takes away `protect`";
    if (before.retainOnDelete && !after.retainOnDelete) yield "takes away `retainOnDelete`";
    const forced = (inputs: unknown) => at(inputs, "forceDestroy") === true;
    if (!forced(before.inputs) && forced(after.inputs))
      yield "lets the bucket be deleted with its objects (`forceDestroy`)";
    for (const when of ["whenDeleted", "whenScaled"]) {
      const path = `spec.persistentVolumeClaimRetentionPolicy.${when}`;
      // Kubernetes keeps volumes unless told otherwise.
      const [old, next] = [before, after].map(({ inputs }) => at(inputs, path) ?? "Retain");
      if (old === "Retain" && next === "Delete") yield `deletes the volumes with their pods (\`${when}\`)`;
    }
  },
};
