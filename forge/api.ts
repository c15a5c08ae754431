/** Calls of a forge's REST API. */

/** Comments a page: the most that both forges give. */
const PAGE = 100;
const PATIENCE_MS = 30_000;

export class Api {
  constructor(
    /** URL before every path. */
    private readonly base: string,
    private readonly headers: Record<string, string>,
  ) {}

  /** @throws Error that names the call and what the forge said of it; never the token. */
  async call<T>(method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE", path: string, body?: object): Promise<T> {
    const response = await fetch(`${this.base}${path}`, {
      method,
      headers: { ...this.headers, ...(body ? { "content-type": "application/json" } : {}) },
      body: body && JSON.stringify(body),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const text = await response.text();
    if (!response.ok) {
      const hint = [401, 403].includes(response.status) ? "; may the token write comments of this pull request?" : "";
      throw new Error(`${method} ${this.base}${path}: ${response.status} ${text.slice(0, 300)}${hint}`);
    }
    return (text ? JSON.parse(text) : undefined) as T;
  }

  /** All items of a list that comes in pages. */
  async all<T>(path: string): Promise<T[]> {
    const items: T[] = [];
    for (let page = 1; ; page++) {
      const found = await this.call<T[]>(
        "GET",
        `${path}${path.includes("?") ? "&" : "?"}per_page=${PAGE}&page=${page}`,
      );
      items.push(...found);
      if (found.length < PAGE) return items;
    }
  }
}
