import { rule } from "./rule";

/** Whoever calls the MCP server from outside does so by a name that its certificate has. */
export const mcpRule = rule(["mcp", "endpoints"], ({ mcp, endpoints }) => {
  if (mcp.exposure.type === "ClusterIP" || endpoints.mcp) return [];
  const message = `missing; mcp.exposure is ${mcp.exposure.type}, and its certificate must name the host that clients call`;
  return [{ path: "endpoints.mcp", message }];
});
