import type { Client } from "@modelcontextprotocol/sdk/client/index.js";
import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js";
import { expect } from "vitest";
import type { Facts } from "./lake";

/** Structured content, of which a test looks at what it knows to be there. */
// biome-ignore lint/suspicious/noExplicitAny: each tool's is of another form, which the client has checked against its schema
export type Found = any;

/** What a tool is asked, and what a caller must find in the answer. */
export interface Case {
  readonly tool: string;
  /** Says what is asked; a title. */
  readonly asks: string;
  readonly args: Record<string, unknown> | ((facts: Facts) => Record<string, unknown>);
  /** Looks at the structured content. */
  readonly finds?: (found: Found, facts: Facts) => void;
  /** The request is refused: what the error and the advice to change something must say. */
  readonly refused?: { readonly error: RegExp; readonly change?: RegExp; readonly exists?: object };
}

export async function call(client: Client, name: string, args: Record<string, unknown>): Promise<CallToolResult> {
  return (await client.callTool({ name, arguments: args })) as CallToolResult;
}

export function textOf({ content }: CallToolResult): string {
  return content.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n");
}

/** Asks, and holds the answer to what the case says. */
export async function check(client: Client, { tool, args, finds, refused }: Case, facts: Facts): Promise<void> {
  const result = await call(client, tool, typeof args === "function" ? args(facts) : args);
  const text = textOf(result);
  if (refused) {
    expect(result.isError, text).toBe(true);
    // Arguments that break the schema are refused by the SDK, in a sentence of its own.
    if (!text.startsWith("{")) return expect(text).toMatch(refused.error);
    const said = JSON.parse(text);
    expect(said.error).toMatch(refused.error);
    expect(said.change).toMatch(refused.change ?? /./);
    if (refused.exists) expect(said.exists).toMatchObject(refused.exists);
    return;
  }
  expect(result.isError, text).toBeFalsy();
  expect(JSON.parse(text)).toEqual(result.structuredContent);
  finds?.(result.structuredContent, facts);
}
