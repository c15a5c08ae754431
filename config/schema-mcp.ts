import { z } from "zod";
import { exposure, positiveInt, resources } from "./values";

const origin = z
  .string()
  .regex(/^https?:\/\/[a-z0-9.-]+(:\d{1,5})?$/, "expected an origin such as https://maps.example.org, without a path");

export const mcpSchema = z.strictObject({
  replicas: positiveInt.default(2).describe("pods; with one assistants have no tools while its node is away"),
  exposure,
  allowedOrigins: z
    .array(origin)
    .default([])
    .describe("origins of web pages whose scripts may call it; programs need none"),
  resources: resources({ cpu: "50m", memory: "512Mi" }),
});

export type McpConfig = z.output<typeof mcpSchema>;
