import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js";
import { escapeInvisible, Problem } from "./problem";

type Content = CallToolResult["content"];

/**
 * What a tool found, as structured content and as the same JSON in text for clients that know only that. Names that people chose are
 * strings inside it and never a part of a sentence.
 */
export function answer(found: Record<string, unknown>, pictures: Content = []): CallToolResult {
  return {
    content: [...pictures, { type: "text", text: escapeInvisible(JSON.stringify(found)) }],
    structuredContent: found,
  };
}

/** What went wrong, in the same form. Of an error that nobody foresaw the details go to `log` alone. */
export function failure(error: unknown, log: (line: string) => void): CallToolResult {
  if (!(error instanceof Problem)) log(error instanceof Error ? (error.stack ?? error.message) : String(error));
  const { wrong, change, exists } =
    error instanceof Problem ? error : new Problem("the server failed", "ask whoever runs it to read its log");
  const text = escapeInvisible(JSON.stringify({ error: wrong, change, ...(exists ? { exists } : {}) }));
  return { isError: true, content: [{ type: "text", text }] };
}
