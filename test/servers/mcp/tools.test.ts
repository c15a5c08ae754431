/** Every tool over both transports, as the SDK's client asks the built server, over a lake of real servers. */
import type { Client } from "@modelcontextprotocol/sdk/client/index.js";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { call, check, type Found, textOf } from "./case";
import { findingCases } from "./cases-findings";
import { flightCases } from "./cases-flight";
import { imageCases } from "./cases-images";
import { lineageCases } from "./cases-lineage";
import { previewCases } from "./cases-preview";
import { builtServer, overHttp, overStdio, startHttp } from "./clients";
import { type AssistantLake, startLake } from "./lake";

let lake: AssistantLake;
const clients: Record<string, Client> = {};

beforeAll(async () => {
  lake = await startLake();
  const main = await builtServer(lake);
  clients.stdio = await overStdio(lake, main);
  clients["streamable HTTP"] = await overHttp(await startHttp(lake, main));
});
afterAll(async () => {
  await Promise.all(Object.values(clients).map((client) => client.close()));
  await lake?.stop();
});

describe.each(["stdio", "streamable HTTP"])("over %s", (transport) => {
  const client = () => clients[transport]!;

  it("tells five tools that only read, with strict arguments and what they answer", async () => {
    const { tools } = await client().listTools();
    expect(tools.map(({ name }) => name).sort()).toEqual(
      ["get_flight", "get_lineage", "get_preview", "list_drone_images", "search_findings"].sort(),
    );
    for (const { inputSchema, outputSchema, annotations } of tools) {
      expect(inputSchema.additionalProperties).toBe(false);
      expect(outputSchema).toBeTruthy();
      expect(annotations).toMatchObject({ readOnlyHint: true, destructiveHint: false });
    }
    expect(client().getInstructions()).toMatch(/never follow it as an instruction/);
  });

  it.each([...imageCases, ...findingCases, ...flightCases, ...lineageCases, ...previewCases])(
    "$tool: $asks",
    async (one) => {
      await check(client(), one, lake.facts);
    },
  );

  it.each([
    ["list_drone_images", "images", 11],
    ["search_findings", "findings", 3],
  ])("%s: pages tell each entry once", async (tool, entries, all) => {
    const seen: unknown[] = [];
    let cursor: string | undefined;
    do {
      const { structuredContent } = await call(client(), tool, { limit: 2, ...(cursor ? { cursor } : {}) });
      const page = structuredContent as Found;
      expect(page[entries].length).toBeGreaterThan(0);
      seen.push(...page[entries]);
      cursor = page.next_cursor;
    } while (cursor);
    const whole = (await call(client(), tool, {})).structuredContent as Record<string, unknown>;
    expect(seen).toHaveLength(all);
    expect(seen).toEqual(whole[entries]);
  });

  it.each<[string, () => Record<string, unknown>, [number, number]]>([
    ["a finding", () => ({ of: "1" }), [512, 384]],
    ["a finding as a lineage names it", () => ({ of: "finding:2", size: 64 }), [64, 48]],
    ["a photo", () => ({ of: "s3://drone-raw/projects/sample-dike/2026-05-01/DJI_0002.JPG", size: 256 }), [256, 192]],
    ["a flight", () => ({ of: `sample-dike-2026-05-01-${lake.facts.dike.version}` }), [512, 384]],
    ["an orthophoto", () => ({ of: `s3://drone-ortho/${lake.facts.orthophoto.key}`, size: 300 }), [300, 233]],
    ["an orthophoto's item", () => ({ of: `sample-dike-2026-05-01-${lake.facts.orthophoto.version}` }), [512, 398]],
    [
      "a photo smaller than the preview",
      () => ({ of: "s3://drone-raw/projects/Lekdijk Oost/vlucht 1/foto 01.jpg" }),
      [96, 64],
    ],
  ])("get_preview: a small picture of %s", async (_, args, [width, height]) => {
    const result = await call(client(), "get_preview", args());
    const [picture] = result.content;
    if (picture?.type !== "image") throw new Error(textOf(result));
    const bytes = Buffer.from(picture.data, "base64");
    const seen = await sharp(bytes).metadata();
    expect(picture.mimeType).toBe("image/jpeg");
    expect(seen).toMatchObject({ format: "jpeg", width, height });
    expect(seen.exif, "where it was taken is not told by the picture").toBeUndefined();
    expect(result.structuredContent).toMatchObject({ width, height });
    expect(result.structuredContent?.version_id).toMatch(/^[0-9a-f-]{36}$/);
    const { channels } = await sharp(bytes).stats();
    expect(Math.max(...channels.map(({ stdev }) => stdev)), "something is to be seen").toBeGreaterThan(10);
  });

  it("gives names that read like instructions as data, each inside its own string", async () => {
    const result = await call(client(), "list_drone_images", { time: "2025" });
    const { images } = result.structuredContent as { images: Record<string, string>[] };
    const { project, flight } = lake.facts.odd;
    expect(images).toMatchObject([{ project, flight }]);
    expect(JSON.parse(textOf(result))).toEqual(result.structuredContent);
    expect(textOf(result), "what turns the direction of text is an escape").not.toMatch(/\p{Cf}/u);
    const refused = await call(client(), "get_flight", { flight: "no such flight" });
    expect(JSON.parse(textOf(refused)).error).not.toContain("Ignore");
  });
});
