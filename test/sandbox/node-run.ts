/** A run of the tests that makes a node, says so and goes on for ever. */
import { makeNode } from "../../sandbox/cluster/namespaces";
import { openTestInstance } from "./test-nodes";

const quiet = { note() {}, log() {} };
openTestInstance().then(async ({ root, instance }) => {
  await makeNode(instance, quiet);
  console.log(root);
  setInterval(() => {}, 60_000);
});
