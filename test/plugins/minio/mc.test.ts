import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AdminError, findMc, Mc } from "../../../plugins/minio/mc";

const endpoint = { server: "127.0.0.1:9", user: "admin", password: "p@ss/w+rd%", tls: false, insecure: false };
let folder: string;

/** A stand-in for `mc` that notes how it was called and prints `answer`. */
function fake(answer: string, status = 0): Mc {
  const path = join(folder, "mc");
  writeFileSync(join(folder, "answer"), answer);
  writeFileSync(
    path,
    `#!/bin/sh\nprintf '%s\\n' "$@" > ${folder}/args\ncat > ${folder}/stdin\nenv > ${folder}/env\ncat ${folder}/answer\nexit ${status}\n`,
  );
  chmodSync(path, 0o755);
  return new Mc(endpoint, path);
}

const seen = (what: "args" | "stdin" | "env") => readFileSync(join(folder, what), "utf8");
const refusal = (cause: object) => JSON.stringify({ status: "error", error: { message: "Unable", cause } });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mc-test-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("Mc", () => {
  it("gives secrets on standard input and in the environment, and none as an argument", async () => {
    const mc = fake('{"status":"success"}');
    await mc.run("admin user add", [], "stagiair\nsecret-of-user\n");
    expect(seen("args").split("\n").filter(Boolean)).toEqual(["--json", "admin", "user", "add", "server"]);
    expect(seen("stdin")).toBe("stagiair\nsecret-of-user\n");
    expect(seen("env")).toContain("MC_HOST_server=http://admin:p@ss/w+rd%@127.0.0.1:9");
    mc.close();
  });

  it("reads and writes no configuration of the user", async () => {
    const mc = fake("{}");
    await mc.run("admin user list");
    const config = /^MC_CONFIG_DIR=(.*)$/m.exec(seen("env"))?.[1] ?? "";
    expect(config).toContain("drone-lake-mc-");
    expect(seen("env")).toContain(`HOME=${config}`);
    mc.close();
    expect(() => readFileSync(config)).toThrow(/ENOENT/);
  });

  it("passes the server's refusal on with its code", async () => {
    const cause = { message: "The canned policy does not exist.", error: { Code: "XMinioAdminNoSuchPolicy" } };
    const failure = await fake(refusal(cause), 1)
      .run<never>("admin policy info", ["x"])
      .catch((error: AdminError) => error);
    expect(failure).toBeInstanceOf(AdminError);
    expect(failure.code).toBe("XMinioAdminNoSuchPolicy");
    expect(failure.message).toBe('MinIO at 127.0.0.1:9 refused "admin policy info": The canned policy does not exist.');
  });

  it("says that the server cannot be reached", async () => {
    const cause = { message: "dial tcp 127.0.0.1:9: connect: connection refused", error: { Op: "Get", Err: {} } };
    await expect(fake(refusal(cause), 1).run("admin user info", ["x"])).rejects.toThrow(
      "MinIO at http://127.0.0.1:9 cannot be reached: dial tcp 127.0.0.1:9: connect: connection refused. Nothing was changed",
    );
  });

  it("lends a document in a file that nobody else can read, and takes it away", async () => {
    const mc = fake("{}");
    const path = await mc.withFile("policy", async (file) => {
      expect(readFileSync(file, "utf8")).toBe("policy");
      return file;
    });
    expect(() => readFileSync(path)).toThrow(/ENOENT/);
    mc.close();
  });
});

describe("findMc", () => {
  it("says how to get one when there is none", () => {
    const { PATH } = process.env;
    process.env.PATH = folder;
    expect(() => findMc()).toThrow("Run `npm run toolchain`.");
    process.env.PATH = PATH;
  });
});
