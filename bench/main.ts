/**
 * `npm run bench`: measures what the project promises, on an instance of its own, and prints one table.
 * `npm run bench -- --cold` measures a first run as well: it moves no cache, but works with empty ones in a temporary folder.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { findInstance } from "../sandbox/instance";
import { checkout } from "../sandbox/paths";
import { exec } from "../sandbox/process";
import { ConsoleReporter } from "../sandbox/progress";
import { Stack } from "../sandbox/pulumi";
import { ensureTool } from "../sandbox/toolchain";
import { flightToFindings } from "./flight";
import { MemoryPeak } from "./memory";

const INSTANCE = "bench";
const reporter = new ConsoleReporter();

interface Row {
  readonly what: string;
  readonly measured: string;
  readonly bound: string;
}

/** Runs one of the project's npm scripts on the bench's instance. */
async function npm(script: string, args: readonly string[], env: Record<string, string> = {}): Promise<void> {
  await exec("npm", ["run", "--silent", script, "--", "--instance", INSTANCE, ...args], { cwd: checkout, env });
}

async function seconds(title: string, work: () => Promise<unknown>): Promise<number> {
  const start = Date.now();
  await reporter.step(title, work);
  return (Date.now() - start) / 1000;
}

const minutes = (value: number) => `${(value / 60).toFixed(1)} min`;
const remove = () => npm("sandbox:down", ["--purge", "--keep-cache"]);

/** A first run, with nothing cached: tools, Go's caches, Python packages and images are all made again. */
async function cold(): Promise<Row> {
  const folder = mkdtempSync(join(tmpdir(), "drone-lake-cold-"));
  const env = {
    DRONE_LAKE_CACHE: join(folder, "cache"),
    GOCACHE: join(folder, "go-build"),
    GOMODCACHE: join(folder, "go-mod"),
    GOFLAGS: `${process.env.GOFLAGS ?? ""} -modcacherw`.trim(),
    PIP_CACHE_DIR: join(folder, "pip"),
  };
  try {
    const took = await seconds("cold run", () => npm("sandbox", [], env));
    return { what: "npm run sandbox, nothing cached", measured: minutes(took), bound: "<= 30 min" };
  } finally {
    await npm("sandbox:down", ["--purge", "--keep-cache"], env);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { cold: { type: "boolean" } } });
  const rows: Row[] = [];
  await remove();
  if (values.cold) rows.push(await cold());

  // Fills what is not cached yet, so that the next start measures the cluster and the chain alone.
  await reporter.step("filling the caches", () => npm("sandbox", []));
  await npm("sandbox:down", []);
  const warm = await seconds("cluster down, everything cached", () => npm("sandbox", []));
  rows.push({ what: "tools and images cached, cluster down, to findings", measured: minutes(warm), bound: "<= 7 min" });

  const instance = findInstance(INSTANCE);
  if (!instance) throw new Error(`the instance ${INSTANCE} is gone`);
  const peak = new MemoryPeak(instance.cgroup);
  await reporter.step("another flight", () => npm("sandbox", ["--flight-name", `bench-${Date.now()}`]));
  const flight = await flightToFindings(await ensureTool("kubectl", reporter), instance.kubeconfig);
  rows.push({ what: "cluster up, new flight, last photo to findings", measured: minutes(flight), bound: "<= 3 min" });
  const gib = peak.stop() / 1024 ** 3;
  rows.push({
    what: "memory of the sandbox, peak during that flight",
    measured: `${gib.toFixed(1)} GiB`,
    bound: "<= 8 GiB",
  });

  const { env } = await Stack.open(instance, reporter);
  for (const [command, bound] of [
    ["preview", "<= 10 s"],
    ["up", ""],
  ] as const) {
    const flags = command === "up" ? ["--yes", "--skip-preview"] : [];
    const args = [command, ...flags, "--expect-no-changes", "--non-interactive", "--stack", "sandbox"];
    const took = await seconds(`pulumi ${command}`, () => exec("pulumi", args, { cwd: instance.project, env }));
    rows.push({ what: `pulumi ${command} without a change`, measured: `${took.toFixed(1)} s`, bound });
  }
  await remove();

  const width = Math.max(...rows.map(({ what }) => what.length));
  for (const { what, measured, bound } of rows) console.log(`${what.padEnd(width)}  ${measured.padStart(9)}  ${bound}`);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
