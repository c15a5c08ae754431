import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { lookAtCluster, requireImages } from "../../sandbox/external";
import { arch } from "../../sandbox/toolchain/platform";
import { apiServer } from "./api-server";

const step = { note: () => {}, log: () => {} };

describe("a cluster that somebody else runs", () => {
  let server: Awaited<ReturnType<typeof apiServer>>;
  const node = (...addresses: string[]) => ({
    metadata: { name: "n" },
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

  it("is used at the first address of a node that can be reached from here", { timeout: 30_000 }, async () => {
    expect(await lookAtCluster(server.kubectl, true, step)).toBe("127.0.0.1");
  });

  it("is refused with all that it lacks", { timeout: 30_000 }, async () => {
    server.answers["/version"] = [{ gitVersion: "v1.27.9" }];
    server.answers["/apis/storage.k8s.io/v1/storageclasses"] = [{ items: [storageClass("false")] }];
    const other = node("255.255.255.255");
    other.status.nodeInfo.architecture = "s390x";
    server.answers["/api/v1/nodes"] = [{ items: [other] }];
    const refused = lookAtCluster(server.kubectl, true, step);
    await expect(refused).rejects.toThrow(
      /v1\.27\.9.*1\.28 or newer.*no storage class.*no node is of this machine's kind.*255\.255\.255\.255.*30900 and 30432/s,
    );
  });

  it("is refused when it does not answer", { timeout: 30_000 }, async () => {
    server.answers["/readyz"] = [{ code: 500, kind: "Status", status: "Failure", message: "etcd failed" }];
    await expect(lookAtCluster(server.kubectl, true, step)).rejects.toThrow(/does not answer: .*etcd failed/);
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
      /minio, postgis, tasks .*--registry HOST\/PATH.*drone-data-lake:images/,
    );
    images("drone-lake.local/minio:sandbox");
    expect(() => requireImages(undefined, file)).toThrow(/and minio are built/);
    expect(() => requireImages("localhost:5001/lake", file)).not.toThrow();
    images("example.org/minio:1");
    expect(() => requireImages(undefined, file)).not.toThrow();
  });
});
