import type { Environment } from "../schema";
import { type Problem, rule } from "./rule";

/** A port of the nodes belongs to one Service. */
const nodePortRule = rule(["objectStore", "database"], ({ objectStore, database }) => {
  const [store, server] = [objectStore.exposure, database.exposure];
  if (store.type !== "NodePort" || server.type !== "NodePort" || store.port !== server.port) return [];
  return [
    {
      path: "database.exposure.port",
      message: `found ${server.port}; the object store has that port of the nodes already (objectStore.exposure.port)`,
    },
  ];
});

/** Addresses and certificates that contradict one another. */
const addressRule = rule(["endpoints"], ({ endpoints }) => [
  ...sameAddress(endpoints),
  ...unusedCertificates(endpoints),
]);

function sameAddress({ minio, postgres }: Environment["endpoints"]): Problem[] {
  const host = postgres.host.includes(":") ? `[${postgres.host}]` : postgres.host;
  const address = `${host}:${postgres.port}`;
  if (minio.toLowerCase() !== address.toLowerCase()) return [];
  return [
    {
      path: "endpoints.postgres",
      message: `found ${address}; the object store answers there (endpoints.minio), and one address has one server`,
    },
  ];
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
