import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { ensureImages } from "../../sandbox/images";
import { checkout } from "../../sandbox/paths";
import { exec } from "../../sandbox/process";
import { ensurePulumi, ensureTool, postgresBin, postgresEnv } from "../../sandbox/toolchain";
import { startMinio } from "../servers/minio-server";
import { startPostgres } from "../servers/postgres-server";
import { Processes } from "../servers/processes";
import { instance, reporter, sharedFolder } from "./context";

/** The local plugins against what the official ones did, on the embedded cluster and with servers of the test's own. */
export function theOfficialRecord(): void {
  const folder = sharedFolder("parity");
  it.runIf(folder)("every step is as recorded", async () => {
    const { root, home } = await ensurePulumi(reporter);
    const kubectl = await ensureTool("kubectl", reporter);
    const postgresRoot = await ensureTool("postgres", reporter);
    const { shell } = await ensureImages(["shell"], reporter);
    const servers = await mkdtemp(join(tmpdir(), "parity-servers-"));
    const processes = new Processes(servers);
    const { minio, stop } = await startMinio(join(servers, "minio"), processes, reporter);
    try {
      const postgres = await startPostgres(join(servers, "postgres"), processes, reporter);
      const { stdout } = await exec("node", [join(folder!, "conformance.cjs")], {
        cwd: checkout,
        allowed: [0, 1],
        env: {
          ...(await postgresEnv(postgresRoot)),
          PATH: [await postgresBin(postgresRoot), dirname(kubectl), process.env.PATH].join(":"),
          PULUMI_ROOT: root,
          PULUMI_HOME: home,
          KUBECONFIG: instance().kubeconfig,
          BUSYBOX_IMAGE: shell.ref,
          MINIO_ENDPOINT: minio.endpoint,
          MINIO_USER: minio.user,
          MINIO_PASSWORD: minio.password,
          MC: await ensureTool("mc", reporter),
          PG_HOST: postgres.host,
          PG_PORT: String(postgres.port),
          PG_USER: postgres.user,
          PG_PASSWORD: postgres.password,
        },
      });
      console.log(stdout);
      expect(stdout).toMatch(/^83 passed, 0 failed$/m);
    } finally {
      await processes.stop();
      stop();
      await rm(servers, { recursive: true, force: true });
    }
  });
}
