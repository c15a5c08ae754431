/** Names that nobody chose. */
import { createHash, randomBytes } from "node:crypto";
import { ProviderError } from "../shared/errors";
import type { CheckRequest } from "../shared/provider";

/** Eight hexadecimal digits, the same for the same seed; random without one. */
function suffix(seed?: Uint8Array): string {
  const bytes = seed && seed.length > 0 ? createHash("sha256").update(seed).digest() : randomBytes(4);
  return bytes.subarray(0, 4).toString("hex");
}

/** `<name>-<8 hex>`, or what the engine's autonaming settings ask for. Throws `ProviderError` if these forbid made-up names. */
export function autoname({
  name,
  randomSeed,
  autonaming,
}: Pick<CheckRequest, "name" | "randomSeed" | "autonaming">): string {
  if (autonaming?.mode === "disable") {
    throw new ProviderError("autonaming is off in this stack: set metadata.name");
  }
  return autonaming?.proposedName || `${name}-${suffix(randomSeed)}`;
}

/** The name under which the server notes which fields are ours; one for each object. */
export function newFieldManager(): string {
  return `pulumi-kubernetes-${suffix()}`;
}
