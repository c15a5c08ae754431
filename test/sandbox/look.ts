/** `look.ts FOLDER RANGE`: what the preflight sees from where this is started, as JSON. */
import { gatherFacts } from "../../sandbox/host/facts";

const [dir = "", range = ""] = process.argv.slice(2);
gatherFacts({ dir, range, running: false }).then((facts) => console.log(JSON.stringify(facts)));
