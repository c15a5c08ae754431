import { database } from "../../components/names";
import { silent } from "../answers";
import { type Check, fail, ok } from "../check";
import { startTls } from "../postgres";

/** Pulumi makes roles and schemas at this address, so `up` stops where it does not answer. */
export const databaseEndpoint: Check = {
  title: "address of the database",
  asksCluster: false,
  async run({ environment: { endpoints }, cluster }) {
    const { host, port } = endpoints.postgres;
    const address = `${host}:${port}`;
    const mend = "see to the name and its certificate (endpoints.postgres)";
    try {
      const tls = await startTls(endpoints.postgres);
      if (tls) return [ok(`${address} answers`)];
      return [fail(`${address} refuses TLS`, "see what answers there: the lake's own server never does")];
    } catch (error) {
      return [await silent(cluster, database.service, error as Error, mend)];
    }
  },
};
