import { compare } from "bcryptjs";
import { describe, expect, it } from "vitest";
import { notations, randomId, randomPassword, randomString } from "../../../plugins/random/types";

describe("randomId", () => {
  it("writes the same bytes in every notation, behind the prefix", () => {
    expect(notations(Buffer.from("6203b80f4c477677", "hex"), "p-")).toEqual({
      b64Std: "p-YgO4D0xHdnc=",
      b64Url: "p-YgO4D0xHdnc",
      dec: "p-7062691016490841719",
      hex: "p-6203b80f4c477677",
    });
  });

  it("has its bytes as id, without the prefix, and imports from them", async () => {
    const { id, outputs } = await randomId.create(undefined, { byteLength: 8, prefix: "p-" });
    expect(outputs.b64Url).toBe(`p-${id}`);
    expect(randomId.fromId?.(`p-,${id}`)).toEqual({ byteLength: 8, prefix: "p-", ...outputs });
  });
});

// A bcrypt hash is slow on purpose.
describe("randomPassword", { timeout: 120_000 }, () => {
  it("keeps the password out of its id, and its hash fits", async () => {
    const { id, outputs } = await randomPassword.create(undefined, { length: 20 });
    expect(id).toBe("none");
    expect(await compare(String(outputs.result), String(outputs.bcryptHash))).toBe(true);
  });

  it("imports a password from its id, and then hides it", async () => {
    const state = randomPassword.fromId?.("hunter22") ?? {};
    const found = await randomPassword.read(undefined, "hunter22", state);
    expect(found).toMatchObject({ id: "none", outputs: { result: "hunter22", length: 8 } });
  });
});

describe("randomString", () => {
  it("is its own id", async () => {
    const { id, outputs } = await randomString.create(undefined, { length: 6, special: false, upper: false });
    expect(outputs.result).toBe(id);
    expect(id).toMatch(/^[a-z0-9]{6}$/);
  });
});
