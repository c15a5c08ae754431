import { existsSync, readdirSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { basename, join } from "node:path";
import { SandboxError } from "./errors";
import { commandOf, identify, isAlive, type ProcessId, signal } from "./host/processes";
import type { Instance } from "./instance";
import { checkInterrupt } from "./process";
import type { Step } from "./progress";
import { PROJECT, STACK } from "./project";

const POLL_MS = 200;
/** How long one whose run was killed may take to end: it was told to, and first lets go of what it does. */
const WAIT_MS = 60_000;
const END_MS = 30_000;

/** Where Pulumi notes, a file each, who works on the instance's stack. */
function folder(instance: Instance): string {
  return join(instance.backend, ".pulumi", "locks", "organization", PROJECT, STACK);
}

/** Whether there is a note, of a Pulumi that works or of one that was killed. */
export function isLocked(instance: Instance): boolean {
  return existsSync(folder(instance)) && readdirSync(folder(instance)).length > 0;
}

/** Every Pulumi on this machine that works on the instance's stack. */
export function pulumisAtWork(instance: Instance): ProcessId[] {
  if (!existsSync(folder(instance))) return [];
  return readdirSync(folder(instance))
    .map((file) => holder(join(folder(instance), file)))
    .filter((id) => id !== undefined);
}

function holder(file: string): ProcessId | undefined {
  try {
    const lock = JSON.parse(readFileSync(file, "utf8")) as { pid: number; hostname: string };
    return lock.hostname === hostname() && isPulumi(lock.pid) ? identify(lock.pid) : undefined;
  } catch {
    // Gone in the meantime, or cut off when its writer was killed.
    return undefined;
  }
}

/** Says whether a process is a running Pulumi; the number of one that was killed may be another process's now. */
function isPulumi(pid: number): boolean {
  return basename(commandOf(pid).split(" ")[0] as string) === "pulumi";
}

/** Waits until nobody works on the stack. Throws when somebody goes on. */
export async function waitForPulumi(instance: Instance, step: Step, patienceMs = WAIT_MS): Promise<void> {
  const end = Date.now() + patienceMs;
  for (;;) {
    const [other] = pulumisAtWork(instance);
    if (!other) return;
    if (Date.now() > end) {
      throw new SandboxError(
        `pulumi (pid ${other.pid}) works on the stack: wait for it, or end it with: kill -INT ${other.pid}`,
      );
    }
    step.note(`waiting for pulumi (pid ${other.pid}), which works on the stack`);
    await new Promise((done) => setTimeout(done, POLL_MS));
    checkInterrupt();
  }
}

/** Ends whoever works on the stack: in order, so that nothing that it makes is lost, or else at once. */
export async function endPulumi(instance: Instance, step: Step): Promise<void> {
  const others = pulumisAtWork(instance);
  if (others.length === 0) return;
  step.note("ending pulumi");
  for (const id of others) signal(id, "SIGTERM");
  for (const end = Date.now() + END_MS; others.some(isAlive); await new Promise((done) => setTimeout(done, POLL_MS))) {
    if (Date.now() > end) for (const id of others) signal(id, "SIGKILL");
  }
}
