import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ensureImages } from "../../sandbox/images";
import { checkout } from "../../sandbox/paths";
import { exec } from "../../sandbox/process";
import type { Reporter } from "../../sandbox/progress";
import { ensurePulumi, ensureTool, postgresBin, postgresEnv } from "../../sandbox/toolchain";
import { withoutEngineLog } from "../../sandbox/toolchain/engine-log";
import { addLocalPlugin, type PluginName } from "../../sandbox/toolchain/plugins";
import versions from "../../versions.json";
import { startMinio } from "./minio-server";
import { startPostgres } from "./postgres-server";
import { Processes } from "./processes";

/**
 * Runs the record of the official plugins, in the folder `parity`, against the local ones: on a cluster that has Tekton, with an
 * object store and a database of its own. Returns what the runner prints: seconds a step, and `N passed, N failed`.
 */
export async function runConformance(parity: string, kubeconfig: string, reporter: Reporter): Promise<string> {
  const { root } = await ensurePulumi(reporter);
  const kubectl = await ensureTool("kubectl", reporter);
  const mc = await ensureTool("mc", reporter);
  const postgresRoot = await ensureTool("postgres", reporter);
  const { shell } = await ensureImages(["shell"], reporter);
  const folder = await mkdtemp(join(tmpdir(), "parity-servers-"));
  const home = join(folder, "pulumi-home");
  for (const name of Object.keys(versions.plugins) as PluginName[]) await addLocalPlugin(home, name);
  await withoutEngineLog(home);
  const processes = new Processes(folder);
  const { minio, stop } = await startMinio(join(folder, "minio"), processes, reporter);
  try {
    const postgres = await startPostgres(join(folder, "postgres"), processes, reporter);
    const { stdout } = await exec("node", [join(parity, "conformance.cjs")], {
      cwd: checkout,
      allowed: [0, 1],
      env: {
        ...(await postgresEnv(postgresRoot)),
        PATH: [await postgresBin(postgresRoot), dirname(kubectl), process.env.PATH].join(":"),
        PULUMI_ROOT: root,
        PULUMI_HOME: home,
        KUBECONFIG: kubeconfig,
        BUSYBOX_IMAGE: shell.ref,
        MINIO_ENDPOINT: minio.endpoint,
        MINIO_USER: minio.user,
        MINIO_PASSWORD: minio.password,
        MC: mc,
        PG_HOST: postgres.host,
        PG_PORT: String(postgres.port),
        PG_USER: postgres.user,
        PG_PASSWORD: postgres.password,
      },
    });
    return stdout;
  } finally {
    await processes.stop();
    stop();
    await rm(folder, { recursive: true, force: true });
  }
}
