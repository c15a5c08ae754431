import { readFileSync } from "node:fs";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkout } from "../../sandbox/paths";
import { fetchTrusting } from "../https";
import { INSTANCE, outputs, secrets } from "./context";

const ABOUT = { name: "drone-lake-e2e", version: "1.0.0" };

/** A client of the deployed server. */
async function deployed(token: string): Promise<Client> {
  const { mcpUrl, objectStore } = await outputs();
  const fetch = fetchTrusting(readFileSync(objectStore.caFile));
  const requestInit = { headers: { authorization: `Bearer ${token}` } };
  const client = new Client(ABOUT);
  await client.connect(new StreamableHTTPClientTransport(new URL(mcpUrl!), { requestInit, fetch }));
  return client;
}

/** A client that starts the server as its user's configuration says. */
async function local(): Promise<Client> {
  const client = new Client(ABOUT);
  const args = ["run", "-s", "mcp", "--", "--instance", INSTANCE];
  const env = Object.fromEntries(Object.entries(process.env).map(([name, value]) => [name, value ?? ""]));
  await client.connect(new StdioClientTransport({ command: "npm", args, cwd: checkout, env }));
  return client;
}

type Found = Record<string, unknown>;
type Listed = { images: { href: string; version_id: string }[]; findings: { id: number; class: string }[] };

/** The tools of an AI assistant, asked of the sample flight that has gone through the lake. */
export function theAssistant(): void {
  it("lets nobody in without the token", async () => {
    await expect(deployed("x".repeat(48))).rejects.toThrow(/401|token/);
  });

  describe.each(["the deployed server", "the local server"])("%s", (which) => {
    let client: Client;
    beforeAll(async () => {
      client = which === "the local server" ? await local() : await deployed((await outputs()).credentials.mcp);
    });
    afterAll(() => client?.close());

    const ask = async (name: string, args: Found): Promise<CallToolResult> => {
      const result = (await client.callTool({ name, arguments: args })) as CallToolResult;
      expect(result.isError, JSON.stringify(result.content)).toBeFalsy();
      return result;
    };

    it("lists the flight's photos, and finds what was found on it", async () => {
      const photos = (await ask("list_drone_images", { project: "Sample Dike", limit: 5 })).structuredContent as Listed;
      expect(photos.images).toHaveLength(5);
      const { findings } = (await ask("search_findings", { project: "sample-dike", class: "muskrat trap" }))
        .structuredContent as Listed;
      expect(findings.length).toBeGreaterThan(0);
      expect(findings.every((finding) => finding.class === "Muskusrat klem")).toBe(true);
    });

    it("leads from a finding to the photos that it was made of", async () => {
      const { findings } = (await ask("search_findings", { limit: 1 })).structuredContent as Listed;
      const { lineage } = (await ask("get_lineage", { of: String(findings[0]!.id) })).structuredContent as {
        lineage: { made_of: { kind: string; version: string }[] };
      };
      const kinds = lineage.made_of.map(({ kind }) => kind);
      expect(kinds).toEqual(expect.arrayContaining(["orthophoto", "model", "flight", "photo"]));
    });

    it("shows a finding, a photo and the orthophoto", async () => {
      const { findings } = (await ask("search_findings", { limit: 1 })).structuredContent as Listed;
      const photos = (await ask("list_drone_images", { limit: 1 })).structuredContent as Listed;
      const orthophotos = (await ask("list_drone_images", { kind: "orthophoto", limit: 1 }))
        .structuredContent as Listed;
      const files = [photos, orthophotos].map(({ images: [image] }) => ({
        of: image!.href,
        version_id: image!.version_id,
      }));
      for (const args of [{ of: String(findings[0]!.id) }, ...files]) {
        const { content } = await ask("get_preview", { ...args, size: 256 });
        expect(content[0]).toMatchObject({ type: "image", mimeType: "image/jpeg" });
      }
    });

    it("tells no secret", async () => {
      const answers = [await ask("list_drone_images", {}), await ask("search_findings", {})];
      for (const secret of await secrets()) expect(JSON.stringify(answers)).not.toContain(secret);
    });
  });
}
