import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Reporter, Step } from "../../../sandbox/progress";

/** Keeps what a step said. */
export class Said implements Step {
  readonly notes: string[] = [];
  readonly lines: string[] = [];
  note(text: string): void {
    this.notes.push(text);
  }
  log(line: string): void {
    this.lines.push(line);
  }
}

export class QuietReporter implements Reporter {
  readonly said = new Said();
  readonly titles: string[] = [];
  step<T>(title: string, work: (step: Step) => Promise<T>): Promise<T> {
    this.titles.push(title);
    return work(this.said);
  }
}

/** A folder of this test file's own as DRONE_LAKE_CACHE; returns it and a function that removes it. */
export function ownCache(): { cache: string; remove: () => void } {
  const cache = mkdtempSync(join(tmpdir(), "drone-lake-toolchain-"));
  process.env.DRONE_LAKE_CACHE = cache;
  return { cache, remove: () => rmSync(cache, { recursive: true, force: true }) };
}

/** A server on loopback that stands for a publisher's: path to body (or to a status), with the paths that were asked for. */
export async function publisher(files: Record<string, string | number>) {
  const asked: string[] = [];
  const server: Server = createServer((request, response) => {
    asked.push(request.url ?? "");
    const content = files[request.url ?? ""] ?? 404;
    if (typeof content === "number") response.writeHead(content).end();
    else response.end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = () =>
    new Promise<void>((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  return { url, asked, close };
}
