import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { S3Client } from "@aws-sdk/client-s3";
import { webhookArn, webhookTarget } from "../../components/names";
import { GATE_SCRIPT } from "../../components/object-store-gate";
import { LAYOUT_ID, layoutFile } from "../../components/object-store-layout";
import type { Reporter } from "../../sandbox/progress";
import { ensureTool } from "../../sandbox/toolchain";
import type { Keys } from "./access-lake";
import { freePort, type Processes } from "./processes";

/** In a container MinIO takes loopback addresses for names that do not resolve yet. */
const HOST =
  Object.values(networkInterfaces())
    .flat()
    .find((address) => address && !address.internal && address.family === "IPv4")?.address ?? "127.0.0.1";

/**
 * A distributed MinIO: a process a node, each with two drives, with its layout and root credentials in files, as the
 * program's pods have them. All read the same files, as if kubelets brought every change to all pods at once.
 */
export class MinioCluster {
  private layout = "";
  private readonly pools: number[][] = [];

  private constructor(
    private readonly folder: string,
    private readonly processes: Processes,
    private readonly tools: { minio: string; mc: string },
  ) {}

  static async create(folder: string, processes: Processes, report: Reporter): Promise<MinioCluster> {
    const [minio, mc] = await Promise.all([ensureTool("minio", report), ensureTool("mc", report)]);
    for (const name of ["credentials", "gate"]) mkdirSync(join(folder, name));
    return new MinioCluster(folder, processes, { minio, mc });
  }

  /** `host:port` of every node. */
  get nodes(): string[] {
    return this.pools.flat().map((port) => `${HOST}:${port}`);
  }

  /** Writes the files for a store of one pool more, with four nodes at ports that follow one another. */
  async addPool(): Promise<number[]> {
    const ports = await fourPorts();
    this.pools.push(ports);
    const volumes = this.pools.map(
      ([first, , , last]) => `http://${HOST}:{${first}...${last}}/proc/self/cwd/drives/{0...1}`,
    );
    const { id, text } = layoutFile(volumes.join(" "));
    this.layout = id;
    writeFileSync(join(this.folder, "minio.env"), text);
    return ports;
  }

  /** Writes root's credentials to the files. */
  setRoot({ accessKeyId, secretAccessKey }: Keys): void {
    writeFileSync(join(this.folder, "credentials", "user"), accessKeyId);
    writeFileSync(join(this.folder, "credentials", "password"), secretAccessKey);
  }

  /** Starts the nodes of a pool. */
  start(ports: number[]): void {
    for (const port of ports) {
      // The path of a drive is the same on every node, so it leads to the folder that a process runs in.
      const cwd = join(this.folder, `node-${port}`);
      mkdirSync(cwd);
      this.processes.start({
        name: `minio-${port}`,
        command: this.tools.minio,
        args: ["server", "--address", `${HOST}:${port}`],
        cwd,
        env: {
          HOME: cwd,
          MINIO_CI_CD: "on",
          MINIO_BROWSER: "off",
          MINIO_STORAGE_CLASS_STANDARD: "EC:4",
          [`MINIO_NOTIFY_WEBHOOK_ENABLE_${webhookTarget}`]: "on",
          [`MINIO_NOTIFY_WEBHOOK_ENDPOINT_${webhookTarget}`]: `http://${HOST}:9`,
          // Several nodes at one address are refused without it.
          _MINIO_REVERSE_PROXY: "on",
          MINIO_CONFIG_ENV_FILE: join(this.folder, "minio.env"),
          MINIO_ROOT_USER_FILE: join(this.folder, "credentials", "user"),
          MINIO_ROOT_PASSWORD_FILE: join(this.folder, "credentials", "password"),
        },
      });
    }
  }

  /** Runs the gate's script as its Job does; resolves with its exit status and what it printed. */
  async gate(root: Keys, before: Keys = root): Promise<{ status: number | null; output: string }> {
    const child = spawn("sh", ["-c", GATE_SCRIPT.replaceAll("/tmp/", `${this.folder}/gate/`)], {
      stdio: ["ignore", "pipe", "inherit"],
      env: {
        ...this.mcEnv(root),
        MC_HOST_before: this.mcHost(before),
        HOSTNAME: "gate",
        PROBE: "write-check",
        PODS: this.nodes.join(" "),
        WEBHOOK_ARN: webhookArn,
        LAYOUT_ID,
        LAYOUT: this.layout,
        SETTLE: "0",
      },
    });
    let output = "";
    child.stdout.on("data", (data) => (output += String(data)));
    const status = await new Promise<number | null>((resolve) => child.once("close", resolve));
    return { status, output };
  }

  /** What `mc` needs to come to the store, as `lake`. */
  mcEnv(root: Keys): NodeJS.ProcessEnv {
    const PATH = `${dirname(this.tools.mc)}${delimiter}${process.env.PATH}`;
    return { PATH, MC_CONFIG_DIR: join(this.folder, "mc"), MC_HOST_lake: this.mcHost(root) };
  }

  /** A client of one node, that tries a request so often. */
  client(credentials: Keys, node = this.nodes[0], maxAttempts = 1): S3Client {
    return new S3Client({
      endpoint: `http://${node}`,
      region: "us-east-1",
      forcePathStyle: true,
      maxAttempts,
      credentials: { ...credentials },
    });
  }

  private mcHost({ accessKeyId, secretAccessKey }: Keys): string {
    return `http://${accessKeyId}:${secretAccessKey}@${this.nodes[0]}`;
  }
}

/** Four free ports that follow one another. */
async function fourPorts(): Promise<number[]> {
  const first = await freePort();
  return [first, first + 1, first + 2, first + 3];
}
