/** Objects of one kind that match a query, kept up to date by a watch. */
import { setTimeout as sleep } from "node:timers/promises";
import { ApiError, type Client, type Query } from "../client";
import type { KubeObject } from "../objects";

const RECONNECT_MS = 1000;

interface ObjectList {
  metadata: { resourceVersion: string };
  items: KubeObject[];
}

export class LiveSet {
  private readonly byUid = new Map<string, KubeObject>();

  /**
   * `path`: URL path of the collection. `onChange` is called after the first list and after each change.
   * `identity`: what items of a list lack.
   */
  constructor(
    private readonly client: Client,
    private readonly path: string,
    private readonly query: Query,
    private readonly identity: { apiVersion: string; kind: string },
    private readonly onChange: () => void,
  ) {}

  get objects(): KubeObject[] {
    return [...this.byUid.values()];
  }

  /** Follows the objects until `signal` aborts; a lost connection is made anew. Throws what the server refuses. */
  async follow(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.watchFrom(await this.list(signal), signal);
      } catch (error) {
        if (signal.aborted) return;
        // Expired versions are listed anew; other refusals would only come back.
        if (error instanceof ApiError && error.code !== 410 && error.code < 500 && error.code !== 429) throw error;
      }
      await sleep(RECONNECT_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  private async list(signal: AbortSignal): Promise<string> {
    const list = await this.client.request<ObjectList>("GET", this.path, { query: this.query, signal });
    this.byUid.clear();
    for (const item of list.items) this.put({ ...this.identity, ...item });
    this.onChange();
    return list.metadata.resourceVersion;
  }

  private async watchFrom(resourceVersion: string, signal: AbortSignal): Promise<void> {
    for await (const { type, object } of this.client.watch(this.path, { ...this.query, resourceVersion }, signal)) {
      if (type === "BOOKMARK") continue;
      if (type === "DELETED") this.byUid.delete(object.metadata.uid ?? "");
      else this.put(object);
      this.onChange();
    }
  }

  private put(object: KubeObject): void {
    this.byUid.set(object.metadata.uid ?? "", object);
  }
}
