import { expect, it } from "vitest";
import { judge } from "../../drift/judge";

const at = (...paths: string[]) => paths.map((path) => ({ path, is: "1", should: "2" }));
const restore = async () => {};
const mends = (...args: Parameters<typeof judge>) => judge(...args).map(({ name, mend }) => [name, mend]);

it("leaves to Pulumi what a refresh sees", () => {
  const refreshed = [{ urn: "u", name: "user", differences: at("disableUser", "status") }];
  const looked = [{ urn: "u", name: "user", differences: at("disableUser"), restore }];
  expect(mends(refreshed, looked)).toEqual([["user", "pulumi"]]);
});

it("mends itself what a refresh does not see, wholly or in part", () => {
  const looked = [{ urn: "u", name: "role", differences: at("superuser", "roles[0]"), restore }];
  expect(mends([], looked)).toEqual([["role", "drift"]]);
  expect(mends([{ urn: "u", name: "role", differences: at("superuser") }], looked)).toEqual([["role", "drift"]]);
  expect(mends([{ urn: "u", name: "role", differences: at("superuser", "roles[1]") }], looked)).toEqual([
    ["role", "pulumi"],
  ]);
});

it("leaves a Kubernetes object to Pulumi when a refresh sees any of it, since it is applied whole", () => {
  const looked = [{ urn: "u", name: "Role", differences: at("rules[1]"), whole: true, restore }];
  expect(mends([{ urn: "u", name: "Role", differences: at("metadata") }], looked)).toEqual([["Role", "pulumi"]]);
});

it("leaves to Pulumi what must be made anew, and what it alone sees", () => {
  const gone = { urn: "u", name: "Job", differences: [] };
  const seen = { urn: "v", name: "password", differences: at("length") };
  expect(mends([seen], [gone])).toEqual([
    ["Job", "pulumi"],
    ["password", "pulumi"],
  ]);
});
