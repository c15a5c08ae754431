/** `npm test`: everything that can be checked without a cluster, against real servers where a server is involved. */
import { join } from "node:path";
import { checkout } from "../sandbox/paths";
import { ConsoleReporter } from "../sandbox/progress";
import {
  definitionSets,
  ensureManifests,
  ensurePulumi,
  ensureTool,
  ensureVenv,
  installations,
} from "../sandbox/toolchain";
import { pytestCount, runSuite, Suite, vitestCount } from "./suite";

const reporter = new ConsoleReporter();
const suite = new Suite(reporter);
const bin = (name: string) => join(checkout, "node_modules", ".bin", name);

/** The program, the sandbox and the plugins. What needs no tool goes first, while the other half gets its own. */
async function typescript(): Promise<void> {
  const options = { cwd: checkout, env: { NO_COLOR: "1" } };
  const vitest = (project: string) => ({
    title: `TypeScript tests: ${project}`,
    command: bin("vitest"),
    args: ["run", "--project", project],
    options,
    count: vitestCount,
  });
  await suite.check({ title: "type check", command: bin("tsc"), args: ["--noEmit"], options });
  await suite.check({ title: "lint", command: bin("biome"), args: ["ci", "--colors=off", "."], options });
  await suite.check(vitest("unit"));
  const tools = ["minio", "postgres", "etcd", "kube-apiserver", "kube-controller-manager", "kubectl", "mc"] as const;
  for (const tool of tools) await ensureTool(tool, reporter);
  await ensureManifests(reporter, [...installations, ...definitionSets]);
  await ensurePulumi(reporter);
  await suite.check(vitest("servers"));
}

/** The tasks. */
async function python(): Promise<void> {
  const venv = await ensureVenv(reporter, ["stitch", "detect", "catalog", "sample", "dev"]);
  const DRONE_LAKE_POSTGRES = await ensureTool("postgres", reporter);
  const DRONE_LAKE_MINIO = await ensureTool("minio", reporter);
  const options = { cwd: join(checkout, "tasks"), env: { DRONE_LAKE_MINIO, DRONE_LAKE_POSTGRES } };
  const tool = (name: string) => join(venv, "bin", name);
  await suite.check({ title: "Python lint", command: tool("ruff"), args: ["check"], options });
  await suite.check({ title: "Python format", command: tool("ruff"), args: ["format", "--check"], options });
  await suite.check({ title: "Python types", command: tool("mypy"), args: ["src"], options });
  await suite.check({
    title: "Python tests",
    command: tool("pytest"),
    args: ["-q", "-p", "no:cacheprovider"],
    options,
    count: pytestCount,
  });
}

/** Both halves at once: each waits often for servers, and a machine has two cores at least. */
async function main(): Promise<number> {
  const halves = await Promise.allSettled([typescript(), python()]);
  for (const half of halves) if (half.status === "rejected") throw half.reason;
  return suite.finish();
}

runSuite(main);
