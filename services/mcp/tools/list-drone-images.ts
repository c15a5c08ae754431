import { z } from "zod";
import { answer } from "../answer";
import { type Asset, type Item, type Page, searchItems } from "../catalogue/items";
import { knownFlights, spanOf, summary } from "../catalogue/known";
import { readCursor, writeCursor } from "../forms/cursor";
import type { Lake } from "../lake";
import { named, resolveScope, type Scope, scopeShape } from "../scope";
import { nothing, objectShape, paging } from "./shapes";
import { inputOf, tool } from "./tool";

const KINDS = {
  photo: { collection: "drone-raw", asset: /^photo-\d+$/, items: 3 },
  orthophoto: { collection: "drone-ortho", asset: /^orthophoto$/, items: 50 },
} as const;
type Kind = keyof typeof KINDS;

/** The items' page, and how many items of it and assets of the next one were told already. */
const position = z.strictObject({
  token: z.string().optional(),
  item: z.int().min(0),
  asset: z.int().min(0),
});
type Position = z.output<typeof position>;

const image = z.object({
  kind: z.enum(["photo", "orthophoto"]),
  name: z.string(),
  ...objectShape,
  size_bytes: z.number().optional(),
  media_type: z.string().optional(),
  project: z.string(),
  flight: z.string(),
  item_id: z.string().describe("For get_lineage and get_preview"),
  from: z.string().describe("First moment of the flight"),
  to: z.string().describe("Last moment of the flight"),
  bbox: z.array(z.number()).optional().describe("West, south, east, north of the flight, in degrees"),
});
type Image = z.output<typeof image>;

export const listDroneImages = tool({
  name: "list_drone_images",
  title: "List drone images",
  description:
    "Lists photos (or, with kind, orthophotos) of drone flights from the catalogue, the latest flight first, each with the address and version of its file. Time and area are those of the whole flight.",
  input: inputOf({
    ...scopeShape,
    kind: z
      .enum(["photo", "orthophoto"])
      .default("photo")
      .describe("Photos as they were taken, or what was stitched of them"),
    ...paging,
  }),
  output: z.object({ images: z.array(image), next_cursor: z.string().optional(), ...nothing }),
  async run(lake, { limit, cursor, kind, ...input }) {
    const query = { kind, ...input };
    const start = cursor === undefined ? { item: 0, asset: 0 } : readCursor(cursor, query, position);
    const scope = await resolveScope(lake, input);
    const { images, next } = await collect(lake, scope, kind, start, limit);
    if (images.length === 0) {
      const exists = summary(await knownFlights(lake.catalogue));
      return answer({ images, nothing_found: `no ${kind} fits all of the conditions`, exists });
    }
    return answer({ images, ...(next ? { next_cursor: writeCursor(query, next) } : {}) });
  },
});

/** Images from a position on, and the position behind them where there are more. */
async function collect(
  lake: Lake,
  scope: Scope,
  kind: Kind,
  start: Position,
  limit: number,
): Promise<{ images: Image[]; next?: Position }> {
  const images: Image[] = [];
  let at = start;
  for (;;) {
    const page = await itemsAt(lake, scope, kind, at.token);
    for (let item = at.item; item < page.items.length; item++) {
      const found = imagesOf(page.items[item]!, kind);
      const from = item === at.item ? at.asset : 0;
      const taken = found.slice(from, from + limit - images.length);
      images.push(...taken);
      if (from + taken.length < found.length)
        return { images, next: { token: at.token, item, asset: from + taken.length } };
      const more = item + 1 < page.items.length;
      if (images.length === limit && more) return { images, next: { token: at.token, item: item + 1, asset: 0 } };
    }
    if (!page.next) return { images };
    at = { token: page.next, item: 0, asset: 0 };
    if (images.length === limit) return { images, next: at };
  }
}

function itemsAt(lake: Lake, scope: Scope, kind: Kind, token: string | undefined): Promise<Page> {
  const { intersects, datetime } = scope;
  const { collection, items } = KINDS[kind];
  return searchItems(lake.catalogue, {
    collections: [collection],
    conditions: named(scope),
    intersects,
    datetime,
    limit: items,
    token,
  });
}

function imagesOf(item: Item, kind: Kind): Image[] {
  const assets = Object.entries(item.assets ?? {}).filter(([name]) => KINDS[kind].asset.test(name));
  // JSON in the database has forgotten the order: photo-10000 comes after photo-9999 here.
  assets.sort(([a], [b]) => a.length - b.length || (a < b ? -1 : 1));
  return assets.map(([, asset]) => imageOf(item, asset, kind));
}

function imageOf(item: Item, asset: Asset, kind: Kind): Image {
  const { properties, bbox } = item;
  return {
    kind,
    name: asset.title ?? asset.href,
    href: asset.href,
    version_id: asset.version,
    size_bytes: asset["file:size"],
    media_type: asset.type,
    project: String(properties["lake:project"]),
    flight: String(properties["lake:flight"]),
    item_id: item.id,
    ...spanOf(properties),
    bbox: bbox && [...bbox],
  };
}
