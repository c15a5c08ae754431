import { Problem } from "../problem";
import type { JsonClient, Reply } from "./http";

/** The STAC collections of the lake. */
export type CollectionName = "drone-raw" | "drone-ortho" | "ai-models" | "ai-results";

export interface Asset {
  readonly href: string;
  readonly type?: string;
  readonly title?: string;
  readonly roles?: readonly string[];
  /** VersionID of the object. */
  readonly version?: string;
  readonly "file:size"?: number;
}

export interface Item {
  readonly id: string;
  readonly collection: CollectionName;
  readonly bbox?: readonly number[];
  readonly geometry?: unknown;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly assets?: Readonly<Record<string, Asset>>;
}

/** A condition in CQL2 JSON. */
export type Condition = { readonly op: string; readonly args: readonly unknown[] };

export interface Search {
  readonly collections?: readonly CollectionName[];
  readonly ids?: readonly string[];
  /** GeoJSON geometry in longitude and latitude that items must meet. */
  readonly intersects?: unknown;
  /** A moment or an interval, as RFC 3339; `..` is an open end. */
  readonly datetime?: string;
  readonly conditions?: readonly Condition[];
  readonly limit: number;
  /** Where the page before this one ended. */
  readonly token?: string;
  /** Fields alone that are wanted. */
  readonly fields?: readonly string[];
}

export interface Page {
  readonly items: readonly Item[];
  /** Token of the next page; absent on the last. */
  readonly next?: string;
}

/** A property that must equal a value. */
export function equals(property: string, value: unknown): Condition {
  return { op: "=", args: [{ property }, value] };
}

/** All of the conditions; undefined without any. */
export function allOf(conditions: readonly Condition[]): Condition | undefined {
  return conditions.length > 1 ? { op: "and", args: conditions } : conditions[0];
}

/** Searches the STAC API, the latest items first. */
export async function searchItems(client: JsonClient, search: Search): Promise<Page> {
  const { conditions = [], fields, ...rest } = search;
  const filter = allOf(conditions);
  const reply = await client.post("/stac/search", {
    ...rest,
    sortby: [{ field: "properties.datetime", direction: "desc" }],
    ...(filter ? { filter, "filter-lang": "cql2-json" } : {}),
    ...(fields ? { fields: { include: fields } } : {}),
  });
  const { features, links } = expectOk(reply) as {
    features: Item[];
    links?: { rel: string; body?: { token?: string } }[];
  };
  const next = links?.find(({ rel }) => rel === "next")?.body?.token;
  return { items: features, ...(next ? { next } : {}) };
}

/** The body of an answer that went well. What the catalogue refuses is told, since the request was made of the caller's words. */
export function expectOk({ status, body }: Reply): unknown {
  if (status < 400) return body;
  const detail = (body as { detail?: unknown; description?: unknown } | null) ?? {};
  const said = typeof body === "string" ? body : (detail.detail ?? detail.description ?? body);
  throw new Problem(
    "the catalogue refuses the request",
    "make the area, the time or the names simpler; what it says is in exists.answer",
    { status, answer: JSON.stringify(said).slice(0, 500) },
  );
}
