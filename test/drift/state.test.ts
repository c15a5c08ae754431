import { expect, it } from "vitest";
import { readState, StateError } from "../../drift/state";
import { Secret } from "../../plugins/shared/values";

const urn = (type: string, name: string) => `urn:pulumi:s::p::${type}::${name}`;
const provider = urn("pulumi:providers:minio", "store");
const user = urn("minio:index/iamUser:IamUser", "u");
const resources = [
  { urn: urn("pulumi:pulumi:Stack", "s"), type: "pulumi:pulumi:Stack" },
  { urn: provider, type: "pulumi:providers:minio", id: "1", custom: true, inputs: { minioServer: "here" } },
  {
    urn: user,
    type: "minio:index/iamUser:IamUser",
    id: "u",
    custom: true,
    provider: `${provider}::1`,
    inputs: { secret: { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", plaintext: '"word"' } },
  },
  { urn: user, type: "minio:index/iamUser:IamUser", id: "old", custom: true, delete: true },
];

it("reads what plugins made, with secrets marked, and neither components nor what a replacement left", () => {
  const read = readState({ resources });
  expect(read.map(({ id, provider }) => ({ id, provider }))).toEqual([
    { id: "1", provider: undefined },
    { id: "u", provider },
  ]);
  expect(read[1]?.inputs).toEqual({ secret: new Secret("word") });
});

it.each([
  ["nothing has come up yet", {}, /run pulumi up first/],
  [
    "an update was broken off",
    { resources, pending_operations: [{ type: "creating", resource: { urn: user } }] },
    /creating minio:index\/iamUser:IamUser u.*run pulumi up, then look again/,
  ],
])("refuses a state when %s", (_, state, message) => {
  expect(() => readState(state)).toThrow(StateError);
  expect(() => readState(state)).toThrow(message);
});
