import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { objectStoreAlerts } from "../../components/object-store-alerts";
import { METRICS_PATH, METRICS_POLICY, metricsToken } from "../../components/object-store-monitoring";

const server = inject("minio");
const folder = mkdtempSync(join(tmpdir(), "metrics-test-"));
const password = randomBytes(20).toString("hex");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function mc(...args: string[]): void {
  const root = `http://${server.user}:${server.password}@${server.endpoint}`;
  execFileSync(server.mc, args, { env: { HOME: folder, MC_CONFIG_DIR: folder, MC_HOST_lake: root } });
}

beforeAll(() => {
  const policy = join(folder, "policy.json");
  writeFileSync(policy, JSON.stringify(METRICS_POLICY));
  mc("admin", "policy", "create", "lake", "metrics", policy);
  for (const user of ["metrics-reader", "somebody"]) mc("admin", "user", "add", "lake", user, password);
  mc("admin", "policy", "attach", "lake", "metrics", "--user", "metrics-reader");
});

const read = (token: string) =>
  fetch(`http://${server.endpoint}${METRICS_PATH}`, { headers: { Authorization: `Bearer ${token}` } });

it("the token reads every metric that an alert is made of", async () => {
  const response = await read(metricsToken("metrics-reader", password));
  expect(response.status).toBe(200);
  const told = await response.text();
  const names = objectStoreAlerts.flatMap(({ expr }) => expr.match(/minio_[a-z_]+/g) ?? []);
  expect(names.length).toBeGreaterThanOrEqual(objectStoreAlerts.length);
  for (const name of names) expect(told).toMatch(new RegExp(`^${name}[{ ]`, "m"));
});

it("a token of somebody else, or of a wrong password, reads nothing", async () => {
  expect((await read(metricsToken("somebody", password))).status).toBe(403);
  expect((await read(metricsToken("metrics-reader", "wrong"))).status).toBe(403);
});
