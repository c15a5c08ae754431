/** The cluster behind a provider: its client and kinds, or the reason why there is none. */
import { ProviderError } from "../shared/errors";
import { Client, UnreachableError } from "./client";
import { Discovery, NoSuchKindError } from "./discovery";
import { connect } from "./kubeconfig";
import type { Settings } from "./settings";

export class Cluster {
  private constructor(
    readonly client: Client,
    readonly discovery: Discovery,
  ) {}

  /** Throws an error that names what is wrong with the kubeconfig; asks the server nothing. */
  static open(settings: Settings): Cluster {
    const client = new Client(connect(settings));
    return new Cluster(client, new Discovery(client));
  }
}

/** Whether a call failed because there is no cluster to ask (as opposed to one that refused). */
export function isUnreachable(error: unknown): error is UnreachableError {
  return error instanceof UnreachableError;
}

export function isNoSuchKind(error: unknown): error is NoSuchKindError {
  return error instanceof NoSuchKindError;
}

/** What to do about an unreachable cluster, by operation. */
export function unreachable(operation: string, reason: string): ProviderError {
  return new ProviderError(
    `${operation}: the Kubernetes cluster is unreachable: ${reason}. ` +
      `If the cluster is gone for good, PULUMI_K8S_DELETE_UNREACHABLE=true removes its objects from the state`,
  );
}
