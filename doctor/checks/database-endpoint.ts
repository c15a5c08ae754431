import { database } from "../../components/names";
import { type Check, fail, ok, warn } from "../check";
import { startTls } from "../postgres";
import { isDeployed } from "../service";

/** Pulumi makes roles and schemas at this address, so `up` stops where it does not answer. */
export const databaseEndpoint: Check = {
  title: "address of the database",
  asksCluster: false,
  async run({ environment: { endpoints }, cluster }) {
    const { host, port, sslmode } = endpoints.postgres;
    const address = `${host}:${port}`;
    try {
      const tls = await startTls(endpoints.postgres);
      if (tls || sslmode === "disable")
        return [ok(`${address} answers${tls && sslmode !== "disable" ? " with TLS" : ""}`)];
      return [
        fail(
          `${address} refuses TLS, and sslmode is ${sslmode}`,
          "end TLS in front of it, or in a sandbox set endpoints.postgres.sslmode to disable",
        ),
      ];
    } catch (error) {
      const why = `${address}: ${(error as Error).message}`;
      if (await isDeployed(cluster, database.service)) {
        return [
          fail(
            `${why}, while the cluster has its Service`,
            "see to the name, the proxy and its certificate (endpoints.postgres)",
          ),
        ];
      }
      return [warn(`not up yet: ${why}`, "have its name and proxy ready before up, which makes roles through them")];
    }
  },
};
