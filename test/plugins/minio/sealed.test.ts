import { expect, it } from "vitest";
import { open, seal } from "../../../plugins/minio/sealed";

const FRAGMENT = 16_384;

it.each([0, 1, FRAGMENT - 1, FRAGMENT, FRAGMENT + 1, 3 * FRAGMENT])("opens what it sealed: %i bytes", async (size) => {
  const text = "x".repeat(size);
  expect(await open("a password", await seal("a password", text))).toBe(text);
});

it("opens what MinIO sealed", async () => {
  // An answer to info-service-account, of a server whose root has this throw-away password.
  const answer = Buffer.from(
    "9W658xZgoeo3NdhAf0o2GwqgYor/2xzCSYYmvlaasagAflbG8htWqdss0r8dmzewrdgIBP7BB91y3sAqywPgpISQIitUmVNZq1xQQZxpKVhPy6LoMYxhEAb9V1dQ8TqshEQSmuIkOh2BRyGUNg9GSjCBMCj3DRgdr2xPEwMNtKjdArLyksebCWYk/Cs/EFnvP5IC+I9aCsD8YFHZ4RdjT+G0X813whkICAePa7XFEna9Oxir",
    "base64",
  );
  expect(JSON.parse(await open("adminadmin", answer))).toMatchObject({ parentUser: "user1", accountStatus: "on" });
});

it("opens nothing that was changed, cut or sealed with another password", async () => {
  const sealed = await seal("a password", "x".repeat(FRAGMENT + 100));
  const changed = Buffer.from(sealed);
  changed[changed.length - 1]! ^= 1;
  await expect(open("a password", changed)).rejects.toThrow();
  // A whole fragment, which does not say that it is the last one.
  await expect(open("a password", sealed.subarray(0, 41 + FRAGMENT + 16))).rejects.toThrow();
  await expect(open("another password", sealed)).rejects.toThrow();
});

it("says so when it does not know the encryption", async () => {
  const unknown = await seal("a password", "text");
  unknown[32] = 9;
  await expect(open("a password", unknown)).rejects.toThrow("it is not encrypted in a way that is known here");
});
