import { cp, mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { cacheDir } from "../paths";
import { type ExecOptions, exec } from "../process";
import type { Step } from "../progress";
import { checksumOf, download, fetchText } from "./download";
import { Unavailable, withSpace } from "./errors";
import { moduleSum } from "./gosum";
import { arch } from "./platform";
import { ensureFolder } from "./store";
import { versions } from "./versions";

/** A Go compiler with the environment that it runs in. */
interface Go {
  readonly bin: string;
  readonly env: Record<string, string | undefined>;
}

/** Commands to build from one Go module. */
export interface GoBuild {
  module: string;
  version: string;
  /** Output name to import path of its main package; relative (`./cmd/x`) for builds inside the module itself. */
  commands: Record<string, string>;
  /** Linker flags beyond the stripping of symbols. */
  ldflags?: string;
  /**
   * A module that cannot be built where it lies, since its go.mod has relative `replace` lines, is built from a module of ours that requires
   * it: the requirements beside the module itself, and the oldest Go that these allow. `source` is a folder with commands of our own that
   * are built in it, where the module has packages alone.
   */
  wrapper?: { go: string; requires: Record<string, string>; source?: string };
}

/** What a cold build writes at most into Go's caches and the output together. */
const BUILD_BYTES = 4 * 1024 ** 3;

/** `1.26.8` ≥ `1.26.0`; a pre-release counts as older than any release. */
export function atLeast(version: string, minimum: string): boolean {
  const parts = (text: string) => (/^\d+(\.\d+)*$/.test(text) ? text : "0").split(".").map(Number);
  const [have, need] = [parts(version), parts(minimum)];
  for (let i = 0; i < need.length; i++) {
    if ((have[i] ?? 0) !== (need[i] ?? 0)) return (have[i] ?? 0) > (need[i] ?? 0);
  }
  return true;
}

let found: Promise<Go> | undefined;

/** The Go to build with: on PATH if it is new enough, else the pinned one, official or as a module from the configured proxy. */
export function ensureGo(step: Step): Promise<Go> {
  found ??= findGo(step).catch((error) => {
    found = undefined;
    throw error;
  });
  return found;
}

/** The same flags on every machine: static, without paths of the machine, and without a checkout's state. */
const buildEnv = { CGO_ENABLED: "0", GOFLAGS: "-buildvcs=false -trimpath", GOWORK: "off", GOOS: "linux", GOARCH: arch };

async function findGo(step: Step): Promise<Go> {
  try {
    const { stdout } = await exec("go", ["env", "GOVERSION"], { env: { GOTOOLCHAIN: "local" }, timeoutMs: 30_000 });
    if (atLeast(stdout.trim().replace(/^go/, ""), versions.go)) return { bin: "go", env: buildEnv };
    step.log(`go on PATH is ${stdout.trim()}, older than ${versions.go}`);
  } catch (error) {
    step.log(`no usable go on PATH: ${(error as Error).message.split("\n")[0]}`);
  }
  const root = await ensureFolder(join(cacheDir(), "tools", "go", versions.go), step, (into) =>
    withSpace([into], 1024 ** 3, () => fetchGo(into, step)),
  );
  const home = join(cacheDir(), "go");
  const env = {
    ...buildEnv,
    GOTOOLCHAIN: "local",
    GOROOT: root,
    GOMODCACHE: join(home, "mod"),
    GOCACHE: join(home, "build"),
  };
  return { bin: join(root, "bin", "go"), env };
}

async function fetchGo(into: string, step: Step): Promise<void> {
  try {
    const file = `go${versions.go}.linux-${arch}.tar.gz`;
    const url = `https://dl.google.com/go/${file}`;
    const sha256 = checksumOf(file, await fetchText(`${url}.sha256`), `${url}.sha256`);
    await download({ url, sha256 }, join(into, file), step);
    await exec("tar", ["-xzf", join(into, file), "-C", into, "--strip-components=1", "--no-same-owner"], { step });
    await rm(join(into, file));
    return;
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    step.log(error.message);
  }
  await fetchGoModule(into, step);
}

/** The Go toolchain as it is published for `GOTOOLCHAIN`: a module zip, checked against the checksum pinned in versions.json. */
async function fetchGoModule(into: string, step: Step): Promise<void> {
  const name = `golang.org/toolchain@v0.0.1-go${versions.go}.linux-${arch}`;
  const [, tag] = name.split("@");
  const proxies = (process.env.GOPROXY || "https://proxy.golang.org").split(/[,|]/).filter((p) => p.startsWith("http"));
  const reasons: string[] = [];
  for (const proxy of proxies) {
    try {
      const zip = join(into, "toolchain.zip");
      await download(
        { url: `${proxy.replace(/\/$/, "")}/golang.org/toolchain/@v/${tag}.zip`, sha256: undefined },
        zip,
        step,
      );
      await exec("python3", ["-m", "zipfile", "-e", zip, join(into, "zip")], { step });
      await rm(zip);
      const sum = await moduleSum(join(into, "zip"), name);
      if (sum !== versions.goToolchainSums[arch]) {
        throw new Error(
          `${name} from ${new URL(proxy).host}: checksum mismatch: is ${sum}, pinned ${versions.goToolchainSums[arch]}; not used`,
        );
      }
      for (const entry of await readdir(join(into, "zip", name))) {
        await rename(join(into, "zip", name, entry), join(into, entry));
      }
      await rm(join(into, "zip"), { recursive: true });
      // A module zip keeps no permissions.
      await exec("chmod", ["-R", "+x", join(into, "bin"), join(into, "pkg", "tool")], {});
      return;
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      reasons.push(error.message);
    }
  }
  throw new Unavailable(`no Go ${versions.go}: ${reasons.join("; ") || "GOPROXY names no server"}`);
}

/** Runs `go`; what a proxy or the network refuses becomes `Unavailable`. */
export async function go(args: readonly string[], step: Step, options: ExecOptions = {}): Promise<string> {
  const { bin, env } = await ensureGo(step);
  return (await exec(bin, args, { ...options, step, env: { ...env, ...options.env } })).stdout;
}

/** The unpacked source of a module at a version, in Go's module cache (read-only). */
export async function moduleDir(module: string, version: string, step: Step): Promise<string> {
  // Outside of any module, so that no go.mod of the caller's folder takes part.
  const out = await go(["mod", "download", "-json", `${module}@v${version}`], step, { cwd: tmpdir() });
  return (JSON.parse(out) as { Dir: string }).Dir;
}

let builds: Promise<unknown> = Promise.resolve();

/** Builds the commands of one module into the folder `into`, in one run of the compiler; the compiler uses all cores, so one build at a time. */
export function goBuild(build: GoBuild, into: string, step: Step): Promise<void> {
  step.note("waiting for the compiler");
  const turn = builds.then(() => buildNow(build, into, step));
  builds = turn.catch(() => {});
  return turn;
}

async function buildNow(build: GoBuild, into: string, step: Step): Promise<void> {
  const { env } = await ensureGo(step);
  const caches = await Promise.all(
    ["GOCACHE", "GOMODCACHE"].map(async (name) => env[name] ?? (await go(["env", name], step)).trim()),
  );
  await withSpace([into, ...caches], BUILD_BYTES, async () => {
    step.note(`building ${build.module} ${build.version} (${Object.keys(build.commands).join(", ")})`);
    const scratch = await mkdtemp(join(into, ".work-"));
    try {
      if (build.wrapper) await buildInWrapper(build, build.wrapper, scratch, step);
      else await buildInPlace(build, scratch, step);
      for (const [name, path] of Object.entries(build.commands)) {
        await mkdir(dirname(join(into, name)), { recursive: true });
        await rename(join(scratch, "out", outputName(path, build)), join(into, name));
      }
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  });
}

/** The name that `go build -o folder/` gives to a command. */
function outputName(importPath: string, build: GoBuild): string {
  const path = importPath === "." ? build.module : importPath;
  return path.split("/").at(-1) as string;
}

const ldflags = (build: GoBuild) => ["-ldflags", `-s -w${build.ldflags ? ` ${build.ldflags}` : ""}`];

async function buildInPlace(build: GoBuild, scratch: string, step: Step): Promise<void> {
  const cwd = await moduleDir(build.module, build.version, step);
  await mkdir(join(scratch, "out"));
  const args = ["build", "-mod=readonly", ...ldflags(build), "-o", `${join(scratch, "out")}/`];
  await go([...args, ...Object.values(build.commands)], step, { cwd, env: { GOTMPDIR: scratch } });
}

async function buildInWrapper(
  build: GoBuild,
  { go: oldest, requires, source }: NonNullable<GoBuild["wrapper"]>,
  scratch: string,
  step: Step,
) {
  await mkdir(join(scratch, "out"));
  const all = { [build.module]: build.version, ...requires };
  const lines = Object.entries(all).map(([module, version]) => `\t${module} v${version}`);
  await writeFile(join(scratch, "go.mod"), `module tools\n\ngo ${oldest}\n\nrequire (\n${lines.join("\n")}\n)\n`);
  if (source !== undefined) await cp(source, scratch, { recursive: true });
  else {
    const imports = Object.values(build.commands).map((path) => `import _ "${path}"`);
    await writeFile(join(scratch, "tools.go"), `//go:build tools\n\npackage tools\n\n${imports.join("\n")}\n`);
  }
  const args = ["build", "-mod=mod", ...ldflags(build), "-o", `${join(scratch, "out")}/`];
  await go([...args, ...Object.values(build.commands)], step, { cwd: scratch, env: { GOTMPDIR: scratch } });
}
