/** Real servers for the tests in this folder: started once for all of them, on loopback, gone when they end. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { ProvidedContext } from "vitest";
import { ConsoleReporter } from "../../sandbox/progress";
import { ensureTool } from "../../sandbox/toolchain";
import { type KubernetesServer, startKubernetes } from "./kubernetes-server";
import { type MinioServer, startMinio } from "./minio-server";
import { type PostgresServer, startPostgres } from "./postgres-server";
import { Processes } from "./processes";

export interface PulumiCli {
  /** Has `bin/pulumi`. */
  root: string;
  /** A PULUMI_HOME of this run; `deployer` (stack.ts) puts the local plugins there that a test needs. */
  home: string;
}

declare module "vitest" {
  interface ProvidedContext {
    kubernetes: KubernetesServer;
    minio: MinioServer;
    postgres: PostgresServer;
    pulumi: PulumiCli;
  }
}

/** The part of vitest's project that is used here; its type can only be imported from an ES module. */
interface Project {
  provide<Key extends keyof ProvidedContext>(key: Key, value: ProvidedContext[Key]): void;
}

export default async function setup(project: Project): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), "drone-lake-servers-"));
  const processes = new Processes(folder);
  const report = new ConsoleReporter({ out: { write: () => undefined } });
  let stopMinio = () => {};
  const stop = async () => {
    await processes.stop();
    stopMinio();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const [kubernetes, minio, postgres, pulumi] = await Promise.all([
      startKubernetes(join(folder, "kubernetes"), processes, report),
      startMinio(join(folder, "minio"), processes, report),
      startPostgres(join(folder, "postgres"), processes, report),
      ensureTool("pulumi", report),
    ]);
    stopMinio = minio.stop;
    project.provide("kubernetes", kubernetes);
    project.provide("minio", minio.minio);
    project.provide("postgres", postgres);
    project.provide("pulumi", { root: dirname(dirname(pulumi)), home: join(folder, "pulumi-home") });
  } catch (error) {
    await stop();
    throw error;
  }
  return stop;
}
