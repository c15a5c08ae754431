import type { Environment } from "../schema";
import { type Problem, rule } from "./rule";

/** A port of the nodes belongs to one Service. */
const nodePortRule = rule(
  ["objectStore", "database", "catalogue", "mcp"],
  ({ objectStore, database, catalogue, mcp }) => {
    const services = [
      { what: "the object store", path: "objectStore.exposure.port", exposure: objectStore.exposure },
      { what: "the database", path: "database.exposure.port", exposure: database.exposure },
      { what: "the catalogue", path: "catalogue.exposure.port", exposure: catalogue.exposure },
      { what: "the MCP server", path: "mcp.exposure.port", exposure: mcp.exposure },
    ].flatMap(({ exposure, ...of }) => (exposure.type === "NodePort" ? [{ ...of, port: exposure.port }] : []));
    return services.flatMap(({ path, port }, i) => {
      const holder = services.slice(0, i).find((other) => other.port === port);
      if (!holder) return [];
      return [{ path, message: `found ${port}; ${holder.what} has that port of the nodes already (${holder.path})` }];
    });
  },
);

/** Addresses and certificates that contradict one another. */
const addressRule = rule(["endpoints"], ({ endpoints }) => [
  ...sameAddress(endpoints),
  ...unusedCertificates(endpoints),
]);

function sameAddress({ minio, postgres, catalogue, mcp }: Environment["endpoints"]): Problem[] {
  const host = postgres.host.includes(":") ? `[${postgres.host}]` : postgres.host;
  const servers = [
    { what: "the object store", path: "endpoints.minio", address: minio },
    { what: "the database", path: "endpoints.postgres", address: `${host}:${postgres.port}` },
    ...(catalogue ? [{ what: "the catalogue", path: "endpoints.catalogue", address: catalogue }] : []),
    ...(mcp ? [{ what: "the MCP server", path: "endpoints.mcp", address: mcp }] : []),
  ];
  return servers.flatMap(({ path, address }, i) => {
    const other = servers.slice(0, i).find((each) => each.address.toLowerCase() === address.toLowerCase());
    if (!other) return [];
    const message = `found ${address}; ${other.what} answers there (${other.path}), and one address has one server`;
    return [{ path, message }];
  });
}

/** A certificate that nothing checks gives a false sense of safety. */
function unusedCertificates({ postgres }: Environment["endpoints"]): Problem[] {
  if (postgres.caFile === undefined || postgres.sslmode.startsWith("verify-")) return [];
  return [
    {
      path: "endpoints.postgres.caFile",
      message: `found ${JSON.stringify(postgres.caFile)}; sslmode ${postgres.sslmode} checks nothing with it: use verify-full or verify-ca`,
    },
  ];
}

export const endpointRules = [nodePortRule, addressRule];
