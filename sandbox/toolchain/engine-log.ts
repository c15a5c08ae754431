import { lstat, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

const WHY = `Pulumi's engine writes no log of its own here: this file stands where its folder of logs would be.
The log, which no setting turns off, held every property in clear until the stack's key was known, and cost
40 % of a preview's processor time.
For one command's log: pulumi --logtostderr -v 9 ...
`;

/** Keeps the engine from writing its automatic log of everything into a PULUMI_HOME of ours. */
export async function withoutEngineLog(home: string): Promise<void> {
  const logs = join(home, "logs");
  if (await isFile(logs)) return;
  await rm(logs, { recursive: true, force: true });
  await writeFile(logs, WHY);
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isFile();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}
