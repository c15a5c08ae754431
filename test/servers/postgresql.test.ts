import * as postgresql from "@pulumi/postgresql";
import * as pulumi from "@pulumi/pulumi";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, inject, it, vi } from "vitest";
import { Passage } from "./passage";
import { Deployer } from "./stack";

const server = inject("postgres");
vi.setConfig({ testTimeout: 900_000 });

/** SQL as a person would run it, as the superuser unless told otherwise. */
async function sql(text: string, database = "postgres", login: { user?: string; password?: string } = {}) {
  const client = new Client({ ...server, database, ...login });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

function provider(args: Partial<postgresql.ProviderArgs> = {}) {
  const { host, port, user, password } = server;
  return {
    provider: new postgresql.Provider("lake", {
      host,
      port,
      username: user,
      password,
      sslmode: "disable",
      maxConnections: 1,
      ...args,
    }),
  };
}

const PASSWORD = 'it\'s a \\ "secret" of 32 characters';

interface Variation {
  password?: string;
  connectionLimit?: number;
  privileges?: string[];
}

const program =
  ({ password = PASSWORD, connectionLimit = 5, privileges = ["USAGE"] }: Variation = {}) =>
  async () => {
    const on = provider();
    const reader = new postgresql.Role("reader", { name: "test-reader" }, on);
    const writer = new postgresql.Role(
      "writer",
      {
        name: "test-writer",
        login: true,
        password,
        connectionLimit,
        roles: [reader.name],
        searchPaths: ["detections", "public"],
        statementTimeout: 60_000,
      },
      on,
    );
    const database = new postgresql.Database("lake", { name: "test_lake", owner: writer.name }, on);
    const postgis = new postgresql.Extension("postgis", { name: "postgis", database: database.name }, on);
    const schema = new postgresql.Schema(
      "detections",
      { name: "detections", database: database.name, owner: writer.name },
      { ...on, dependsOn: [postgis] },
    );
    const place = { database: database.name, role: reader.name, schema: schema.name };
    new postgresql.Grant("usage", { ...place, objectType: "schema", privileges }, on);
    new postgresql.Grant(
      "connect",
      { database: database.name, role: reader.name, objectType: "database", privileges: ["CONNECT"] },
      on,
    );
    new postgresql.DefaultPrivileges(
      "tables",
      { ...place, owner: writer.name, objectType: "table", privileges: ["SELECT"] },
      on,
    );
    return { writer: writer.name };
  };

let deployer: Deployer;

beforeAll(async () => {
  deployer = await Deployer.create(["postgresql"]);
});
afterAll(() => deployer.remove());

describe("a lake's roles and database", () => {
  it("come up, work, stay as they are, and hide the password in the state and from the server's statistics", async () => {
    const first = await deployer.up(program());
    expect(first.failed, first.output).toBe(false);
    const login = { user: "test-writer", password: PASSWORD };
    expect(await sql("show statement_timeout", "test_lake", login)).toEqual([{ statement_timeout: "1min" }]);
    await sql("create table finding (id int, position geometry(Point, 4326))", "test_lake", login);
    expect(
      await sql("select has_table_privilege('test-reader', 'detections.finding', 'select') as may", "test_lake"),
    ).toEqual([{ may: true }]);
    const [stored] = await sql("select rolpassword from pg_authid where rolname = 'test-writer'");
    expect(stored.rolpassword).toMatch(/^SCRAM-SHA-256\$/);

    const state = deployer.storedState();
    expect(state).not.toContain(JSON.stringify(PASSWORD).slice(1, -1));
    expect(state).not.toContain(server.password);

    const second = await deployer.up(program());
    expect(second.steps).toEqual({});
    expect((await deployer.refresh()).steps).toEqual({});
  });

  it("show what was changed by hand, and go back to what is declared", async () => {
    await sql('alter role "test-reader" superuser');
    await sql(`alter role "test-writer" password 'another one'`);
    await sql('grant create on schema detections to "test-reader"', "test_lake");
    await sql("alter schema detections owner to postgres", "test_lake");
    await sql(
      'alter default privileges for role "test-writer" in schema detections revoke all on tables from "test-reader"',
      "test_lake",
    );

    const index = (name: string) => `postgresql:index/${name}`;
    const drift = await deployer.refresh();
    expect(drift.steps).toEqual({
      [`update ${index("role:Role")} reader`]: { superuser: "update" },
      [`update ${index("role:Role")} writer`]: { password: "update" },
      [`update ${index("grant:Grant")} usage`]: { "privileges[0]": "add" },
      [`update ${index("schema:Schema")} detections`]: { owner: "update" },
      [`delete ${index("defaultPrivileges:DefaultPrivileges")} tables`]: {},
    });
    expect((await deployer.up(program())).failed).toBe(false);
    expect((await deployer.refresh()).steps).toEqual({});
    const [{ rolsuper }] = await sql("select rolsuper from pg_roles where rolname = 'test-reader'");
    expect(rolsuper).toBe(false);
    await sql("select 1", "test_lake", { user: "test-writer", password: PASSWORD });
  });

  it("show a right to grant on that was given by hand, and take it back", async () => {
    await sql('grant usage on schema detections to "test-reader" with grant option', "test_lake");
    await sql(
      'alter default privileges for role "test-writer" in schema detections grant select on tables to "test-reader" with grant option',
      "test_lake",
    );
    expect((await deployer.refresh()).steps).toEqual({
      "update postgresql:index/grant:Grant usage": { withGrantOption: "update-replace" },
      "update postgresql:index/defaultPrivileges:DefaultPrivileges tables": { withGrantOption: "update-replace" },
    });
    expect((await deployer.up(program())).failed).toBe(false);
    expect((await deployer.refresh()).steps).toEqual({});
    const rights = `select is_grantable from pg_namespace cross join aclexplode(nspacl) where nspname = 'detections'
      and grantee = '"test-reader"'::regrole`;
    expect(await sql(rights, "test_lake")).toEqual([{ is_grantable: false }]);
  });

  it("change in place", async () => {
    const changed = await deployer.up(
      program({ password: "new-password", connectionLimit: 7, privileges: ["CREATE", "USAGE"] }),
    );
    expect(changed.steps).toEqual({
      "update postgresql:index/role:Role writer": { connectionLimit: "update", password: "update" },
      "update postgresql:index/grant:Grant usage": { "privileges[0]": "add" },
    });
    expect(await sql("select 1 as one", "test_lake", { user: "test-writer", password: "new-password" })).toEqual([
      { one: 1 },
    ]);
  });

  it("are all gone after destroy, with a table and a grant in them that nobody declared", async () => {
    await sql('grant select on finding to "test-reader"', "test_lake", {
      user: "test-writer",
      password: "new-password",
    });
    await sql('grant usage on schema public to "test-reader"', "postgres");
    const left =
      "select rolname from pg_roles where rolname like 'test-%' union select datname from pg_database where datname like 'test%'";
    const gone = await deployer.destroy();
    // A schema with something in it that nobody declared is not dropped in silence.
    expect(gone.output).toContain("cannot drop schema detections because other objects depend on it");
    await sql("drop table detections.finding", "test_lake");
    const again = await deployer.destroy();
    expect(again.failed, again.output).toBe(false);
    expect(await sql(left)).toEqual([]);
  });
});

describe("a server that does not answer", () => {
  it("is an error of the refresh, and everything stays in the state", async () => {
    const passage = await Passage.to(server.host, server.port);
    const other = await Deployer.create(["postgresql"]);
    const through = async () => {
      new postgresql.Role("other", { name: "test-other" }, provider({ port: passage.port }));
    };
    expect((await other.up(through)).failed).toBe(false);
    await passage.cut();
    const cut = await other.refresh();
    expect(cut.failed).toBe(true);
    expect(cut.output).toContain(`PostgreSQL at 127.0.0.1:${passage.port} (database "postgres") cannot be reached`);
    expect((await other.exportState()).resources.map((one) => one.type)).toContain("postgresql:index/role:Role");
    await passage.open();
    expect((await other.destroy()).failed).toBe(false);
    await passage.cut();
    other.remove();
  });
});

describe("a user that is no superuser", () => {
  it("makes what it may, through roles that it joins for the moment", async () => {
    await sql("create role \"test-admin\" login createdb createrole password 'admin'");
    const managed = await Deployer.create(["postgresql"]);
    const own = async () => {
      const on = provider({ username: "test-admin", password: pulumi.secret("admin"), superuser: false });
      const owner = new postgresql.Role("owner", { name: "test-owner", login: true, password: "p" }, on);
      const database = new postgresql.Database("db", { name: "test_managed", owner: owner.name }, on);
      const schema = new postgresql.Schema(
        "schema",
        { name: "things", database: database.name, owner: owner.name },
        on,
      );
      const to = { database: database.name, schema: schema.name, role: "public" };
      new postgresql.Grant("usage", { ...to, objectType: "schema", privileges: ["USAGE"] }, on);
    };
    const up = await managed.up(own);
    expect(up.failed, up.output).toBe(false);
    expect((await managed.refresh()).steps).toEqual({});
    const members = "select 1 from pg_auth_members where pg_get_userbyid(member) = 'test-admin'";
    expect(await sql(members)).toEqual([]);
    const gone = await managed.destroy();
    expect(gone.failed, gone.output).toBe(false);
    managed.remove();
    await sql('drop role "test-admin"');
  });
});

describe("what this build does not do", () => {
  it("is refused by its name in the preview", async () => {
    const unsupported = await deployer.preview(async () => {
      new postgresql.GrantRole("g", { role: "a", grantRole: "b" }, provider());
    });
    expect(unsupported.output).toContain(
      "postgresql:index/grantRole:GrantRole is not supported by the local build of the postgresql plugin",
    );

    // One resource a preview: the engine stops at the first that is wrong.
    const role = await deployer.preview(async () => {
      new postgresql.Role("r", { name: "r", encryptedPassword: false, passwordWo: "x" }, provider());
    });
    expect(role.failed).toBe(true);
    expect(role.output).toContain('"encryptedPassword" cannot be false');
    expect(role.output).toContain('"passwordWo" is not supported by this build');

    const place = { database: "d", role: "r", schema: "s", objectType: "schema" };
    const grant = await deployer.preview(async () => {
      new postgresql.Grant("g", { ...place, privileges: ["SELECT"] }, provider());
    });
    expect(grant.failed).toBe(true);
    expect(grant.output).toContain('"SELECT" is no privilege of a schema; it has ALL, CREATE, USAGE');
  });
});
