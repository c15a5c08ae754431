import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checksumOf, download, fetchText, forgetSilentHosts, probe } from "../../../sandbox/toolchain/download";
import { Unavailable } from "../../../sandbox/toolchain/errors";
import { ownCache, publisher, Said } from "./helpers";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

describe("download", () => {
  let own: ReturnType<typeof ownCache>;
  let file: string;
  beforeEach(() => {
    own = ownCache();
    file = join(own.cache, "file");
    forgetSilentHosts();
  });
  afterEach(() => own.remove());

  it("saves what has the promised checksum", async () => {
    const server = await publisher({ "/tool": "program" });
    await download({ url: `${server.url}/tool`, sha256: sha256("program") }, file, new Said());
    expect(readFileSync(file, "utf8")).toBe("program");
    await server.close();
  });

  it("refuses a file with another checksum for good, and names both", async () => {
    const server = await publisher({ "/tool": "tampered" });
    const refused = download({ url: `${server.url}/tool`, sha256: sha256("program") }, file, new Said());
    await expect(refused).rejects.toThrow(
      new RegExp(`checksum mismatch: SHA-256 is ${sha256("tampered")}.*${sha256("program")}`),
    );
    await expect(refused).rejects.not.toBeInstanceOf(Unavailable);
    await server.close();
  });

  it("takes a missing file as a reason to look elsewhere", async () => {
    const server = await publisher({ "/gone": 404 });
    await expect(fetchText(`${server.url}/gone`)).rejects.toBeInstanceOf(Unavailable);
    await server.close();
  });

  it("follows a redirect", async () => {
    const target = await publisher({ "/real": "here" });
    const { createServer: http } = await import("node:http");
    const from = http((_, response) => response.writeHead(302, { location: `${target.url}/real` }).end());
    await new Promise<void>((resolve) => from.listen(0, "127.0.0.1", resolve));
    const address = from.address() as { port: number };
    expect(await fetchText(`http://127.0.0.1:${address.port}/x`)).toBe("here");
    from.close();
    await target.close();
  });

  it("asks a host that does not answer once a run", async () => {
    let connections = 0;
    const deaf = createServer((socket) => {
      connections++;
      socket.destroy();
    });
    await new Promise<void>((resolve) => deaf.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(deaf.address() as { port: number }).port}`;
    for (const path of ["/a", "/b", "/c"]) await expect(fetchText(url + path)).rejects.toThrow(/does not answer/);
    await expect(probe(url)).rejects.toBeInstanceOf(Unavailable);
    expect(connections).toBe(1);
    deaf.close();
  });

  it("is a reason to look elsewhere when the connection breaks", async () => {
    const { createServer: http } = await import("node:http");
    const breaking = http((_, response) => {
      response.writeHead(200, { "content-length": "1000" });
      response.write("half");
      setTimeout(() => response.destroy(), 20);
    });
    await new Promise<void>((resolve) => breaking.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(breaking.address() as { port: number }).port}/tool`;
    await expect(download({ url, sha256: sha256("x") }, file, new Said())).rejects.toBeInstanceOf(Unavailable);
    breaking.close();
  });
});

describe("checksumOf", () => {
  const hex = fc.string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: 64, maxLength: 64 });
  const name = fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,20}$/);

  it("finds a file's line among others, in the formats of sha256sum", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(name, hex), { minLength: 1, selector: ([n]) => n }),
        fc.nat(),
        fc.boolean(),
        (lines, pick, binary) => {
          const text = lines.map(([n, h]) => `${h} ${binary ? "*" : " "}${n}\n`).join("");
          const [wanted, sum] = lines[pick % lines.length] as [string, string];
          expect(checksumOf(wanted, text, "url")).toBe(sum);
        },
      ),
    );
  });

  it("takes a bare checksum, and refuses a page that has none", () => {
    fc.assert(
      fc.property(hex, (h) => {
        expect(checksumOf("tool", `${h}\n`, "url")).toBe(h);
      }),
    );
    expect(() => checksumOf("tool", "<html>sign in to this network</html>", "https://x/y")).toThrow(Unavailable);
  });
});
