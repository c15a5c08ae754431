import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { afterAll, expect, inject, it } from "vitest";
import { webhookArn } from "../../components/names";
import { GATE_SCRIPT } from "../../components/object-store-gate";
import { LAYOUT_ID } from "../../components/object-store-layout";
import { freePort } from "./processes";

const server = inject("minio");
const folder = mkdtempSync(join(tmpdir(), "gate-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The script as the Job's pod runs it; it tries for ever, so it is ended after some attempts. */
function gate(pods: string[], arn = webhookArn): { status: number | null; output: string } {
  const root = `http://${server.user}:${server.password}@${server.endpoint}`;
  const { status, stdout } = spawnSync("sh", ["-c", GATE_SCRIPT.replaceAll("/tmp/", `${folder}/`)], {
    encoding: "utf8",
    timeout: 8_000,
    env: {
      PATH: `${dirname(server.mc)}${delimiter}${process.env.PATH}`,
      HOSTNAME: "gate",
      MC_CONFIG_DIR: folder,
      MC_HOST_lake: root,
      MC_HOST_before: root,
      LAYOUT_ID,
      LAYOUT: "none",
      SETTLE: "0",
      PROBE: "write-check",
      PODS: pods.join(" "),
      WEBHOOK_ARN: arn,
    },
  });
  return { status, output: stdout };
}

it("opens where objects can be written and every pod has a target for events", () => {
  const { status, output } = gate([server.endpoint, server.endpoint]);
  expect(output).toMatch(/events have a target on every pod\n$/);
  expect(status).toBe(0);
});

it("stays closed, and names the pod, while one pod of several has none", async () => {
  const away = `127.0.0.1:${await freePort()}`;
  const { status, output } = gate([server.endpoint, away]);
  expect(status).toBeNull();
  expect(output).toContain(`not yet: ${away} knows no target for events`);
});

it("stays closed while a pod answers without the target", () => {
  const { status, output } = gate([server.endpoint], "arn:minio:sqs::OTHER:webhook");
  expect(status).toBeNull();
  expect(output).toContain(`not yet: ${server.endpoint} knows no target for events`);
});
