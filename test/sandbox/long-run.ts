/** A run of the project: starts a command that takes long, says its process number, and ends when it is told to. */
import { exec } from "../../sandbox/process";
import { Interrupts } from "../../sandbox/signals";

const interrupts = new Interrupts(() => console.log("interrupted"));
// `stubborn`: a command that goes on when it is asked to end.
const script =
  process.argv[2] === "stubborn" ? "trap '' TERM; echo $$; while :; do sleep 1; done" : "echo $$; exec sleep 600";

exec("sh", ["-c", script], { onLine: (line) => console.log(line) }).catch(async () => {
  console.log("cleaning up");
  await new Promise((done) => setTimeout(done, 500));
  console.log("cleaned up");
  process.exit(interrupts.came ? 130 : 1);
});
