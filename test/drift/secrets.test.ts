import * as fc from "fast-check";
import { expect, it } from "vitest";
import { between, differencesAt } from "../../drift/drift";
import { secretsIn, withoutSecrets } from "../../drift/secrets";
import { Secret } from "../../plugins/shared/values";

const resource = (inputs: Record<string, Secret>) => ({ urn: "u", type: "t", id: "i", inputs, outputs: {} });
const secrets = fc.string({ minLength: 8, unit: fc.constantFrom(...'abyz09 "\\\n/+') });

it("shows no secret, wherever somebody copied it", () => {
  fc.assert(
    fc.property(secrets, fc.string(), fc.boolean(), (secret, around, encoded) => {
      const copy = encoded ? Buffer.from(secret).toString("base64") : secret;
      const differences = differencesAt(["a"], "before", `${around}${copy}${around}`);
      const known = secretsIn([resource({ password: new Secret({ nested: [secret] }) })]);
      const [shown] = withoutSecrets([{ name: "n", differences }], known);
      expect(shown?.differences[0]?.is).not.toContain(JSON.stringify(copy).slice(1, -1));
    }),
  );
});

it("masks what is marked, and leaves short texts that came out of a secret", () => {
  expect(between({ a: new Secret("word"), b: "x" }, { a: new Secret("other"), b: "x" })).toEqual([
    { path: "a", is: '"[secret]"', should: '"[secret]"' },
  ]);
  const edited = between({ data: new Secret({ word: "a" }) }, { data: new Secret({ word: "b", more: "c" }) });
  expect(edited).toEqual([
    { path: "data.more", is: '"[secret]"' },
    { path: "data.word", is: '"[secret]"', should: '"[secret]"' },
  ]);
  expect(differencesAt(["password"], new Secret("a"), "b")).toEqual([
    { path: "password", is: '"[secret]"', should: '"[secret]"' },
  ]);
  const drift = { name: "n", differences: differencesAt(["port"], 5432, 5433) };
  expect(withoutSecrets([drift], secretsIn([resource({ port: new Secret("5433") })]))).toEqual([drift]);
});

it("looks into documents, so that a policy tells which statement was changed", () => {
  const policy = (action: string) => JSON.stringify({ Statement: [{ Effect: "Allow", Action: [action] }] });
  expect(differencesAt(["policy"], policy("s3:GetObject"), policy("s3:*"))).toEqual([
    { path: "policy.Statement[0].Action[0]", is: '"s3:*"', should: '"s3:GetObject"' },
  ]);
});
