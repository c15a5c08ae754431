import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { bucketNames } from "../../components/names";
import { bucketRequests } from "./bucket-requests";
import { matrix, outsiders, places } from "./matrix";
import { objectRequests } from "./object-requests";
import type { Requests } from "./request";

export const accessDocument = join(__dirname, "..", "..", "docs", "access.md");

const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [row(head), row(head.map(() => "---")), ...rows.map(row)].join("\n");
}

const words = { nobody: "–", never: "– (denied)" };

function requestTable(requests: Requests): string {
  const rows = Object.entries(requests).map(([name, { action, or, needs }]) => [
    name,
    [action, ...(or ? [or] : [])].map((one) => `\`${one}\``).join(" or "),
    typeof needs === "string" ? words[needs] : needs.join(" and "),
  ]);
  return table(["request", "action", "allowed with"], rows);
}

/** docs/access.md as the tables of the tests say it. */
export function describeAccess(): string {
  const rights = Object.entries(matrix).map(([identity, row]) => [
    `\`${identity}\``,
    ...row.map((right) => right || "–"),
  ]);
  const refused = Object.entries(outsiders).map(([who, code]) => [who, ...bucketNames.map(() => "–"), `\`${code}\``]);
  return `<!-- Written by test/access/describe.ts: change the tables there, then run \`npx tsx test/access/describe.ts\`. -->

# Who may do what in the object store

\`test/servers/access.test.ts\` asks a real MinIO for every cell of these tables: each identity, as \`pulumi up\` makes it, sends each
request below to each bucket or place. The tables are written by hand in \`test/access/\`; the policies come from
[\`components/access.ts\`](../components/access.ts).

## Identities

${table(["identity", ...places.map(({ title }) => title)], rights)}

- *read*: the bucket's lists and its objects, in every version. *write*: new objects, or new versions of them, whole or in parts.
- \`pipeline\` is the user of the service accounts \`pipeline-stitch\`, \`pipeline-detect\` and \`pipeline-reconcile\`, which can do no more
  than it can. Nobody has its keys.
- A user may make further keys for itself, which can do no more than it can. A service account may make none.
- –: nothing. Buckets' settings and the removal of objects are for nobody but the root credentials. Where the tables of requests say
  *denied*, every policy denies the action besides, so that a policy that is wider than meant does not grant it;
  \`test/servers/access-denies.test.ts\` asks for those with everything else allowed.

## Everybody else

${table(["caller", ...bucketNames.map((name) => `\`${name}\``), "answer"], refused)}

To a HEAD request MinIO answers status 403 without a code.

## Requests about a bucket

${requestTable(bucketRequests)}

## Requests about an object

${requestTable(objectRequests)}
`;
}

if (require.main === module) writeFileSync(accessDocument, describeAccess());
