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
import { type Check, pytestCount, runSuite, Suite, vitestCount } from "./suite";

const reporter = new ConsoleReporter();
const suite = new Suite(reporter);
const bin = (name: string) => join(checkout, "node_modules", ".bin", name);

const node = { cwd: checkout, env: { NO_COLOR: "1" } };

function vitest(project: string): Check {
  const args = ["run", "--project", project];
  return { title: `TypeScript tests: ${project}`, command: bin("vitest"), args, options: node, count: vitestCount };
}

/** The local plugins, the program and what goes with it against real servers. */
async function servers(): Promise<void> {
  const tools = [
    ...(["minio", "postgres", "etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"] as const),
    ...(["kubectl", "mc", "tekton-pipelines"] as const),
    ...(["containerd", "runc", "cni-plugins", "iptables", "network-policy-enforcer"] as const),
  ];
  for (const tool of tools) await ensureTool(tool, reporter);
  await ensureManifests(reporter, [...installations, ...definitionSets]);
  await ensurePulumi(reporter);
  await suite.check(vitest("servers"));
}

/** What needs no server. */
async function typescript(): Promise<void> {
  await suite.check({ title: "type check", command: bin("tsc"), args: ["--noEmit"], options: node });
  await suite.check({ title: "lint", command: bin("biome"), args: ["ci", "--colors=off", "."], options: node });
  const actionlint = await ensureTool("actionlint", reporter);
  await suite.check({
    title: "workflows of GitHub",
    command: actionlint,
    args: ["-shellcheck=", "-pyflakes="],
    options: node,
  });
  await suite.check(vitest("unit"));
}

/** The tasks. */
async function python(): Promise<void> {
  const venv = await ensureVenv(reporter, ["stitch", "detect", "catalog", "serve", "sample", "dev"]);
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

/** Side by side, since each waits often: for a server, for the disk, for its one slow test. */
async function main(): Promise<number> {
  const lanes = await Promise.allSettled([servers(), typescript(), python()]);
  for (const lane of lanes) if (lane.status === "rejected") throw lane.reason;
  return suite.finish();
}

runSuite(main);
