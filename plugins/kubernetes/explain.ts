/** What a refused write means to the user. */
import { ProviderError } from "../shared/errors";
import { ApiError, hasReason, isNotFound } from "./client";
import { isNoSuchKind } from "./cluster";
import { describe, type KubeObject } from "./objects";

/**
 * Whether a dry run's failure foretells the real run's. It does not when the real run will find what is missing now (a namespace, a
 * kind, the object's own name after its predecessor's deletion), nor when the dry run itself is not allowed or not possible.
 */
export function isPreviewable(error: unknown): boolean {
  if (!(error instanceof ApiError)) return error instanceof ProviderError;
  if (error.message.includes("does not support dry run")) return false;
  return error.code === 422 || error.code === 400;
}

export function explainCreate(object: KubeObject, error: unknown): ProviderError {
  const what = `create ${describe(object)}`;
  const message = error instanceof Error ? error.message : String(error);
  if (isNoSuchKind(error)) return new ProviderError(`${what}: ${message}`);
  if (hasReason(error, "AlreadyExists")) {
    return new ProviderError(
      `${what}: it exists already. If a resource was renamed in the program, give it an alias; to manage the existing object, ` +
        `run pulumi import; to overwrite it, set upsertExistingObjects on the provider`,
    );
  }
  if (isNotFound(error) && object.metadata.namespace) {
    return new ProviderError(`${what}: ${message}: does its namespace exist?`);
  }
  return new ProviderError(`${what}: ${message}`);
}

/** A refusal because of fields that another manager owns, in words; any other failure as it is. */
export function explainConflict(object: KubeObject, error: unknown): unknown {
  if (!hasReason(error, "Conflict")) return error;
  return new ProviderError(
    `${describe(object)}: another manager owns fields that the program sets: ${(error as Error).message}. ` +
      `Leave them out, list them in ignoreChanges, or take them over with the provider's enablePatchForce`,
  );
}
