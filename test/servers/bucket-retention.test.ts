import { execFileSync, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { policyFor, users } from "../../components/access";
import type { PolicyDocument } from "../../components/bucket-policy";
import { RETENTION_SCRIPT } from "../../components/bucket-retention";

const server = inject("minio");
const folder = mkdtempSync(join(tmpdir(), "retention-test-"));
const password = randomBytes(20).toString("hex");
// Buckets of the test's own, since nothing can take a version out of them any more.
const [locked, plain] = [`locked-${randomBytes(4).toString("hex")}`, `plain-${randomBytes(4).toString("hex")}`];
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const as = (user: string, word: string) => `http://${user}:${word}@${server.endpoint}`;
const env = {
  PATH: `${dirname(server.mc)}${delimiter}${process.env.PATH}`,
  MC_CONFIG_DIR: folder,
  MC_HOST_lake: as(server.user, server.password),
  MC_HOST_operator: as("retention-writer", password),
};
const mc = (...args: string[]) => execFileSync(server.mc, args, { env, stdio: ["ignore", "pipe", "pipe"] }).toString();

function user(name: string, document: PolicyDocument): void {
  const file = join(folder, `${name}.json`);
  writeFileSync(file, JSON.stringify(document).replaceAll("drone-raw", locked));
  mc("admin", "policy", "create", "lake", name, file);
  mc("admin", "user", "add", "lake", name, password);
  mc("admin", "policy", "attach", "lake", name, "--user", name);
}

/** The script as the Jobs' pods run it. */
function retention(mode: "set" | "look", rules: string): { status: number | null; output: string } {
  const script = RETENTION_SCRIPT.replaceAll("/tmp/", `${folder}/`);
  const { status, stdout } = spawnSync("sh", ["-c", script], {
    encoding: "utf8",
    env: { ...env, RULES: rules, MODE: mode },
  });
  return { status, output: stdout };
}

beforeAll(() => {
  mc("mb", "--with-lock", `lake/${locked}`);
  mc("mb", `lake/${plain}`);
  user("retention-writer", policyFor(users["drone-operator"]));
});

it("a look finds a bucket that keeps nothing, and changes nothing", () => {
  for (const _ of ["once", "again"]) {
    const { status, output } = retention("look", `${locked}=30`);
    expect(status).toBe(1);
    expect(output).toContain(`${locked} does not keep every version for 30 days`);
  }
});

it("what is set is found, and another number of days is not taken for it", () => {
  expect(retention("set", `${locked}=30`)).toMatchObject({ status: 0 });
  expect(retention("look", `${locked}=30`)).toMatchObject({ status: 0 });
  expect(retention("look", `${locked}=31`)).toMatchObject({ status: 1 });
});

it("a bucket without locks fails, and the others are set all the same", () => {
  const { status, output } = retention("set", `${plain}=1 ${locked}=40`);
  expect(status).toBe(1);
  expect(output).toContain(`${plain} does not keep every version`);
  expect(output).toContain(`${locked} keeps every version for 40 days`);
});

it("what the drone operator uploads cannot be removed, not even by root", () => {
  retention("set", `${locked}=1`);
  const photo = join(folder, "photo.jpg");
  writeFileSync(photo, "a photo");
  mc("put", photo, `operator/${locked}/projects/p/f/photo.jpg`);
  expect(() => mc("rm", "--versions", "--force", `lake/${locked}/projects/p/f/photo.jpg`)).toThrow(/WORM protected/);
});
