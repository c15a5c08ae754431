/**
 * `npm run bench`: measures what the project promises, on an instance of its own, and prints one table.
 * `npm run bench -- --cold` measures a first run as well: it moves no cache, but works with empty ones in a temporary folder.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { SAMPLE } from "../sandbox/flight";
import { findInstance, type Instance } from "../sandbox/instance";
import { checkout } from "../sandbox/paths";
import { exec, interruptChildren } from "../sandbox/process";
import { ConsoleReporter } from "../sandbox/progress";
import { Stack } from "../sandbox/pulumi";
import { ensureTool } from "../sandbox/toolchain";
import { s3Client } from "../test/s3";
import { flightToFindings } from "./flight";
import { MemoryPeak } from "./memory";
import { parityRows } from "./parity";
import { printTable, type Row } from "./table";

const INSTANCE = "bench";
const reporter = new ConsoleReporter();

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

/** Tools and images cached, the cluster down: from the command to the findings, and the memory on the way. */
async function warm(): Promise<Row[]> {
  // Fills what is not cached yet, so that the start that counts measures the cluster and the chain alone.
  await reporter.step("filling the caches", () => npm("sandbox", ["--no-flight"]));
  const peak = new MemoryPeak(instance().cgroup);
  await npm("sandbox:down", ["--purge", "--keep-cache"]);
  const took = await seconds("cluster down, everything cached", () => npm("sandbox", []));
  const gib = peak.stop() / 1024 ** 3;
  return [
    { what: "tools and images cached, cluster down, to findings", measured: minutes(took), bound: "<= 7 min" },
    { what: "memory of the whole sandbox, peak", measured: `${gib.toFixed(1)} GiB`, bound: "<= 8 GiB" },
  ];
}

async function anotherFlight(stack: Stack): Promise<Row> {
  const name = `bench-${Date.now()}`;
  await reporter.step("another flight", () => npm("sandbox", ["--flight-name", name]));
  const s3 = s3Client(await stack.outputs(), "stagiair");
  const kubectl = await ensureTool("kubectl", reporter);
  const took = await flightToFindings(s3, `${SAMPLE.project}/${name}`, kubectl, instance().kubeconfig);
  return { what: "cluster up, new flight, last photo to findings", measured: minutes(took), bound: "<= 3 min" };
}

async function withoutChange(stack: Stack): Promise<Row[]> {
  const preview = await seconds("preview", () => stack.exec(["preview", "--expect-no-changes"]));
  const up = await seconds("up", () => stack.exec(["up", "--yes", "--skip-preview", "--expect-no-changes"]));
  return [
    { what: "pulumi preview without a change", measured: `${preview.toFixed(1)} s`, bound: "<= 10 s" },
    { what: "pulumi up without a change", measured: `${up.toFixed(1)} s`, bound: "0 changes" },
  ];
}

function instance(): Instance {
  const found = findInstance(INSTANCE);
  if (!found) throw new Error(`the instance ${INSTANCE} is gone`);
  return found;
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { cold: { type: "boolean" } } });
  const rows: Row[] = [];
  await remove();
  try {
    if (values.cold) rows.push(await cold());
    rows.push(...(await warm()));
    const stack = await Stack.open(instance(), reporter);
    rows.push(await anotherFlight(stack));
    rows.push(...(await withoutChange(stack)));
    rows.push(...(await parityRows(instance().kubeconfig, reporter)));
  } finally {
    await remove();
    printTable(rows);
  }
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => void interruptChildren().then(() => process.exit(1)));
}
main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  },
);
