import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js";
import { z } from "zod";
import type { Lake } from "../lake";

/** One tool: what a client is told of it, and what it does. */
export interface Tool<Input extends z.ZodObject = z.ZodObject, Output extends z.ZodObject = z.ZodObject> {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly input: Input;
  readonly output: Output;
  /** Throws Problem for what the caller can change. */
  run(lake: Lake, input: z.output<Input>): Promise<CallToolResult>;
}

/** Says which types belong together. */
export function tool<Input extends z.ZodObject, Output extends z.ZodObject>(
  of: Tool<Input, Output>,
): Tool<Input, Output> {
  return of;
}

/** The arguments of a tool: these and no others, with an error that names them for one that there is not. */
export function inputOf<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  const names = Object.keys(shape).join(", ");
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === "unrecognized_keys"
        ? `There is no argument ${issue.keys.map((key) => JSON.stringify(key)).join(", ")}; the arguments are ${names}`
        : undefined,
  });
}
