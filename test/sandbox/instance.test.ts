import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { nodeAlive } from "../../sandbox/cluster/namespaces";
import { identify } from "../../sandbox/host/processes";
import {
  checkOwner,
  chooseSlot,
  findInstance,
  listInstances,
  openInstance,
  planInstance,
  SLOTS,
} from "../../sandbox/instance";

const embedded = { kind: "embedded" } as const;
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "lake-state-"));
  process.env.DRONE_LAKE_STATE = root;
});
afterEach(() => {
  delete process.env.DRONE_LAKE_STATE;
  rmSync(root, { recursive: true, force: true });
});

describe("slots", () => {
  it("gives every instance addresses that nobody else has", () => {
    const taken = fc.uniqueArray(fc.integer({ min: 0, max: SLOTS - 1 }), { maxLength: SLOTS - 2 });
    fc.assert(
      fc.property(taken, (slots) => {
        const used = new Set([...slots, 0]);
        const slot = chooseSlot("other", used);
        expect(used.has(slot)).toBe(false);
        expect(slot).toBeGreaterThan(0);
        expect(slot).toBeLessThan(SLOTS);
      }),
    );
  });

  it("keeps 0 for the default instance, and says when all are taken", () => {
    expect(chooseSlot("default", new Set([0, 1]))).toBe(0);
    const all = new Set(Array.from({ length: SLOTS }, (_, slot) => slot));
    expect(() => chooseSlot("other", all)).toThrow(/take an instance down/);
  });

  it("stays the same from run to run, beside other instances and what the host uses", () => {
    expect(openInstance("one", embedded, new Set([1])).record.slot).toBe(2);
    expect(openInstance("two", embedded, new Set([1])).record.slot).toBe(3);
    expect(openInstance("one", embedded, new Set([1, 2, 3])).nodeAddress).toBe("10.213.2.2");
    expect(
      listInstances()
        .map(({ name }) => name)
        .sort(),
    ).toEqual(["one", "two"]);
  });
});

describe("an instance's record", () => {
  it("is written when it is opened, not when it is planned", () => {
    const planned = planInstance("one", embedded, new Set([1]));
    expect(readdirSync(root)).toEqual([]);
    expect(planned.with({})).toEqual(openInstance("one", embedded, new Set()));
  });

  it("of the same name in another state folder shares no control group", () => {
    const here = openInstance("one", embedded, new Set()).cgroup;
    expect(openInstance("one", embedded, new Set()).cgroup).toBe(here);
    process.env.DRONE_LAKE_STATE = join(root, "another");
    expect(openInstance("one", embedded, new Set()).cgroup).not.toBe(here);
  });

  it("refuses another checkout that is still there, and tells how to choose another name", () => {
    const other = join(root, "other-checkout");
    mkdirSync(other);
    const theirs = openInstance("one", embedded, new Set()).with({ checkout: other });
    expect(() => checkOwner(theirs)).toThrow(/other-checkout.*--instance NAME.*DRONE_LAKE_INSTANCE/s);
    expect(() => openInstance("one", embedded, new Set())).toThrow(/belongs to the checkout/);
    rmSync(other, { recursive: true });
    expect(() => checkOwner(theirs)).not.toThrow();
  });

  it("does not turn an instance on a node of its own into one on another cluster", () => {
    openInstance("one", embedded, new Set());
    expect(() => openInstance("one", { kind: "external", kubeconfig: "/k" }, new Set())).toThrow(/--purge first/);
  });

  it("does not move from one other cluster to another", () => {
    openInstance("one", { kind: "external", kubeconfig: "/k" }, new Set());
    expect(() => openInstance("one", { kind: "external", kubeconfig: "/l" }, new Set())).toThrow(
      /cluster of \/k, not of \/l: .*--purge.*--instance NAME/,
    );
    expect(openInstance("one", { kind: "external", kubeconfig: "/k" }, new Set()).kubeconfig).toBe("/k");
  });

  it("says what to do with a record that cannot be read", () => {
    const { dir } = openInstance("one", embedded, new Set());
    writeFileSync(join(dir, "instance.json"), "{");
    expect(() => findInstance("one")).toThrow(/move the folder/);
  });

  it("tells a node that runs from one that is gone, also when its number is another process's now", () => {
    const self = identify(process.pid)!;
    const with_ = (node: typeof self | undefined) => openInstance("one", embedded, new Set()).with({ node });
    expect(nodeAlive(with_(self))).toBe(true);
    expect(findInstance("one")?.record.node).toEqual(self);
    expect(nodeAlive(with_({ ...self, start: "1" }))).toBe(false);
    expect(nodeAlive(with_({ ...self, boot: "another" }))).toBe(false);
    expect(nodeAlive(with_(undefined))).toBe(false);
  });
});
