import { randomUUID } from "node:crypto";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GetObjectCommand } from "@aws-sdk/client-s3";
import { expect, it } from "vitest";
import { EVENT_SECRET } from "../../pipelines/context";
import { textOf } from "./chain";
import { INSTANCE, kubectl, npm, s3As } from "./context";

const NAMESPACE = "drone-pipelines";

async function runs(): Promise<string[]> {
  const names = await kubectl("-n", NAMESPACE, "get", "pipelineruns", "-o", "name");
  return names.split("\n").filter(Boolean).sort();
}

/** Sends a body to the EventListener from inside the cluster, as MinIO does, and returns the HTTP status. */
async function post(authorization: string, body: string): Promise<string> {
  const pod = (
    await kubectl("-n", "data-systems", "get", "pods", "-l", "app.kubernetes.io/name=data-lake", "-o", "name")
  ).split("\n")[0]!;
  const host = `el-lake.${NAMESPACE}.svc`;
  const verified = `-CAfile /certificates/CAs/ca.crt -verify_return_error -verify_hostname ${host}`;
  const script = `printf '%s' "$0" | openssl s_client -quiet ${verified} -connect ${host}:8443 | head -n 1`;
  const request = [
    "POST / HTTP/1.1",
    `Host: ${host}:8443`,
    `Authorization: ${authorization}`,
    "Content-Type: application/json",
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Connection: close",
    "",
    body,
  ].join("\r\n");
  return kubectl("-n", "data-systems", "exec", pod, "--", "bash", "-c", script, request);
}

/** The body that MinIO sends when an object was created. */
function created(bucket: string, key: string, versionId: string): string {
  const encoded = encodeURIComponent(key).replaceAll("%20", "+");
  const record = {
    eventName: "s3:ObjectCreated:Put",
    s3: { bucket: { name: bucket }, object: { key: encoded, versionId } },
  };
  return JSON.stringify({ EventName: "s3:ObjectCreated:Put", Key: `${bucket}/${key}`, Records: [record] });
}

/** The header that the object store sends with its events. */
async function trusted(): Promise<string> {
  const path = `jsonpath={.data.${EVENT_SECRET.key}}`;
  const kept = await kubectl("-n", NAMESPACE, "get", "secret", EVENT_SECRET.name, "-o", path);
  return Buffer.from(kept, "base64").toString();
}

async function waitForRun(name: string, ...what: string[]): Promise<void> {
  await kubectl("-n", NAMESPACE, "wait", `pipelinerun/${name}`, "--for=create", "--timeout=60s");
  await kubectl("-n", NAMESPACE, "wait", `pipelinerun/${name}`, ...what, "--timeout=180s");
}

const ENDED = "--for=condition=Succeeded=False";

/** What the bucket events start, and what they do not. */
export function theEvents(): void {
  let hostile = "";

  it("a wrong token starts nothing, the right one does", async () => {
    const [wrong, right] = [randomUUID(), randomUUID()];
    const key = "projects/nobody/nothing/flight.json";
    expect(await post("Bearer wrong", created("drone-raw", key, wrong))).toMatch(/ 20[02] /);
    // The events are taken in turn: when the second one has its run, the first one had its chance.
    expect(await post(await trusted(), created("drone-raw", key, right))).toMatch(/ 20[02] /);
    await waitForRun(`orthophoto-${right}`, ENDED);
    const names = await runs();
    expect(names.join()).toContain(right);
    expect(names.join()).not.toContain(wrong);
    await kubectl("-n", NAMESPACE, "delete", "pipelinerun", `orthophoto-${right}`);
  });

  it("a repeated event starts no second run", async () => {
    const before = await runs();
    const version = before.map((run) => run.split("/orthophoto-")[1]).find(Boolean)!;
    const key = "projects/sample-dike/sample-flight/flight.json";
    const marker = randomUUID();
    expect(await post(await trusted(), created("drone-raw", key, version))).toMatch(/ 20[02] /);
    expect(await post(await trusted(), created("drone-raw", key, marker))).toMatch(/ 20[02] /);
    await waitForRun(`orthophoto-${marker}`, ENDED);
    await kubectl("-n", NAMESPACE, "delete", "pipelinerun", `orthophoto-${marker}`);
    expect(await runs()).toEqual(before);
  });

  it("a flight of one photo under hostile names ends in plain words, with its photo kept", async () => {
    const s3 = await s3As("stagiair");
    const source = await textOf(s3, "drone-raw", "projects/sample-dike/sample-flight/flight.json");
    const { photos } = JSON.parse(source) as { photos: { key: string }[] };
    const photo = await s3.send(new GetObjectCommand({ Bucket: "drone-raw", Key: photos[0]!.key }));
    const bytes = await photo.Body!.transformToByteArray();
    const folder = mkdtempSync(join(tmpdir(), "hostile-"));
    const name = `it's "one" $(params.flight-version) \u00e9.JPG`;
    writeFileSync(join(folder, name), bytes);
    const project = "dijk a$(AWS_SECRET_ACCESS_KEY)";
    const args = ["--instance", INSTANCE, "upload", folder, "--project", project, "--flight", "één"];
    const { stdout } = await npm("lake", args);
    const run = `orthophoto-${(JSON.parse(stdout) as { version_id: string }).version_id}`;
    await waitForRun(run, ENDED);
    const selector = `tekton.dev/pipelineRun=${run}`;
    const logs = await kubectl("-n", NAMESPACE, "logs", "-l", selector, "--all-containers", "--tail=-1");
    expect(logs).toMatch(/an orthophoto needs at least 3/);
    expect(logs).toContain(project);
    const manifest = await textOf(s3, "drone-raw", `projects/${project}/één/flight.json`);
    const [kept] = (JSON.parse(manifest) as { photos: { key: string; version_id: string }[] }).photos;
    const again = await s3.send(
      new GetObjectCommand({ Bucket: "drone-raw", Key: kept!.key, VersionId: kept!.version_id }),
    );
    expect(Buffer.compare(await again.Body!.transformToByteArray(), bytes)).toBe(0);
    hostile = run;
  });

  it("the reconciler starts what no event did, under the same name", async () => {
    await kubectl("-n", NAMESPACE, "delete", "pipelinerun", hostile);
    await kubectl("-n", NAMESPACE, "create", "job", "--from=cronjob/reconciler", "look");
    await waitForRun(hostile, ENDED);
    await kubectl("-n", NAMESPACE, "delete", "job", "look");
  });
}
