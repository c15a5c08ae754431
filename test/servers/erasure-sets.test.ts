import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, it } from "vitest";
import { erasureLayout, type PoolShape } from "../../config/erasure";
import { ConsoleReporter } from "../../sandbox/progress";
import { ensureTool } from "../../sandbox/toolchain";
import { freePort, tied } from "./processes";

const folder = mkdtempSync(join(tmpdir(), "erasure-test-"));
let server: ChildProcess | undefined;
afterEach(async () => {
  if (server?.exitCode === null) {
    const ended = new Promise((resolve) => server?.once("exit", resolve));
    server.kill("SIGKILL");
    await ended;
  }
  rmSync(folder, { recursive: true, force: true });
});

interface Format {
  xl: { this: string; sets: string[][] };
}

/** `{0...3}` for four, as the program writes it. */
const ellipsis = (count: number) => (count === 1 ? "0" : `{0...${count - 1}}`);

/**
 * Lets MinIO format drives that lie in folders, one for each node: it cuts them up by the same rule as drives of many
 * hosts. Returns the node of each drive, set by set, or what MinIO says when it refuses.
 */
async function format({ nodes, drivesPerNode }: PoolShape, parity?: number): Promise<number[][] | string> {
  const minio = await ensureTool("minio", new ConsoleReporter({ out: { write: () => undefined } }));
  const drives = Array.from({ length: nodes * drivesPerNode }, (_, i) => {
    return {
      node: i % nodes,
      file: join(folder, `n${i % nodes}`, `d${Math.floor(i / nodes)}`, ".minio.sys/format.json"),
    };
  });
  const at = `127.0.0.1:${await freePort()}`;
  const paths = join(folder, `n${ellipsis(nodes)}`, `d${ellipsis(drivesPerNode)}`);
  const { command, args } = tied(minio, ["server", "--address", at, paths]);
  const env = { PATH: process.env.PATH, HOME: folder, MINIO_CI_CD: "on", MINIO_BROWSER: "off" };
  const started = spawn(command, args, {
    env: { ...env, ...(parity && { MINIO_STORAGE_CLASS_STANDARD: `EC:${parity}` }) },
  });
  server = started;
  let output = "";
  for (const stream of [started.stdout, started.stderr]) stream?.on("data", (data) => (output += String(data)));
  while (started.exitCode === null && !drives.every(({ file }) => existsSync(file))) await sleep(50);
  // A parity that does not fit is found out once the drives are there.
  const health = () =>
    fetch(`http://${at}/minio/health/cluster`).then(
      ({ ok }) => ok,
      () => false,
    );
  while (started.exitCode === null && !(await health())) await sleep(50);
  if (started.exitCode !== null) return output;
  const formats = drives.map(({ node, file }) => ({ node, ...(JSON.parse(readFileSync(file, "utf8")) as Format) }));
  const nodeOf = new Map(formats.map(({ node, xl }) => [xl.this, node]));
  return formats[0]!.xl.sets.map((set) => set.map((drive) => nodeOf.get(drive)!));
}

it.each([
  { nodes: 4, drivesPerNode: 1 },
  { nodes: 4, drivesPerNode: 2 },
  { nodes: 3, drivesPerNode: 4 },
  { nodes: 5, drivesPerNode: 4 },
  { nodes: 6, drivesPerNode: 4 },
  { nodes: 4, drivesPerNode: 8 },
  { nodes: 32, drivesPerNode: 1 },
])("MinIO cuts $nodes nodes of $drivesPerNode drives into the sets that the config counts on", async (pool) => {
  const sets = await format(pool);
  const layout = erasureLayout(pool)!;
  const most = (set: number[]) => Math.max(...set.map((node) => set.filter((other) => other === node).length));
  expect(Array.isArray(sets) && sets.map((set) => [set.length, most(set)])).toEqual(
    Array(layout.sets).fill([layout.setSize, layout.drivesPerSetOnNode]),
  );
});

it("MinIO refuses what the config refuses: drives that cannot be spread, and more parity than half a set", async () => {
  expect(erasureLayout({ nodes: 17, drivesPerNode: 1 })).toBeUndefined();
  expect(await format({ nodes: 17, drivesPerNode: 1 })).toMatch(/not divisible by any supported erasure set sizes/);
  expect(await format({ nodes: 4, drivesPerNode: 1 }, 3)).toMatch(/parity 3 should be less than or equal to 2/);
});
