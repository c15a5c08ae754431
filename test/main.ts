/** `npm test`: everything that can be checked without a cluster, against real servers where a server is involved. */
import { join } from "node:path";
import { checkout } from "../sandbox/paths";
import { ConsoleReporter } from "../sandbox/progress";
import { ensurePulumi, ensureTool, ensureVenv } from "../sandbox/toolchain";
import { pytestCount, runSuite, Suite, vitestCount } from "./suite";

const bin = (name: string) => join(checkout, "node_modules", ".bin", name);

async function main(): Promise<number> {
  const reporter = new ConsoleReporter();
  const suite = new Suite(reporter);
  const tools = ["etcd", "kube-apiserver", "kube-controller-manager", "kubectl", "mc"] as const;
  const minio = await ensureTool("minio", reporter);
  const postgres = await ensureTool("postgres", reporter);
  for (const tool of tools) await ensureTool(tool, reporter);
  await ensurePulumi(reporter);
  const venv = await ensureVenv(reporter, ["stitch", "detect", "catalog", "sample", "dev"]);

  const node = { cwd: checkout, env: { NO_COLOR: "1" } };
  const python = { cwd: join(checkout, "tasks"), env: { DRONE_LAKE_MINIO: minio, DRONE_LAKE_POSTGRES: postgres } };
  await suite.check({ title: "type check", command: bin("tsc"), args: ["--noEmit"], options: node });
  await suite.check({ title: "lint", command: bin("biome"), args: ["ci", "--colors=off", "."], options: node });
  for (const project of ["unit", "servers"]) {
    await suite.check({
      title: `TypeScript tests: ${project}`,
      command: bin("vitest"),
      args: ["run", "--project", project],
      options: node,
      count: vitestCount,
    });
  }
  await suite.check({ title: "Python lint", command: join(venv, "bin", "ruff"), args: ["check"], options: python });
  await suite.check({
    title: "Python format",
    command: join(venv, "bin", "ruff"),
    args: ["format", "--check"],
    options: python,
  });
  await suite.check({ title: "Python types", command: join(venv, "bin", "mypy"), args: ["src"], options: python });
  await suite.check({
    title: "Python tests",
    command: join(venv, "bin", "pytest"),
    args: ["-q", "-p", "no:cacheprovider"],
    options: python,
    count: pytestCount,
  });
  return suite.finish();
}

runSuite(main);
