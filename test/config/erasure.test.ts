import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { erasureLayout, nodesToSpare, writableWithout } from "../../config/erasure";

const shape = fc.record({ nodes: fc.integer({ min: 1, max: 64 }), drivesPerNode: fc.integer({ min: 1, max: 16 }) });

describe("erasureLayout", () => {
  test.each([
    // nodes, drives a node, set size, sets
    [4, 1, 4, 1],
    [4, 2, 8, 1],
    [4, 4, 16, 1],
    [4, 8, 16, 2],
    [6, 2, 12, 1],
    [8, 4, 16, 2],
    [16, 1, 16, 1],
    [32, 1, 16, 2],
  ])("%i nodes of %i drives make sets of %i, %i of them", (nodes, drivesPerNode, setSize, sets) => {
    expect(erasureLayout({ nodes, drivesPerNode })).toMatchObject({ setSize, sets });
  });

  test("a prime number of nodes above sixteen has none", () => {
    expect(erasureLayout({ nodes: 17, drivesPerNode: 1 })).toBeUndefined();
  });

  test("every drive is in exactly one set, and no node has more of a set than its share", () => {
    fc.assert(
      fc.property(shape, (pool) => {
        const layout = erasureLayout(pool);
        if (!layout) return;
        expect(layout.setSize * layout.sets).toBe(pool.nodes * pool.drivesPerNode);
        expect(layout.setSize).toBeGreaterThanOrEqual(2);
        expect(layout.setSize).toBeLessThanOrEqual(16);
        expect(layout.drivesPerSetOnNode * pool.nodes).toBeGreaterThanOrEqual(layout.setSize);
        expect(layout.drivesPerSetOnNode).toBeLessThanOrEqual(pool.drivesPerNode);
      }),
      { numRuns: 2000 },
    );
  });
});

test("nodesToSpare never takes a set's quorum for writing", () => {
  fc.assert(
    fc.property(shape, fc.integer({ min: 1, max: 8 }), (pool, parity) => {
      const layout = erasureLayout(pool);
      if (!layout || parity * 2 > layout.setSize) return;
      const lost = nodesToSpare(pool, parity) * layout.drivesPerSetOnNode;
      const dataDrives = layout.setSize - parity;
      const writeQuorum = dataDrives === parity ? dataDrives + 1 : dataDrives;
      expect(layout.setSize - lost).toBeGreaterThanOrEqual(writeQuorum);
    }),
    { numRuns: 2000 },
  );
});

test("with parity of half a set, one drive less may be lost", () => {
  expect(writableWithout(4, 2)).toBe(1);
  expect(writableWithout(8, 3)).toBe(3);
  expect(writableWithout(8, 4)).toBe(3);
});
