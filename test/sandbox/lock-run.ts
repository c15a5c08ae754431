/** `lock-run.ts DIR`: a run of the project that works on an instance and, interrupted, takes a while to clean up. */
import { takeLock } from "../../sandbox/lock";
import { Interrupts } from "../../sandbox/signals";

new Interrupts(() => {});
takeLock(process.argv[2] as string, "up").then((release) => {
  console.log("works");
  process.on("SIGTERM", () => {
    console.log("ending");
    setTimeout(() => {
      release();
      process.exit(130);
    }, 2000);
  });
  setInterval(() => {}, 60_000);
});
