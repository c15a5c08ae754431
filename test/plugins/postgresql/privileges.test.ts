import { describe, expect, it } from "vitest";
import { privilegesSeen, wrongPrivileges } from "../../../plugins/postgresql/privileges";

describe("privileges", () => {
  it("names a privilege that the kind of object does not have", () => {
    expect(wrongPrivileges({ objectType: "schema", privileges: ["USAGE", "SELECT"] })).toEqual([
      { property: "privileges", reason: '"SELECT" is no privilege of a schema; it has ALL, CREATE, USAGE' },
    ]);
  });

  it("keeps the words of the program while they mean what the server holds", () => {
    expect(privilegesSeen(["CREATE", "USAGE"], { objectType: "schema", privileges: ["ALL"] })).toEqual(["ALL"]);
    expect(privilegesSeen(["USAGE"], { objectType: "schema", privileges: ["ALL"] })).toEqual(["USAGE"]);
    expect(privilegesSeen(["UPDATE", "SELECT"], { objectType: "table", privileges: ["UPDATE", "SELECT"] })).toEqual([
      "UPDATE",
      "SELECT",
    ]);
  });
});
