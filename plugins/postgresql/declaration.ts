import type { Declaration } from "../declared/provider";
import type { Client } from "./client";
import { config, environment, toClient } from "./config";
import { database } from "./databases";
import { defaultPrivileges } from "./default-privileges";
import { extension } from "./extensions";
import { grant } from "./grants";
import { role } from "./roles";
import { schema } from "./schemas";

export const declaration: Declaration<Client> = {
  name: "postgresql",
  config,
  environment,
  connect: toClient,
  close: (client) => client.close(),
  types: [role, database, extension, schema, grant, defaultPrivileges],
};
