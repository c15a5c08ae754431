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
  const script = `exec 3<>/dev/tcp/${host}/8080; printf '%s' "$0" >&3; head -n 1 <&3`;
  const request = [
    "POST / HTTP/1.1",
    `Host: ${host}:8080`,
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

/** What the bucket events start, and what they do not. */
export function theEvents(): void {
  it("a wrong token starts nothing", async () => {
    const before = await runs();
    const answer = await post(
      "Bearer wrong",
      created("drone-raw", "projects/a/b/flight.json", "11111111-2222-3333-4444-555555555555"),
    );
    expect(answer).toMatch(/ 20[02] /);
    await new Promise((done) => setTimeout(done, 5000));
    expect(await runs()).toEqual(before);
  });

  it("a repeated event starts no second run", async () => {
    const before = await runs();
    const kept = await kubectl(
      "-n",
      NAMESPACE,
      "get",
      "secret",
      EVENT_SECRET.name,
      "-o",
      `jsonpath={.data.${EVENT_SECRET.key}}`,
    );
    const header = Buffer.from(kept, "base64").toString();
    const name = before.find((run) => run.includes("/orthophoto-"))!;
    await post(
      header,
      created("drone-raw", "projects/sample-dike/sample-flight/flight.json", name.split("/orthophoto-")[1]!),
    );
    await new Promise((done) => setTimeout(done, 5000));
    expect(await runs()).toEqual(before);
  });

  it("a flight of one photo under hostile names ends in plain words, with its photo kept", async () => {
    const source = await textOf(await s3As("stagiair"), "drone-raw", "projects/sample-dike/sample-flight/flight.json");
    const { photos } = JSON.parse(source) as { photos: { key: string }[] };
    const photo = await (await s3As("stagiair")).send(
      new GetObjectCommand({ Bucket: "drone-raw", Key: photos[0]!.key }),
    );
    const folder = mkdtempSync(join(tmpdir(), "hostile-"));
    const name = `it's "one" $(params.flight-version) \u00e9.JPG`;
    writeFileSync(join(folder, name), await photo.Body!.transformToByteArray());
    const args = [
      "--instance",
      INSTANCE,
      "upload",
      folder,
      "--project",
      "dijk a$(AWS_SECRET_ACCESS_KEY)",
      "--flight",
      "één",
    ];
    const { stdout } = await npm("lake", args);
    const { version_id } = JSON.parse(stdout) as { version_id: string };
    const run = `pipelinerun/orthophoto-${version_id}`;
    await kubectl("-n", NAMESPACE, "wait", run, "--for=condition=Succeeded=False", "--timeout=180s");
    const logs = await kubectl(
      "-n",
      NAMESPACE,
      "logs",
      "-l",
      `tekton.dev/pipelineRun=orthophoto-${version_id}`,
      "--all-containers",
      "--tail=-1",
    );
    expect(logs).toMatch(/one photo|1 photo/);
    expect(logs).toContain("dijk a$(AWS_SECRET_ACCESS_KEY)");
  });
}
