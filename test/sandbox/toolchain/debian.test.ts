import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chooseVersion, upstream } from "../../../sandbox/toolchain/debian";

const number = fc.integer({ min: 0, max: 99 });
const upstreamVersion = fc.tuple(number, number, number).map((parts) => parts.join("."));
const revision = fc.tuple(number, number).map(([a, b]) => `${a}+deb12u${b}`);

describe("the version of a Debian package", () => {
  it("has an upstream part between epoch and revision", () => {
    expect(upstream("1:1.35.0-4+deb12u1+b1")).toBe("1.35.0");
    expect(upstream("1.6.20~ds1-1+deb12u3")).toBe("1.6.20~ds1");
    fc.assert(
      fc.property(upstreamVersion, revision, number, (v, r, epoch) => {
        expect(upstream(`${epoch}:${v}-${r}`)).toBe(v);
      }),
    );
  });

  it("is the pinned one wherever it is offered", () => {
    fc.assert(
      fc.property(fc.array(upstreamVersion), upstreamVersion, revision, (others, version, r) => {
        const pinned = `${version}-${r}`;
        expect(chooseVersion({ version: pinned }, [...others.map((v) => `${v}-0`), pinned])).toBe(pinned);
      }),
    );
  });

  it("is the newest rebuild of the same upstream version when the archive dropped the pinned one", () => {
    const offered = ["1.1.6+ds1-1", "1.1.5+ds1-1+deb12u3", "1.1.5+ds1-1+deb12u2"];
    expect(chooseVersion({ version: "1.1.5+ds1-1+deb12u1" }, offered)).toBe("1.1.5+ds1-1+deb12u3");
    expect(chooseVersion({ version: "1.1.4+ds1-1" }, offered)).toBeUndefined();
  });

  it("may move within a series where that is how security updates come", () => {
    const offered = ["16.1-1", "15.22-0+deb12u1", "15.21-0+deb12u1"];
    expect(chooseVersion({ version: "15.20-0+deb12u1", series: "15." }, offered)).toBe("15.22-0+deb12u1");
    expect(chooseVersion({ version: "14.2-1", series: "14." }, offered)).toBeUndefined();
  });
});
