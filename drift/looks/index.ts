/** Our own looks, which see what a refresh is blind to, with the official plugins and with the local ones. */
import { declaration as minio } from "../../plugins/minio/declaration";
import { declaration as postgresql } from "../../plugins/postgresql/declaration";
import type { Looked } from "../drift";
import type { Server } from "../servers";
import { lookAtDatabaseRights } from "./database-rights";
import { lookAtDeclared } from "./declared";
import { lookAtCluster } from "./kubernetes";
import { lookAtStoreRights } from "./store-rights";
import { lookAtTableGrants } from "./table-grants";

/** Everything on a server that is not as the last update left it. Throws when it may not look. */
export async function lookAt(server: Server): Promise<Looked[]> {
  const { resources } = server;
  switch (server.kind) {
    case "kubernetes":
      return lookAtCluster(server.client, resources);
    case "minio":
      return [
        ...(await lookAtDeclared(server.client, resources, minio.types)),
        ...(await lookAtStoreRights(server.client, resources)),
      ];
    case "postgresql":
      return [
        ...(await lookAtDeclared(server.client, resources, postgresql.types)),
        ...(await lookAtDatabaseRights(server.client, resources)),
        ...(await lookAtTableGrants(server.client, resources)),
      ];
  }
}
