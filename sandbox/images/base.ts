import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cacheDir } from "../paths";
import { exec } from "../process";
import type { Reporter, Step } from "../progress";
import { ensureTool, versions } from "../toolchain";
import { probe } from "../toolchain/download";
import { Unavailable, withSpace } from "../toolchain/errors";
import { ensureFolder, isComplete } from "../toolchain/store";
import { type AptSource, aptSources, sourcesList } from "./apt";
import { packLayout } from "./oci";

/** The base of our images as a registry knows it; where none answers, the same is made with debootstrap. */
export const baseImage = `debian:${versions.debian.suite}-slim`;

/** What takes the place of `${BASE}` in a Dockerfile: an image to pull, or an OCI layout on this machine. */
export type Base = { image: string } | { layout: string; digest: string };

const BASE_BYTES = 1024 ** 3;

export async function ensureBase(report: Reporter): Promise<Base> {
  const layout = join(cacheDir(), "images", `base-${versions.debian.suite}`);
  if (!isComplete(layout)) {
    try {
      await probe("https://registry-1.docker.io/v2/");
      return { image: `docker.io/library/${baseImage}` };
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
    }
    await report.step(`base image Debian ${versions.debian.suite}`, async (step) => {
      const debootstrap = await ensureDebootstrap(report);
      await ensureFolder(layout, step, (into) =>
        withSpace([into], BASE_BYTES, () => makeBase(into, debootstrap, step)),
      );
    });
  }
  const index = JSON.parse(await readFile(join(layout, "index.json"), "utf8")) as { manifests: { digest: string }[] };
  return { layout, digest: index.manifests[0]?.digest as string };
}

/** The script and the folder of its functions. */
async function ensureDebootstrap(report: Reporter): Promise<{ script: string; functions: string }> {
  const script = await ensureTool("debootstrap", report);
  return { script, functions: join(script, "..", "..", "share", "debootstrap") };
}

/** What a container's system does without: manuals, translations and the like. The licences stay. */
const EXCLUDED = [
  "/usr/share/doc/*",
  "/usr/share/man/*",
  "/usr/share/info/*",
  "/usr/share/locale/*",
  "/usr/share/lintian/*",
];
const KEPT = ["/usr/share/doc/*/copyright", "/usr/share/locale/locale.alias"];

async function makeBase(into: string, debootstrap: { script: string; functions: string }, step: Step): Promise<void> {
  const sources = await aptSources();
  const main = sources.find(({ suite }) => suite === versions.debian.suite);
  if (!main)
    throw new Error(`no source of Debian ${versions.debian.suite} in /etc/apt: it is what the base image is made from`);
  const root = join(into, "root");
  step.note(`debootstrap from ${new URL(main.uri).host}`);
  const args = [
    "--variant=minbase",
    "--keyring=/usr/share/keyrings/debian-archive-keyring.gpg",
    main.suite,
    root,
    main.uri,
  ];
  // What it mounts in the new system is in a namespace of its own, and gone with it however it ends.
  await exec("unshare", ["--mount", "sh", debootstrap.script, ...args], {
    env: { DEBOOTSTRAP_DIR: debootstrap.functions, LC_ALL: "C" },
    step,
  });
  step.note("packing");
  await settle(root, sources);
  const epoch = Math.floor(Date.now() / 1000);
  await packLayout(root, into, epoch, step);
  await rm(root, { recursive: true });
}

/** Makes a fresh system small and quick to add to, and gives it the machine's Debian sources. */
async function settle(root: string, sources: readonly AptSource[]): Promise<void> {
  const rules = [
    ...EXCLUDED.map((path) => `path-exclude ${path}`),
    ...KEPT.map((path) => `path-include ${path}`),
    "force-unsafe-io",
  ];
  await writeFile(join(root, "etc/dpkg/dpkg.cfg.d/container"), `${rules.join("\n")}\n`);
  await writeFile(join(root, "etc/apt/sources.list"), sourcesList(sources));
  // A container has no init: services are not started when their package comes.
  await writeFile(join(root, "usr/sbin/policy-rc.d"), "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  const emptied = [
    "usr/share/man",
    "usr/share/info",
    "usr/share/locale",
    "usr/share/lintian",
    "var/lib/apt/lists",
    "var/cache/apt",
    "var/log",
    "dev",
  ];
  for (const folder of emptied) {
    for (const entry of await readdir(join(root, folder)).catch(() => []))
      await rm(join(root, folder, entry), { recursive: true });
  }
  for (const folder of ["var/lib/apt/lists/partial", "var/cache/apt/archives/partial"])
    await mkdir(join(root, folder), { recursive: true });
  const docs = join(root, "usr/share/doc");
  for (const name of await readdir(docs)) {
    for (const file of await readdir(join(docs, name)).catch(() => [])) {
      if (file !== "copyright") await rm(join(docs, name, file), { recursive: true });
    }
  }
  for (const file of ["etc/resolv.conf", "etc/hostname"]) if (existsSync(join(root, file))) await rm(join(root, file));
}
