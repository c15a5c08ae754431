import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { cacheDir } from "../paths";
import { exec } from "../process";
import type { Step } from "../progress";
import { Unavailable, withSpace } from "./errors";
import { withLock } from "./lock";
import { versions } from "./versions";

/** A Debian package at a version. */
export interface DebianPackage {
  name: string;
  version: string;
  /**
   * How much of the version must stay when the archive has dropped the pinned one for a security update: all of the upstream version by default, or
   * a prefix of it such as `15.` for PostgreSQL, whose minor versions are such updates.
   */
  series?: string;
}

const PACKAGE_BYTES = 512 * 1024 ** 2;

/** `1:1.35.0-4+deb12u1` → `1.35.0`. */
export function upstream(version: string): string {
  return version.replace(/^\d+:/, "").replace(/-[^-]*$/, "");
}

/** The version to take of those that the archive offers: the pinned one, else the newest (the first) of its series. */
export function chooseVersion(
  { version, series }: Omit<DebianPackage, "name">,
  offered: readonly string[],
): string | undefined {
  if (offered.includes(version)) return version;
  return offered.find((other) => (series ? upstream(other).startsWith(series) : upstream(other) === upstream(version)));
}

/** The version of an installed package, if it is fully installed. */
export async function installedVersion(name: string): Promise<string | undefined> {
  try {
    const { stdout } = await exec("dpkg-query", ["-W", "-f", "${db:Status-Abbrev}${Version}", name]);
    return stdout.startsWith("ii ") ? stdout.slice(3).trim() : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Unpacks packages into `into` as they would lie under `/`, without installing them. With `closure`, also all libraries and data
 * that they depend on, and of the rest what `also` names.
 */
export async function unpackPackages(
  packages: readonly DebianPackage[],
  into: string,
  step: Step,
  options: { closure?: boolean; also?: readonly string[] } = {},
) {
  await requireApt();
  await withSpace([into], PACKAGE_BYTES, async () => {
    const scratch = await mkdtemp(join(into, ".debs-"));
    try {
      const apt = await resolvePins(packages, step);
      const chosen = apt.chosen.map(({ name, version }) => `${name}=${version}`);
      const extra = options.closure ? await dependencies(chosen, options.also ?? [], apt.options, step) : [];
      step.note(
        `fetching ${packages.map(({ name }) => name).join(", ")} from Debian${extra.length ? ` with ${extra.length} libraries` : ""}`,
      );
      // Root would hand the download to the user _apt, who cannot enter the cache.
      const args = [...apt.options, "-o", "APT::Sandbox::User=root", "download", ...chosen, ...extra];
      await exec("apt-get", args, { cwd: scratch, step, env: { LC_ALL: "C" } });
      for (const file of await readdir(scratch)) {
        if (file.endsWith(".deb")) await exec("dpkg-deb", ["-x", join(scratch, file), into], { step });
      }
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  });
}

async function requireApt(): Promise<void> {
  if (!existsSync("/usr/bin/apt-get")) {
    throw new Unavailable(
      "this machine has no apt-get: the sandbox takes this from Debian packages and needs Debian 12 or a machine like it",
    );
  }
}

interface Resolved {
  chosen: { name: string; version: string }[];
  /** Command line options that make apt use the lists that were found to hold the versions. */
  options: string[];
}

/** Finds a version of every package in the machine's own package lists, or, where these lack one, in fresh lists in a folder of ours. */
async function resolvePins(packages: readonly DebianPackage[], step: Step): Promise<Resolved> {
  const known = await choose(packages, []);
  if (!("missing" in known) && known.exact) return known;
  const options = await freshLists(step);
  const fresh = await choose(packages, options);
  const found = "missing" in fresh ? known : fresh;
  if ("missing" in found) {
    throw new Unavailable(
      `the machine's Debian sources do not offer ${found.missing}: add Debian ${versions.debian.suite} and its security updates to /etc/apt/sources.list`,
    );
  }
  for (const { name, version, pinned } of found.chosen) {
    if (version !== pinned) step.note(`Debian no longer has ${name} ${pinned}: taking ${version}`);
  }
  return found;
}

type Choice =
  | { chosen: { name: string; version: string; pinned: string }[]; exact: boolean; options: string[] }
  | { missing: string };

async function choose(packages: readonly DebianPackage[], options: string[]): Promise<Choice> {
  const chosen = [];
  for (const wanted of packages) {
    const version = chooseVersion(wanted, await offeredVersions(wanted.name, options));
    if (!version) return { missing: `${wanted.name} ${wanted.version}` };
    chosen.push({ name: wanted.name, version, pinned: wanted.version });
  }
  return { chosen, exact: chosen.every(({ version, pinned }) => version === pinned), options };
}

/** The versions of a package that its sources offer, newest first; what is only installed does not count. */
async function offeredVersions(name: string, options: readonly string[]): Promise<string[]> {
  const { stdout } = await exec("apt-cache", [...options, "madison", name], { env: { LC_ALL: "C" } });
  const lines = stdout.split("\n").map((line) => line.split("|").map((field) => field.trim()));
  return lines.filter(([, , source]) => source?.endsWith("Packages")).map(([, version]) => version as string);
}

let lists: Promise<string[]> | undefined;

/** Fetches the package lists of the machine's own sources into our cache, once a run; the machine's lists stay as they are. */
function freshLists(step: Step): Promise<string[]> {
  lists ??= (async () => {
    const state = join(cacheDir(), "apt");
    await mkdir(join(state, "lists", "partial"), { recursive: true });
    await mkdir(join(state, "cache", "archives", "partial"), { recursive: true });
    const options = ["-o", `Dir::State::lists=${join(state, "lists")}`, "-o", `Dir::Cache=${join(state, "cache")}`];
    step.note("reading Debian's package lists");
    // A source that does not answer must not keep the others from being used: what is missing shows when a package is looked up.
    const args = [
      ...options,
      "-o",
      "APT::Sandbox::User=root",
      "-o",
      "Acquire::http::Timeout=15",
      "-o",
      "Acquire::https::Timeout=15",
      "update",
    ];
    const update = () => exec("apt-get", args, { step, env: { LC_ALL: "C" }, allowed: [0, 100] });
    await withLock(
      join(state, "lock"),
      () => step.note("waiting for another run that reads Debian's package lists"),
      update,
    );
    return options;
  })().catch((error) => {
    // A failure must not be remembered: the next package may come when it has passed.
    lists = undefined;
    throw error;
  });
  return lists;
}

/** Of what a program depends on, that which is files for it to load; the rest are programs and settings of a whole system. */
const LOADED = /^(lib|zlib1g$|proj-data$|gdal-data$|postgresql-)/;
/** The machine's own, whatever the rest: the loader and the C library belong together. */
const MACHINES_OWN = /^libc(6|-bin|-l10n)$/;

/**
 * `name=version` of all libraries and data, and whatever `also` names, that `chosen` needs, as if nothing were installed: what the machine has today, it may have in another
 * version tomorrow, or not at all.
 */
async function dependencies(
  chosen: readonly string[],
  also: readonly string[],
  options: readonly string[],
  step: Step,
): Promise<string[]> {
  const simulate = [
    "--simulate",
    "--no-install-recommends",
    "-o",
    "Dir::State::status=/dev/null",
    "-o",
    "Debug::NoLocking=1",
  ];
  const { stdout } = await exec("apt-get", [...options, ...simulate, "install", ...chosen], {
    step,
    env: { LC_ALL: "C" },
  });
  const names = new Set(chosen.map((item) => item.split("=")[0]));
  const extra: string[] = [];
  for (const line of stdout.split("\n")) {
    // Inst libgdal32 (3.6.2+dfsg-1+b2 Debian:12.5/stable [amd64])
    const [, name, version] = /^Inst (\S+)(?: \[[^\]]*\])? \((\S+) /.exec(line) ?? [];
    if (!name || names.has(name) || MACHINES_OWN.test(name)) continue;
    if (LOADED.test(name) || also.includes(name)) extra.push(`${name}=${version}`);
  }
  return extra;
}
