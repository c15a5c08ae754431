import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { Deployer, type StateResource } from "./stack";

vi.setConfig({ testTimeout: 600_000 });
let deployer: Deployer;

beforeAll(async () => {
  deployer = await Deployer.create(["random"]);
});
afterAll(() => deployer.remove());

const program = (length: number) => async () => {
  const password = new random.RandomPassword("password", { length, special: false });
  const id = new random.RandomId("id", { byteLength: 8, keepers: { a: "b" } });
  const text = new random.RandomString("text", { length: 6, special: false, upper: false });
  return { id: id.hex, text: text.result, password: password.result, seen: pulumi.unsecret(password.result) };
};

it("makes secrets once, keeps them, hides them in the state, and makes new ones when asked", async () => {
  const first = await deployer.up(program(32));
  expect(first.output).not.toContain("failed");
  const made = await deployer.outputs();
  const seen = String(made.seen?.value);
  expect(seen).toMatch(/^[A-Za-z0-9]{32}$/);
  expect(made.text?.value).toMatch(/^[a-z0-9]{6}$/);

  // The program gives its secret away in an output, for this test; that is not what is looked at.
  const { resources } = JSON.parse(deployer.storedState()).checkpoint.latest;
  const stored = resources.filter((one: StateResource) => one.type.startsWith("random:"));
  expect(stored).toHaveLength(3);
  expect(JSON.stringify(stored)).not.toContain(seen);

  const second = await deployer.up(program(32));
  expect(second.steps).toEqual({});
  expect((await deployer.outputs()).seen?.value).toBe(seen);
  expect((await deployer.refresh()).steps).toEqual({});

  const longer = await deployer.up(program(40));
  expect(Object.keys(longer.steps)).toContain("replace random:index/randomPassword:RandomPassword password");
  const grown = await deployer.outputs();
  expect(grown.seen?.value).toMatch(/^[A-Za-z0-9]{40}$/);
  expect(grown.id?.value).toBe(made.id?.value);

  expect((await deployer.destroy()).failed).toBe(false);
});

it("names the type or property that it does not have, before it makes anything", async () => {
  const pet = await deployer.up(async () => {
    new random.RandomPet("pet", {});
  });
  expect(pet.failed).toBe(true);
  expect(pet.output).toContain(
    "random:index/randomPet:RandomPet is not supported by the local build of the random plugin",
  );
  expect(pet.output).toContain("It supports random:index/randomPassword:RandomPassword");

  const impossible = await deployer.preview(async () => {
    new random.RandomPassword("password", { length: 3, minLower: 4, number: true });
  });
  expect(impossible.failed).toBe(true);
  expect(impossible.output).toContain('"number" is not supported by this build: it is deprecated, give "numeric"');
  expect(impossible.output).toContain('"length" is 3, less than the sum of the minimums, 4');
});
