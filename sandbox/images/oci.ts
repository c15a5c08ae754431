import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { exec } from "../process";
import type { Step } from "../progress";
import { arch } from "../toolchain/platform";

interface Descriptor {
  mediaType: string;
  digest: string;
  size: number;
}

/**
 * Packs a root filesystem as an OCI image layout of one layer in `layout`, and returns the digest of its manifest.
 * Entries are sorted and times are cut to `epoch` (seconds), so that equal trees give equal digests.
 */
export async function packLayout(root: string, layout: string, epoch: number, step: Step): Promise<string> {
  const blobs = join(layout, "blobs", "sha256");
  await mkdir(blobs, { recursive: true });
  const tar = join(layout, "layer.tar");
  const args = [
    "--numeric-owner",
    "--xattrs",
    "--sort=name",
    `--mtime=@${epoch}`,
    "--clamp-mtime",
    "--one-file-system",
  ];
  await exec("tar", [...args, "-C", root, "-cf", tar, "."], { step });
  const layerHash = await hashFile(tar);
  const layer: Descriptor = {
    mediaType: "application/vnd.oci.image.layer.v1.tar",
    digest: layerHash,
    size: (await stat(tar)).size,
  };
  await rename(tar, join(blobs, layerHash.replace("sha256:", "")));

  const put = async (mediaType: string, content: unknown): Promise<Descriptor> => {
    const bytes = Buffer.from(JSON.stringify(content));
    const hex = createHash("sha256").update(bytes).digest("hex");
    await writeFile(join(blobs, hex), bytes);
    return { mediaType, digest: `sha256:${hex}`, size: bytes.length };
  };
  const config = await put("application/vnd.oci.image.config.v1+json", {
    architecture: arch,
    os: "linux",
    created: new Date(epoch * 1000).toISOString(),
    config: { Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"], Cmd: ["/bin/sh"] },
    rootfs: { type: "layers", diff_ids: [layerHash] },
    history: [{ created: new Date(epoch * 1000).toISOString(), created_by: "root filesystem" }],
  });
  const manifest = await put("application/vnd.oci.image.manifest.v1+json", {
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    config,
    layers: [layer],
  });
  await writeFile(join(layout, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  await writeFile(
    join(layout, "index.json"),
    JSON.stringify({ schemaVersion: 2, mediaType: "application/vnd.oci.image.index.v1+json", manifests: [manifest] }),
  );
  return manifest.digest;
}

async function hashFile(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return `sha256:${hash.digest("hex")}`;
}
