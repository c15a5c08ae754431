import { readFileSync } from "node:fs";
import { Agent, request } from "node:https";
import { ListObjectVersionsCommand, type S3Client } from "@aws-sdk/client-s3";
import type { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bucketNames } from "../../components/names";
import { databaseClient } from "../../sandbox/database";
import type { StackOutputs } from "../../sandbox/pulumi";
import { bucketRequests } from "../access/bucket-requests";
import { objectRequests } from "../access/object-requests";
import { answer, refusal, type Target } from "../access/request";
import { s3Client } from "../s3";

/** Paths of the catalogue service's interfaces that hold what could be written. */
const APIS = {
  "/stac": ["/collections", "/collections/drone-raw", "/collections/drone-raw/items", "/collections/drone-raw/items/x"],
  "/features": ["/collections", "/collections/detections.finding", "/collections/detections.finding/items"],
  "/lineage": [""],
};
const WRITING = /^(Abort|Complete|Copy|Create|Delete|Put|Restore|Upload)/;

/** Every way of writing that there is, tried as the identity that only reads. */
export function stagiairWritesNothing(outputsNow: () => Promise<StackOutputs>): void {
  let outputs: StackOutputs;
  beforeAll(async () => {
    outputs = await outputsNow();
  });

  describe("in the object store", () => {
    let s3: S3Client;
    const targets: Target[] = [];
    beforeAll(async () => {
      s3 = s3Client(outputs, "stagiair");
      for (const Bucket of bucketNames) {
        const { Versions = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket, MaxKeys: 1 }));
        targets.push({ Bucket, Key: Versions[0]!.Key!, VersionId: Versions[0]!.VersionId! });
      }
    });

    const requests = Object.entries({ ...bucketRequests, ...objectRequests }).filter(([name]) => WRITING.test(name));
    it.each(requests)("%s", async (name, asked) => {
      // A bucket without object locks says so before it asks who wants one.
      const refusals = [refusal(asked, "AccessDenied"), ...(name === "PutObjectRetention" ? ["InvalidRequest"] : [])];
      for (const target of targets) expect(await answer(asked.send(s3, target)), target.Bucket).toBeOneOf(refusals);
    });
  });

  describe("in the database", () => {
    let database: Client;
    beforeAll(async () => {
      database = databaseClient(outputs, "stagiair");
      await database.connect();
    });
    afterAll(() => database?.end());
    const names = async (text: string) => (await database.query<{ name: string }>(text)).rows.map(({ name }) => name);
    const refused = (text: string) => expect(database.query(text), text).rejects.toMatchObject({ code: "42501" });

    it("changes no table", async () => {
      const tables = await names(`
        select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname in ('detections', 'pgstac', 'public') and c.relkind in ('r', 'p') and has_schema_privilege(n.oid, 'usage')`);
      expect(tables).toContain("detections.finding");
      expect(tables).toContain("pgstac.items");
      for (const table of tables) {
        await refused(`delete from ${table}`);
        await refused(`truncate ${table}`);
        await refused(`insert into ${table} default values`);
        await refused(`alter table ${table} add column mine int`);
        await refused(`drop table ${table}`);
      }
    });

    it.each([
      "create schema mine",
      "create table public.mine (i int)",
      "create table detections.mine (i int)",
      "create table pgstac.mine (i int)",
      "create function public.mine() returns int language sql as 'select 1'",
      "create extension pg_trgm",
      "create role mine",
      "alter role stagiair superuser",
      "grant pgstac_ingest to stagiair",
      "set role lake_owner",
      "create database mine",
      "alter database lake set work_mem = '1GB'",
      "drop schema detections cascade",
      "copy (select 1) to '/tmp/mine'",
      "copy (select 1) to program 'true'",
      "update detections.finding set score = 1",
      "alter default privileges for role lake_owner grant all on tables to stagiair",
    ])("%s", (text) => refused(text));

    it("calls no function of pgSTAC that changes tables with its owner's rights", async () => {
      const callable = await names(`
        select proname as name from pg_proc where pronamespace = 'pgstac'::regnamespace and prosecdef
        and has_function_privilege(oid, 'execute') order by 1`);
      expect(callable).toEqual(["format_item", "search_query", "where_stats"]);
      await refused("select pgstac.repartition('drone-raw', 'year')");
      await refused(`select pgstac.create_item('{"id": "mine", "collection": "drone-raw"}')`);
    });
  });

  describe.each(Object.entries(APIS))("over the catalogue's %s", (api, paths) => {
    it.each(["POST", "PUT", "PATCH", "DELETE"])("%s", async (method) => {
      for (const path of paths) expect(await status(outputs, method, `${api}${path}`), path).toBeOneOf([404, 405]);
    });

    it("which answers whoever reads", async () => {
      // 422: lineage asks of what.
      expect(await status(outputs, "GET", `${api}${paths[0]}`)).toBeOneOf([200, 422]);
    });
  });
}

/** The status that the catalogue service answers with. */
function status(outputs: StackOutputs, method: string, path: string): Promise<number> {
  const agent = new Agent({ ca: readFileSync(outputs.objectStore.caFile) });
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json" };
    const sent = request(`${outputs.catalogueUrl}${path}`, { method, agent, headers }, (response) => {
      response.resume();
      resolve(response.statusCode!);
    });
    sent.once("error", reject);
    sent.end(method === "GET" ? undefined : "{}");
  });
}
