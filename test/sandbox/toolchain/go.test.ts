import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { atLeast } from "../../../sandbox/toolchain/go";
import { moduleSum } from "../../../sandbox/toolchain/gosum";
import { ownCache } from "./helpers";

describe("a Go version", () => {
  const version = fc.tuple(fc.constant(1), fc.nat(99), fc.nat(99));
  it("is new enough as its numbers say, not its letters", () => {
    fc.assert(
      fc.property(version, version, (a, b) => {
        const difference = a[1] - b[1] || a[2] - b[2];
        expect(atLeast(a.join("."), b.join("."))).toBe(difference >= 0);
      }),
    );
    expect(atLeast("1.9.0", "1.26.0")).toBe(false);
  });
  it("is not when it is a pre-release or a build from source", () => {
    for (const odd of ["1.27rc1", "devel", ""]) expect(atLeast(odd, "1.26.0")).toBe(false);
  });
});

describe("the checksum of a module", () => {
  let own: ReturnType<typeof ownCache>;
  beforeEach(() => {
    own = ownCache();
  });
  afterEach(() => own.remove());

  const put = (path: string, text: string) => {
    mkdirSync(dirname(join(own.cache, path)), { recursive: true });
    writeFileSync(join(own.cache, path), text);
  };

  it("is Go's h1 over the sorted list of files", async () => {
    put("example.org/m@v1.0.0/z/last.go", "package z\n");
    put("example.org/m@v1.0.0/go.mod", "module example.org/m\n");
    const hex = (text: string) => createHash("sha256").update(text).digest("hex");
    const list = [
      `${hex("module example.org/m\n")}  example.org/m@v1.0.0/go.mod\n`,
      `${hex("package z\n")}  example.org/m@v1.0.0/z/last.go\n`,
    ];
    const expected = `h1:${createHash("sha256").update(list.join("")).digest("base64")}`;
    expect(await moduleSum(own.cache, "example.org/m@v1.0.0")).toBe(expected);
    put("example.org/m@v1.0.0/z/last.go", "package tampered\n");
    expect(await moduleSum(own.cache, "example.org/m@v1.0.0")).not.toBe(expected);
  });
});
