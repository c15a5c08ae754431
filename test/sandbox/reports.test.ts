import { describe, expect, it } from "vitest";
import { quote } from "../../sandbox/commands";
import { trouble } from "../../sandbox/diagnose";
import { nameFrom, ownFlight } from "../../sandbox/flight";
import { catalogueEnv, clientEnv, databaseEnv, lakeEnv } from "../../sandbox/lake";
import { mcpEnv } from "../../sandbox/mcp";
import { findingLines } from "../../sandbox/report";
import { progress, type Run } from "../../sandbox/runs";

const outputs = {
  objectStore: { url: "https://10.213.0.2:30900", caFile: "/state/ca/lake.crt" },
  postgresEndpoint: { host: "10.213.0.2", port: 30432, database: "lake", caFile: "/state/ca/lake.crt" },
  catalogueUrl: "https://10.213.0.2:30843",
  buckets: [],
  credentials: {
    "drone-operator": { accessKey: "op", secretKey: "op-secret" },
    "data-scientist": { accessKey: "ds", secretKey: "ds-secret" },
    stagiair: { accessKey: "st", secretKey: "st-secret" },
    assistant: { accessKey: "as", secretKey: "as-secret" },
    database: { stagiair: "st-password" },
  },
} as unknown as Parameters<typeof lakeEnv>[1];

describe("the identity of a command", () => {
  it.each([
    ["upload", "op"],
    ["publish-model", "ds"],
    ["sample-flight", "st"],
    ["anything-else", "st"],
  ])("%s runs with the keys of %s", (command, key) => {
    expect(lakeEnv(command, outputs, "v1")).toMatchObject({
      AWS_ACCESS_KEY_ID: key,
      AWS_ENDPOINT_URL_S3: "https://10.213.0.2:30900",
      AWS_CA_BUNDLE: "/state/ca/lake.crt",
      PGUSER: "stagiair",
      CODE_VERSION: "v1",
    });
  });
});

it.each(["nobody", "database"])("tells who asks for the keys of %s which identities there are", (identity) => {
  const told = `no identity "${identity}"; it has drone-operator, data-scientist, stagiair`;
  expect(() => clientEnv(identity, outputs)).toThrow(told);
});

it("tells the MCP server the catalogue and the keys of the identity that only looks", () => {
  expect(mcpEnv(outputs)).toEqual({
    CATALOGUE_URL: "https://10.213.0.2:30843",
    CATALOGUE_CA_FILE: "/state/ca/lake.crt",
    AWS_ENDPOINT_URL_S3: "https://10.213.0.2:30900",
    AWS_CA_BUNDLE: "/state/ca/lake.crt",
    AWS_ACCESS_KEY_ID: "as",
    AWS_SECRET_ACCESS_KEY: "as-secret",
  });
});

it("shows a shell the database without its password", () => {
  expect(databaseEnv(outputs)).toEqual({
    PGHOST: "10.213.0.2",
    PGPORT: "30432",
    PGDATABASE: "lake",
    PGUSER: "stagiair",
    PGSSLMODE: "verify-full",
    PGSSLROOTCERT: "/state/ca/lake.crt",
  });
});

it("shows a shell the catalogue, where the instance has one", () => {
  const CATALOGUE_CA_FILE = "/state/ca/lake.crt";
  expect(catalogueEnv(outputs)).toEqual({ CATALOGUE_URL: "https://10.213.0.2:30843", CATALOGUE_CA_FILE });
  expect(catalogueEnv({ ...outputs, catalogueUrl: undefined })).toEqual({});
});

describe("a folder's name as a flight's name", () => {
  it.each([
    ["Dijk a.1", "dijk-a.1"],
    ["Überflug (2)", "uberflug-2"],
    ["../..", "flight"],
    ["$(rm -rf x)", "rm-rf-x"],
  ])("%j becomes %s", (text, name) => expect(nameFrom(text)).toBe(name));

  it("is refused when there is no such folder", () => {
    expect(() => ownFlight("no-such-folder", undefined, undefined, "/tmp")).toThrow(/no folder \/tmp\/no-such-folder/);
  });
});

describe("findings", () => {
  const finding = (name: string, score: number) => ({
    class: name,
    score,
    longitude: 4.5,
    latitude: 52.1,
    picture_key: null,
  });

  it("are counted by class, with their coordinates", () => {
    expect(
      findingLines([
        finding("Muskusrat klem", 0.9),
        finding("Muskusrat klem", 0.8),
        finding("Beschadiging oever", 0.7),
      ]),
    ).toEqual([
      "  Muskusrat klem: 2",
      "    52.1000000, 4.5000000   score 0.90",
      "    52.1000000, 4.5000000   score 0.80",
      "  Beschadiging oever: 1",
      "    52.1000000, 4.5000000   score 0.70",
    ]);
  });

  it("are said to be none, and cut when they are many", () => {
    expect(findingLines([])).toEqual(["  no findings"]);
    expect(findingLines(Array.from({ length: 25 }, () => finding("x", 1))).at(-1)).toBe("    and 5 more");
  });
});

describe("what is wrong with a pod", () => {
  const pod = (status: object) =>
    ({ metadata: { name: "p", namespace: "n" }, status }) as Parameters<typeof trouble>[0];
  const container = (state: object) => [{ name: "c", ready: false, restartCount: 0, state }];

  it.each([
    [{ phase: "Succeeded", containerStatuses: container({ terminated: { exitCode: 0 } }) }, undefined],
    [
      {
        phase: "Running",
        containerStatuses: container({ waiting: { reason: "CrashLoopBackOff", message: "back-off" } }),
      },
      "container c: CrashLoopBackOff: back-off",
    ],
    [
      { phase: "Failed", containerStatuses: container({ terminated: { exitCode: 137, reason: "OOMKilled" } }) },
      "container c: ended with exit code 137 (OOMKilled)",
    ],
    [
      {
        phase: "Pending",
        conditions: [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message: "0/1 nodes" }],
      },
      "Unschedulable: 0/1 nodes",
    ],
    [{ phase: "Pending", containerStatuses: container({ waiting: { reason: "ContainerCreating" } }) }, undefined],
  ])("%j: %s", (status, expected) => expect(trouble(pod(status))).toBe(expected));
});

it("follows a run's tasks in the order in which they began", () => {
  const task = (name: string, startTime: string, status: string, steps: object[] = []): Run =>
    ({
      metadata: { name, labels: { "tekton.dev/pipelineTask": name } },
      status: { startTime, conditions: [{ type: "Succeeded", status }], steps },
    }) as Run;
  const tasks = [task("stitch-small", "2", "Unknown", [{ name: "stitch", running: {} }]), task("plan", "1", "True")];
  expect(progress(tasks)).toBe("plan done, stitch-small: stitch");
});

it("quotes values for the shell", () => {
  expect(quote("a'b$(c)")).toBe(`'a'\\''b$(c)'`);
});
