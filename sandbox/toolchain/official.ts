import { chmod, copyFile, mkdir, mkdtemp, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { exec } from "../process";
import { checksumOf, type Download, download, fetchText } from "./download";
import { Unavailable, withSpace } from "./errors";
import type { Source } from "./packages";
import { arch } from "./platform";

const DOWNLOAD_BYTES = 1024 ** 3;

const official = (fill: Source["fill"]): Source => ({
  kind: "official download",
  fill: (into, step) => withSpace([into], DOWNLOAD_BYTES, () => fill(into, step)),
});

/** The files `only` of a gzipped tar (all of them by default), whose first `strip` folders fall away; `only` files land flat in the folder. */
export function tarball(
  find: () => Promise<Download>,
  options: { strip?: number; only?: readonly string[]; under?: string },
): Source {
  return official(async (into, step) => {
    const found = await find();
    const scratch = await mkdtemp(join(into, ".tar-"));
    try {
      const file = join(scratch, basename(new URL(found.url).pathname));
      await download(found, file, step);
      const target = options.only ? join(scratch, "out") : join(into, options.under ?? ".");
      await mkdir(target, { recursive: true });
      const strip = options.only ? 0 : (options.strip ?? 0);
      await exec("tar", ["-xzf", file, "-C", target, `--strip-components=${strip}`, "--no-same-owner"], { step });
      for (const path of options.only ?? []) await copyFile(join(target, path), join(into, basename(path)));
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  });
}

/** A file of a GitHub release, with the SHA-256 that GitHub computed when it was uploaded. */
export async function githubAsset(repository: string, tag: string, name: string): Promise<Download> {
  const index = `https://api.github.com/repos/${repository}/releases/tags/${tag}`;
  const text = await fetchText(index);
  let assets: { name: string; browser_download_url: string; digest?: string | null }[];
  try {
    assets = JSON.parse(text).assets ?? [];
  } catch {
    throw new Unavailable(`${index}: not JSON`);
  }
  const asset = assets.find((candidate) => candidate.name === name);
  const sha256 = /^sha256:([0-9a-f]{64})$/.exec(asset?.digest ?? "")?.[1];
  if (!asset || !sha256) throw new Unavailable(`${index}: no ${name} with a SHA-256`);
  return { url: asset.browser_download_url, sha256 };
}

/** Kubernetes' own binaries from dl.k8s.io, each with its `.sha256`. */
export function kubernetesBinaries(commands: readonly string[], version: string): Source {
  return official(async (into, step) => {
    for (const command of commands) {
      const url = `https://dl.k8s.io/release/v${version}/bin/linux/${arch}/${command}`;
      const sha256 = checksumOf(command, await fetchText(`${url}.sha256`), `${url}.sha256`);
      await download({ url, sha256 }, join(into, command), step);
      await chmod(join(into, command), 0o755);
    }
  });
}

/** Pulumi's command line with its language hosts, as get.pulumi.com serves it, checked against the checksums of the GitHub release. */
export function pulumiCli(version: string): Source {
  const name = `pulumi-v${version}-linux-${arch === "amd64" ? "x64" : "arm64"}.tar.gz`;
  const checksums = `https://github.com/pulumi/pulumi/releases/download/v${version}/pulumi-${version}-checksums.txt`;
  return tarball(
    async () => ({
      sha256: checksumOf(name, await fetchText(checksums), checksums),
      url: `https://get.pulumi.com/releases/sdk/${name}`,
    }),
    { strip: 1, under: "bin" },
  );
}

/** Node's own binary as nodejs.org serves it, with the checksums beside it. */
export function nodeRelease(platform: "x64" | "arm64", version: string): Source {
  const folder = `node-v${version}-linux-${platform}`;
  const release = `https://nodejs.org/dist/v${version}`;
  return tarball(
    async () => {
      const [name, checksums] = [`${folder}.tar.gz`, `${release}/SHASUMS256.txt`];
      return { url: `${release}/${name}`, sha256: checksumOf(name, await fetchText(checksums), checksums) };
    },
    { only: [`${folder}/bin/node`] },
  );
}
