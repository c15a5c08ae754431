/**
 * MinIO's administration calls, through its own command line client `mc`: nobody keeps an npm library for them. Secrets travel on standard input
 * and in the environment, never as arguments, which every user of the machine can read.
 */
import { execFile } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { ProviderError } from "../shared/errors";

export interface Endpoint {
  /** Host and port. */
  server: string;
  user: string;
  password: string;
  tls: boolean;
  insecure: boolean;
  /** PEM file of the authority that signed the server's certificate. */
  caFile?: string;
}

/** An answer of the server that says no; `code` is MinIO's own, such as `XMinioAdminNoSuchUser`. */
export class AdminError extends ProviderError {
  constructor(
    message: string,
    readonly code: string,
  ) {
    super(message);
  }
}

const ALIAS = "server";

export class Mc {
  /** Everything that `mc` reads and writes, and policies on their way to it; gone with the process. */
  private readonly folder = mkdtempSync(join(tmpdir(), "drone-lake-mc-"));
  private readonly environment: NodeJS.ProcessEnv;
  private documents = 0;

  constructor(
    private readonly endpoint: Endpoint,
    private readonly binary = findMc(),
  ) {
    const { server, user, password, tls, caFile } = endpoint;
    this.environment = {
      PATH: process.env.PATH,
      HOME: this.folder,
      MC_CONFIG_DIR: this.folder,
      MC_DISABLE_PAGER: "1",
      // As it is: `mc` splits this text at the colons and the last @, and decodes nothing.
      [`MC_HOST_${ALIAS}`]: `${tls ? "https" : "http"}://${user}:${password}@${server}`,
    };
    if (caFile) {
      const authorities = join(this.folder, "certs", "CAs");
      mkdirSync(authorities, { recursive: true });
      copyFileSync(caFile, join(authorities, "server.pem"));
    }
    process.once("exit", () => this.close());
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Runs `mc <command...> <server> <rest...>`; the answer is what it prints, parsed. Throws `AdminError` with the server's reason. */
  run<T>(command: string, rest: string[] = [], stdin = ""): Promise<T> {
    const args = ["--json", ...(this.endpoint.insecure ? ["--insecure"] : []), ...command.split(" ")];
    return this.execute<T>([...args, ALIAS, ...rest], command, stdin);
  }

  /** The same for commands that take `<server>/<bucket>`. */
  runOnBucket<T>(command: string, bucket: string, rest: string[] = []): Promise<T> {
    const args = ["--json", ...(this.endpoint.insecure ? ["--insecure"] : []), ...command.split(" ")];
    return this.execute<T>([...args, `${ALIAS}/${bucket}`, ...rest], command, "");
  }

  /** Lends a file that holds the text, readable by this user alone, to `use`. */
  async withFile<T>(text: string, use: (path: string) => Promise<T>): Promise<T> {
    const path = join(this.folder, `document-${this.documents++}.json`);
    writeFileSync(path, text, { mode: 0o600 });
    try {
      return await use(path);
    } finally {
      rmSync(path, { force: true });
    }
  }

  private execute<T>(args: string[], command: string, stdin: string): Promise<T> {
    return new Promise((resolve, reject) => {
      const options = { env: this.environment, cwd: this.folder, timeout: 60_000, maxBuffer: 64 << 20 };
      const child = execFile(this.binary, args, options, (failure, stdout, stderr) => {
        if (!failure) return resolve(parseAnswer<T>(stdout));
        reject(this.explain(command, stdout, stderr, failure.killed ? "it did not answer in 60 s" : failure.message));
      });
      // A client that ends before it has read its input is reported by its exit.
      child.stdin?.on("error", () => undefined);
      child.stdin?.end(stdin);
    });
  }

  private explain(command: string, stdout: string, stderr: string, otherwise: string): AdminError {
    const answer = errorIn(stdout);
    if (answer?.code)
      return new AdminError(`MinIO at ${this.endpoint.server} refused "${command}": ${answer.message}`, answer.code);
    const reason = answer?.message ?? (stderr.trim() || otherwise);
    if (answer?.network) return new AdminError(unreachable(this.endpoint, reason), "Unreachable");
    return new AdminError(`"mc ${command}" failed: ${reason}`, "");
  }
}

/** The message for a server that does not answer. */
export function unreachable(endpoint: Pick<Endpoint, "server" | "tls">, reason: string): string {
  const address = `${endpoint.tls ? "https" : "http"}://${endpoint.server}`;
  return `MinIO at ${address} cannot be reached: ${reason}. Nothing was changed; check that it runs and that the provider's minioServer and minioSsl are right.`;
}

interface McError {
  error?: { message?: string; cause?: { message?: string; error?: { Code?: string; Op?: string; Err?: unknown } } };
}

function errorIn(stdout: string): { message: string; code: string; network: boolean } | undefined {
  try {
    const { error } = JSON.parse(stdout) as McError;
    const cause = error?.cause;
    const message = cause?.message ?? error?.message ?? "no reason given";
    return {
      message,
      code: cause?.error?.Code ?? "",
      network: cause?.error?.Op !== undefined || cause?.error?.Err !== undefined,
    };
  } catch {
    return undefined;
  }
}

/** One JSON document, or one a line for lists; a list is always an array for those who ask for one. */
function parseAnswer<T>(stdout: string): T {
  const text = stdout.trim();
  return (text === "" ? {} : JSON.parse(text.split("\n")[0] as string)) as T;
}

/** `mc` as `DRONE_LAKE_MC` names it, beside the plugin, or on PATH. Throws when there is none. */
export function findMc(): string {
  const named = process.env.DRONE_LAKE_MC;
  const folders = [__dirname, ...(process.env.PATH ?? "").split(delimiter)].filter((folder) => folder);
  const found = named || folders.map((folder) => join(folder, "mc")).find((path) => existsSync(path));
  if (found) return found;
  throw new ProviderError(
    "the local build of the minio plugin needs MinIO's command line client: `mc` is neither named by DRONE_LAKE_MC, nor beside the plugin, nor on PATH. Run `npm run toolchain`.",
  );
}
