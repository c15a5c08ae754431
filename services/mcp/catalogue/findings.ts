import type { JsonClient } from "./http";
import { allOf, type Condition, expectOk } from "./items";

const ITEMS = "/features/collections/detections.finding/items";

/** One finding as OGC API Features tells it; the position is longitude and latitude. */
export interface Finding {
  readonly id: number;
  readonly geometry: { readonly type: "Point"; readonly coordinates: readonly [number, number] };
  readonly properties: {
    readonly project: string;
    readonly flight: string;
    readonly class: string;
    readonly score: number;
    readonly gsd_m: number;
    readonly orthophoto_key: string;
    readonly orthophoto_version: string;
    readonly model_name: string;
    readonly model_version: string;
    readonly picture_key: string | null;
    readonly picture_version: string | null;
    readonly run: string;
    readonly found_at: string;
  };
}

export interface FindingSearch {
  readonly conditions?: readonly Condition[];
  /** When they were found: a moment or an interval, as RFC 3339. */
  readonly datetime?: string;
  readonly ids?: string;
  readonly limit: number;
  readonly offset?: number;
}

export interface FindingPage {
  /** How many there are in all. */
  readonly matched: number;
  readonly findings: readonly Finding[];
}

/** Searches the findings, the surest first. */
export async function searchFindings(client: JsonClient, search: FindingSearch): Promise<FindingPage> {
  const filter = allOf(search.conditions ?? []);
  const reply = await client.get(ITEMS, {
    "geom-column": "position",
    sortby: "-score,id",
    limit: String(search.limit),
    offset: String(search.offset ?? 0),
    ...(search.ids ? { ids: search.ids } : {}),
    ...(search.datetime ? { datetime: search.datetime } : {}),
    ...(filter ? { filter: JSON.stringify(filter), "filter-lang": "cql2-json" } : {}),
  });
  const { numberMatched, features } = expectOk(reply) as { numberMatched: number; features: Finding[] };
  return { matched: numberMatched, findings: features };
}
