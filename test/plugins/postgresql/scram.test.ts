import { describe, expect, it } from "vitest";
import { forServer, matches, verifier } from "../../../plugins/postgresql/scram";

describe("SCRAM verifiers", () => {
  it("are those of RFC 7677's example", () => {
    const salt = Buffer.from("W22ZaJ0SNY7soEsUEjb6gQ==", "base64");
    expect(verifier("pencil", salt, 4096)).toBe(
      "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
    );
  });

  it("stand in for a password, differ each time, and fit it alone", () => {
    const [first, second] = [forServer("hunter2"), forServer("hunter2")];
    expect(first).not.toBe(second);
    expect(first).not.toContain("hunter2");
    expect(matches(first, "hunter2", "u")).toBe(true);
    expect(matches(first, "hunter3", "u")).toBe(false);
  });

  it("leave what is stored already, and what the server must prepare first", () => {
    expect(forServer("md5aabbccddeeff00112233445566778899")).toBe("md5aabbccddeeff00112233445566778899");
    expect(forServer("wachtwoord-é")).toBe("wachtwoord-é");
    expect(matches(forServer("x"), "é", "u")).toBeUndefined();
  });

  it("know the older md5 form", () => {
    expect(matches("md53175bce1d3201d16594cebf9d7eb3f9d", "postgres", "postgres")).toBe(true);
    expect(matches("md53175bce1d3201d16594cebf9d7eb3f9d", "other", "postgres")).toBe(false);
  });
});
