/** Where the protocol is spoken. */
export const MCP_PATH = "/mcp";
/** What probes ask; it tells nothing and needs no token. */
export const HEALTH_PATH = "/healthz";
