import { type Client, isNotFound } from "../plugins/kubernetes/client";
import type { KubeObject } from "../plugins/kubernetes/objects";

/** A question to the API server: may we do this? */
export interface Access {
  readonly verb: string;
  /** API group; empty for Kubernetes' core. */
  readonly group: string;
  readonly resource: string;
  /** Absent for what has no namespace. */
  readonly namespace?: string;
  readonly name?: string;
}

/** Reads a cluster and changes nothing. What was read once is not asked for again. */
export class ClusterReader {
  private readonly answers = new Map<string, Promise<unknown>>();

  constructor(private readonly client: Client) {}

  /** Address of the API server. */
  get server(): string {
    return this.client.server;
  }

  /** The object at a path, undefined where there is none. Throws `ApiError` when it may not be read, `UnreachableError`. */
  get<T = KubeObject>(path: string): Promise<T | undefined> {
    const known = this.answers.get(path) as Promise<T | undefined> | undefined;
    if (known) return known;
    const answer = this.client.request<T>("GET", path).catch((error: unknown) => {
      if (isNotFound(error)) return undefined;
      throw error;
    });
    this.answers.set(path, answer);
    return answer;
  }

  /** All objects of a collection; none where the server does not know the kind. */
  async list<T = KubeObject>(path: string): Promise<T[]> {
    return (await this.get<{ items: T[] }>(path))?.items ?? [];
  }

  /** Whether the kubeconfig's user may do something. The question is a request, and leaves nothing behind. */
  async may({ verb, group, resource, namespace, name }: Access): Promise<boolean> {
    const body = {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SelfSubjectAccessReview",
      spec: { resourceAttributes: { verb, group, resource, namespace, name } },
    };
    const path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
    const { status } = await this.client.request<{ status: { allowed: boolean } }>("POST", path, { body });
    return status.allowed;
  }

  /** The API server's clock, to the second; undefined where its answers do not tell. */
  clock(): Promise<Date | undefined> {
    return this.client.clock();
  }
}
