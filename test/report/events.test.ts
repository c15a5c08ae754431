import type { EngineEvent } from "@pulumi/pulumi/automation";
import { expect, test } from "vitest";
import { UNKNOWN } from "../../policies/readers/values";
import { planOf } from "../../report/events";
import { SECRET } from "../../report/plan";

const type = "kubernetes:apps/v1:StatefulSet";
const urn = `urn:pulumi:dev::drone-data-lake::drone-data-lake:index:ObjectStore$${type}::data-lake-p0`;

/** A step as the engine tells it. */
function step(op: string, old?: object, next?: object, detailedDiff?: object): EngineEvent {
  const state = (inputs?: object) => inputs && { type, urn, id: "", inputs, outputs: {}, protect: true };
  const metadata = { op, urn, type, old: state(old), new: state(next), detailedDiff, keys: [], diffs: [] };
  return { sequence: 0, timestamp: 0, resourcePreEvent: { metadata } } as unknown as EngineEvent;
}

const diff = {
  "spec.volumeClaimTemplates[0]": { diffKind: "update-replace" },
  "metadata.labels": { diffKind: "update" },
};

test("the steps of a replacement are one change, whichever comes first", () => {
  const [gone, replaced, made] = [
    step("delete-replaced", { size: 1 }),
    step("replace", { size: 1 }, { size: 2 }, diff),
    step("create-replacement", { size: 1 }, { size: 2 }, diff),
  ];
  for (const steps of [
    [gone, replaced, made],
    [made, replaced, gone],
  ]) {
    expect(planOf(steps)).toEqual([
      {
        urn,
        type,
        name: "data-lake-p0",
        operation: "replace",
        before: { inputs: { size: 1 }, outputs: {}, protect: true, retainOnDelete: false },
        after: { inputs: { size: 2 }, outputs: {}, protect: true, retainOnDelete: false },
        paths: Object.keys(diff),
        replacing: ["spec.volumeClaimTemplates[0]"],
      },
    ]);
  }
});

test("unknown values and secrets are known as such, and the providers' own notes are left out", () => {
  const secret = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", ciphertext: "[secret]" };
  const inputs = { __defaults: ["acl"], arn: "04da6b54-80e4-46f7-96ec-b56ff0331ba9", data: secret };
  const [change] = planOf([step("create", undefined, inputs)]);
  expect(change?.after?.inputs).toEqual({ arn: UNKNOWN, data: SECRET });
  expect(change?.before).toBeUndefined();
});
