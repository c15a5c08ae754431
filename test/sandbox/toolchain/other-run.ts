/** Another run of the project: `other-run.ts FOLDER once|hang` fills FOLDER slowly, or begins to and never ends. */
import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ensureFolder } from "../../../sandbox/toolchain/store";

const [folder = "", mode] = process.argv.slice(2);
const quiet = { note() {}, log() {} };

ensureFolder(folder, quiet, async (into) => {
  appendFileSync(`${folder}-fills`, "x");
  writeFileSync(join(into, "half"), "x");
  await sleep(mode === "hang" ? 600_000 : 500);
}).then(
  () => process.exit(0),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
