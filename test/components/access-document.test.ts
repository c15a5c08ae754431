import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { accessDocument, describeAccess } from "../access/describe";

test("docs/access.md says what the tests ask a server for (after a change: npx tsx test/access/describe.ts)", () => {
  expect(readFileSync(accessDocument, "utf8")).toBe(describeAccess());
});
