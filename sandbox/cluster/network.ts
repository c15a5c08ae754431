/** Addresses inside a node's own network namespace: the same for every instance, since nothing outside sees them. */
export const POD_CIDR = "10.244.0.0/24";
export const SERVICE_CIDR = "10.96.0.0/16";
export const API_SERVICE_ADDRESS = "10.96.0.1";
export const DNS_ADDRESS = "10.96.0.10";
export const API_PORT = 6443;
/** Ports of the node that the host's tools use. */
export const NODE_PORTS = { minio: 30900, postgres: 30432, catalogue: 30843, mcp: 30844 } as const;
