/** A run of the tests that makes a node with a component, says so and goes on for ever. */
import { start } from "../../sandbox/cluster/daemons";
import { makeNode } from "../../sandbox/cluster/namespaces";
import type { NodeTools } from "../../sandbox/cluster/settings";
import { openTestInstance } from "./test-nodes";

const quiet = { note() {}, log() {} };
const tools = { path: [], runc: "/usr/bin/true", containerdDir: "/usr/bin", env: {} } as unknown as NodeTools;
openTestInstance().then(async ({ root, instance }) => {
  const node = await makeNode(instance, quiet);
  await start(node, { name: "sleeper", command: ["sleep", "1000"] }, tools, quiet);
  console.log(root);
  setInterval(() => {}, 60_000);
});
