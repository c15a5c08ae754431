import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { lookAtCluster, requireImages, requireRegistry } from "../../sandbox/external";
import { forgetSilentHosts } from "../../sandbox/toolchain/download";
import { arch } from "../../sandbox/toolchain/platform";
import { apiServer } from "./api-server";
import { publisher } from "./toolchain/helpers";

const step = { note: () => {}, log: () => {} };

describe("a cluster that somebody else runs", () => {
  let server: Awaited<ReturnType<typeof apiServer>>;
  const node = (...addresses: string[]) => ({
    metadata: { name: "n" },
    spec: { podCIDRs: [`10.42.${addresses.length}.0/24`] },
    status: {
      addresses: addresses.map((address) => ({ type: "InternalIP", address })),
      nodeInfo: { architecture: arch as string },
    },
  });
  const storageClass = (isDefault: string) => ({
    metadata: { annotations: { "storageclass.kubernetes.io/is-default-class": isDefault } },
  });

  beforeEach(async () => {
    server = await apiServer();
    server.answers["/readyz"] = ["ok"];
    server.answers["/version"] = [{ gitVersion: "v1.31.2+k3s1" }];
    server.answers["/apis/storage.k8s.io/v1/storageclasses"] = [{ items: [storageClass("true")] }];
    // No host has the first address. Nothing listens on the second one's port, as before the servers are there: that is an answer too.
    server.answers["/api/v1/nodes"] = [{ items: [node("255.255.255.255"), node("127.0.0.1")] }];
  }, 60_000);
  afterEach(() => server.close());

  it("is used at the first address that can be reached from here, with its pods told apart", {
    timeout: 30_000,
  }, async () => {
    const podCidrs = ["10.42.1.0/24", "10.42.1.0/24"];
    expect(await lookAtCluster(server.kubectl, true, step)).toEqual({ host: "127.0.0.1", podCidrs });
  });

  it("is refused with all that it lacks", { timeout: 30_000 }, async () => {
    server.answers["/version"] = [{ gitVersion: "v1.27.9" }];
    server.answers["/apis/storage.k8s.io/v1/storageclasses"] = [{ items: [storageClass("false")] }];
    const other = node("255.255.255.255");
    other.status.nodeInfo.architecture = "s390x";
    server.answers["/api/v1/nodes"] = [{ items: [other] }];
    const refused = lookAtCluster(server.kubectl, true, step);
    await expect(refused).rejects.toThrow(
      /v1\.27\.9.*1\.28 or newer.*no storage class.*no node is of this machine's kind.*255\.255\.255\.255.*30900, 30432, 30843/s,
    );
  });

  it("is refused when it does not answer", { timeout: 30_000 }, async () => {
    server.answers["/readyz"] = [{ code: 500, kind: "Status", status: "Failure", message: "etcd failed" }];
    await expect(lookAtCluster(server.kubectl, true, step)).rejects.toThrow(/does not answer: .*etcd failed/);
  });
});

describe("the registry of such a cluster", () => {
  let registry: Awaited<ReturnType<typeof publisher>>;
  let port: string;
  beforeEach(async () => {
    registry = await publisher({ "/v2/": 401 });
    port = new URL(registry.url).port;
  });
  afterEach(async () => {
    await registry.close();
    forgetSilentHosts();
  });

  it("may do without TLS at localhost, where it is asked before any work", async () => {
    await expect(requireRegistry(`127.0.0.1:${port}/lake`)).resolves.toBeUndefined();
    expect(registry.asked).toEqual(["/v2/"]);
  });

  it("needs TLS elsewhere", async () => {
    await expect(requireRegistry(`0.0.0.0:${port}/lake`)).rejects.toThrow(
      /--registry 0\.0\.0\.0:\d+\/lake: .* does not answer: .*without TLS is pushed to at localhost alone/s,
    );
  });

  it("is missed when nothing is there", async () => {
    await expect(requireRegistry("localhost:1/lake")).rejects.toThrow(/localhost:1 does not answer: .*ECONNREFUSED/);
  });
});

describe("the images of such a cluster", () => {
  let root: string;
  let file: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "lake-external-"));
    file = join(root, "Pulumi.sandbox.yaml");
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));
  const images = (minio: string) =>
    writeFileSync(
      file,
      `config: { "drone-data-lake:images": { minio: "${minio}", postgis: "example.org/postgis:1" } }`,
    );

  it("come from a registry, or are named in the config", () => {
    expect(() => requireImages(undefined)).toThrow(
      /minio, postgis, tasks, catalogue, mcp .*--registry HOST\/PATH.*drone-data-lake:images/,
    );
    images("drone-lake.local/minio:sandbox");
    expect(() => requireImages(undefined, file)).toThrow(/and minio are built/);
    expect(() => requireImages("localhost:5001/lake", file)).not.toThrow();
    images("example.org/minio:1");
    expect(() => requireImages(undefined, file)).not.toThrow();
  });
});
