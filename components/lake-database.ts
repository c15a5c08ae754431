import * as postgresql from "@pulumi/postgresql";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { DatabaseConfig } from "../config/schema-servers";
import { type DataOptions, dataOptions } from "./protection";

/** Login roles, besides the owner, and the group roles whose rights they have; each kind of pipeline step has its own. */
export const loginRoles = {
  pipeline_detect: ["detections_write"],
  pipeline_catalog: ["pgstac_ingest", "pgstac_read"],
  catalog: ["pgstac_read", "detections_read"],
  catalogue_reader: ["pgstac_read", "detections_read"],
  stagiair: ["pgstac_read", "detections_read"],
  // A role of the server's own: reads every table, and writes none.
  backup: ["pg_read_all_data"],
} as const;
export type LoginRole = keyof typeof loginRoles;

export interface LakeDatabaseArgs extends DataOptions {
  /** The server. What goes with it is not dropped before: a database that a restore kept would stand in the roles' way. */
  server: pulumi.Resource;
  /** Name of the database. */
  database: string;
  /** Name of the role that owns it and runs the migrations. */
  owner: string;
  /** Most connections of each login role. */
  connections: DatabaseConfig["connections"];
}

/**
 * The database with its extensions, roles, schema `detections` and grants; tables come from the migrations.
 *
 * Memberships are `Role.roles` throughout: a GrantRole beside them would undo them at every refresh.
 */
export class LakeDatabase extends pulumi.ComponentResource {
  /** Passwords of the login roles, the owner's among them. */
  readonly passwords: Record<LoginRole | "owner", pulumi.Output<string>>;
  /** What the migrations depend on. */
  readonly ready: pulumi.Resource;

  constructor(
    private readonly name: string,
    args: LakeDatabaseArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("drone-data-lake:index:LakeDatabase", name, { connections: args.connections }, opts);
    const own = { parent: this, deletedWith: args.server };
    const data = { ...own, ...dataOptions(args) };
    const group = (role: string, roles?: pulumi.Input<string>[]) =>
      new postgresql.Role(`${name}-${role}`, { name: role, login: false, roles }, own);

    const pgstacRead = group("pgstac_read");
    const pgstacIngest = group("pgstac_ingest", [pgstacRead.name]);
    const pgstacAdmin = group("pgstac_admin");
    const detectionsRead = group("detections_read");
    const detectionsWrite = group("detections_write", [detectionsRead.name]);
    const groups = {
      pgstac_read: pgstacRead.name,
      pgstac_ingest: pgstacIngest.name,
      detections_read: detectionsRead.name,
      detections_write: detectionsWrite.name,
      pg_read_all_data: "pg_read_all_data",
    };

    const ownerPassword = this.password(args.owner);
    const owner = new postgresql.Role(
      `${name}-owner`,
      {
        name: args.owner,
        login: true,
        password: ownerPassword,
        connectionLimit: args.connections.owner,
        // `dronelake migrate` runs pgSTAC's own migration without the right to create roles.
        roles: [pgstacAdmin.name, pgstacIngest.name],
      },
      own,
    );
    const logins = Object.entries(loginRoles).map(([role, memberships]) => {
      const password = this.password(role);
      const resource = new postgresql.Role(
        `${name}-${role}`,
        {
          name: role,
          login: true,
          password,
          connectionLimit: args.connections[role as LoginRole],
          roles: memberships.map((membership) => groups[membership]),
        },
        own,
      );
      return { role, password, resource };
    });
    this.passwords = {
      owner: ownerPassword,
      ...(Object.fromEntries(logins.map(({ role, password }) => [role, password])) as Record<
        LoginRole,
        pulumi.Output<string>
      >),
    };

    // After the roles, so that it goes before them: a role that has rights in a database cannot be dropped.
    const roles = [...logins.map(({ resource }) => resource), detectionsWrite];
    const database = new postgresql.Database(
      name,
      { name: args.database, owner: owner.name, encoding: "UTF8" },
      { ...data, dependsOn: roles },
    );
    let last: pulumi.Resource = database;
    /** Catalogue changes that run side by side fail with "tuple concurrently updated": each waits for the one before. */
    const chained = <T extends pulumi.Resource>(make: (options: pulumi.CustomResourceOptions) => T): T => {
      // Dropped with the database: the migrations' tables stand in the way of dropping them alone.
      const made = make({ parent: this, deletedWith: database, dependsOn: [last] });
      last = made;
      return made;
    };

    for (const extension of ["postgis", "btree_gist", "unaccent"]) {
      chained((o) => new postgresql.Extension(`${name}-${extension}`, { name: extension, database: database.name }, o));
    }
    const detections = chained(
      (o) =>
        new postgresql.Schema(
          `${name}-detections`,
          { name: "detections", database: database.name, owner: owner.name },
          { ...data, ...o },
        ),
    );
    const schemaGrant = (resource: string, role: pulumi.Output<string>, privileges: string[]) =>
      chained(
        (o) =>
          new postgresql.Grant(
            `${name}-${resource}`,
            { database: database.name, schema: detections.name, role, objectType: "schema", privileges },
            o,
          ),
      );
    const onNew = (resource: string, role: pulumi.Output<string>, privileges: string[]) =>
      chained(
        (o) =>
          new postgresql.DefaultPrivileges(
            `${name}-${resource}`,
            {
              database: database.name,
              schema: detections.name,
              owner: owner.name,
              role,
              objectType: "table",
              privileges,
            },
            o,
          ),
      );
    schemaGrant("detections-read-usage", detectionsRead.name, ["USAGE"]);
    schemaGrant("detections-write-usage", detectionsWrite.name, ["USAGE"]);
    onNew("detections-read-tables", detectionsRead.name, ["SELECT"]);
    onNew("detections-write-tables", detectionsWrite.name, ["SELECT", "INSERT", "UPDATE", "DELETE"]);

    this.ready = last;
    this.registerOutputs({});
  }

  private password(role: string): pulumi.Output<string> {
    return new random.RandomPassword(`${this.name}-${role}-password`, { length: 40, special: false }, { parent: this })
      .result;
  }
}
