import { execFileSync, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { REPLICATION_SCRIPT } from "../../components/bucket-replication";
import { ConsoleReporter } from "../../sandbox/progress";
import { type MinioServer, startMinio } from "./minio-server";
import { Processes } from "./processes";

const server = inject("minio");
const folder = mkdtempSync(join(tmpdir(), "replication-test-"));
const processes = new Processes(folder);
const bucket = `photos-${randomBytes(4).toString("hex")}`;
const other = `others-${randomBytes(4).toString("hex")}`;
let copy: MinioServer;
let stop = () => {};

const root = ({ user, password, endpoint }: MinioServer) => `http://${user}:${password}@${endpoint}`;
const env = () => ({
  PATH: `${dirname(server.mc)}${delimiter}${process.env.PATH}`,
  MC_CONFIG_DIR: folder,
  MC_HOST_lake: root(server),
  MC_HOST_copy: root(copy),
});
const mc = (...args: string[]) =>
  execFileSync(server.mc, args, { env: env(), stdio: ["ignore", "pipe", "pipe"] }).toString();

/** The script as the Jobs' pods run it. */
function replication(
  mode: "set" | "look",
  buckets: string,
  rule = "copy-1",
): { status: number | null; output: string } {
  const script = REPLICATION_SCRIPT.replaceAll("/tmp/", `${folder}/`);
  const more = { ENDPOINT: `http://${copy.endpoint}`, PREFIX: "prod-", RULE: rule, BUCKETS: buckets, MODE: mode };
  const { status, stdout } = spawnSync("sh", ["-c", script], { encoding: "utf8", env: { ...env(), ...more } });
  return { status, output: stdout };
}

function put(key: string, text: string): void {
  const file = join(folder, "object");
  writeFileSync(file, text);
  mc("put", file, `lake/${bucket}/${key}`);
}

/** Waits until the copy holds these versions of the bucket's keys, and no others. */
async function copied(...expected: string[]): Promise<void> {
  const versions = () =>
    mc("ls", "--json", "--recursive", "--versions", `copy/prod-${bucket}`)
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line))
      .map(({ key, isDeleteMarker }) => (isDeleteMarker ? `${key} deleted` : key))
      .sort();
  while (versions().join() !== [...expected].sort().join()) await sleep(500);
}

beforeAll(async () => {
  ({ minio: copy, stop } = await startMinio(
    folder,
    processes,
    new ConsoleReporter({ out: { write: () => undefined } }),
  ));
  for (const one of [`lake/${bucket}`, `lake/${other}`, `copy/prod-${bucket}`]) {
    mc("mb", one);
    mc("version", "enable", one);
  }
  put("before.jpg", "a photo from before");
});
afterAll(async () => {
  for (const one of [bucket, other]) mc("rb", "--force", `lake/${one}`);
  await processes.stop();
  stop();
  rmSync(folder, { recursive: true, force: true });
});

it("a look finds a bucket that is not copied, and changes nothing", () => {
  for (const _ of ["once", "again"]) {
    const { status, output } = replication("look", bucket);
    expect(status).toBe(1);
    expect(output).toContain(`${bucket} is not copied to http://${copy.endpoint}`);
  }
});

it("what is there and what comes reaches the copy, a deletion hides it there, and removal for good does not reach it", async () => {
  expect(replication("set", bucket)).toMatchObject({ status: 0 });
  expect(replication("look", bucket)).toMatchObject({ status: 0 });
  put("after.jpg", "a photo from after");
  await copied("after.jpg", "before.jpg");
  mc("rm", `lake/${bucket}/after.jpg`);
  await copied("after.jpg", "after.jpg deleted", "before.jpg");
  mc("rm", "--versions", "--force", `lake/${bucket}/after.jpg`);
  put("last.jpg", "a photo that shows that the copy has heard of all before");
  await copied("after.jpg", "after.jpg deleted", "before.jpg", "last.jpg");
});

it("set again it goes on, also with other credentials and to what another config says", async () => {
  expect(replication("set", bucket)).toMatchObject({ status: 0 });
  expect(replication("set", bucket, "copy-2")).toMatchObject({ status: 0 });
  expect(replication("look", bucket, "copy-2")).toMatchObject({ status: 0 });
  expect(replication("look", bucket, "copy-1")).toMatchObject({ status: 1 });
  put("again.jpg", "another photo");
  await copied("after.jpg", "after.jpg deleted", "before.jpg", "last.jpg", "again.jpg");
});

it("a bucket that the copy does not have fails, and the others are set all the same", () => {
  const { status, output } = replication("set", `${other} ${bucket}`, "copy-2");
  expect(status).toBe(1);
  expect(output).toContain(`${other} is not copied`);
  expect(output).toContain(`${bucket} is copied`);
});
