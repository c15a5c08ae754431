import { exec } from "../process";

/** The digest of the image in an archive that BuildKit wrote; a container runtime that imports it knows it by the same. */
export async function digestOf(archive: string): Promise<string> {
  const { stdout } = await exec("tar", ["--extract", "--to-stdout", "--occurrence=1", "--file", archive, "index.json"]);
  const { manifests } = JSON.parse(stdout) as { manifests: { digest: string }[] };
  const digest = manifests[0]?.digest;
  if (!digest) throw new Error(`${archive} names no image: remove it, and the next run builds it again`);
  return digest;
}

/** A name `repository:tag@digest` as a container runtime looks it up: the digest decides, and the tag is left out. */
export function withoutTag(pinned: string): string {
  return pinned.replace(/:[^:/@]+@/, "@");
}
