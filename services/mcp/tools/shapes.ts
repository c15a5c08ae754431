import { z } from "zod";

/** Most entries of a page. */
export const MOST = 200;

export const paging = {
  limit: z.int().min(1).max(MOST).default(50).describe("Most entries of the answer"),
  cursor: z.string().min(1).max(2_000).optional().describe("next_cursor of the page before, with the same arguments"),
};

/** An object version: href and version_id together name exactly one file. */
export const objectShape = {
  href: z.string().describe("s3://bucket/key"),
  version_id: z.string().optional(),
};

/** What an answer without an entry says. */
export const nothing = {
  nothing_found: z.string().optional().describe("Why, where the answer is empty"),
  exists: z.record(z.string(), z.unknown()).optional().describe("What there is instead"),
};
