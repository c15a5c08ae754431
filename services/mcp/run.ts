import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js";
import { failure } from "./answer";
import type { Lake } from "./lake";
import type { Tool } from "./tools/tool";

/** Runs a tool; what goes wrong is an answer too, from which the caller can learn. */
export async function answerOf(
  tool: Tool,
  lake: Lake,
  input: Record<string, unknown>,
  log: (line: string) => void,
): Promise<CallToolResult> {
  try {
    return await tool.run(lake, input);
  } catch (error) {
    return failure(error, (line) => log(`${tool.name}: ${line}`));
  }
}
