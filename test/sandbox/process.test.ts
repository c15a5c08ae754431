import { describe, expect, it } from "vitest";
import { identify, isAlive, signal } from "../../sandbox/host/processes";
import { ExecError, exec } from "../../sandbox/process";

const sh = (script: string, options = {}) => exec("sh", ["-c", script], options);

describe("running a command", () => {
  it("hands over output, input and environment, without a shell", async () => {
    expect((await exec("printf", ["%s", "$(id) `id`"])).stdout).toBe("$(id) `id`");
    expect((await sh("cat", { input: "é".repeat(100_000) })).stdout).toBe("é".repeat(100_000));
    expect((await sh('echo "$A-${HOME-none}"', { env: { A: "1", HOME: undefined } })).stdout).toBe("1-none\n");
  });

  it("fails with the command, its exit code and its last lines", async () => {
    const failing = sh("seq 1 30; echo broken >&2; exit 3");
    await expect(failing).rejects.toThrow(ExecError);
    await expect(failing).rejects.toThrow(/exit code 3[\s\S]*\| 30[\s\S]*broken/);
    await expect(failing).rejects.not.toThrow(/\| 5\n/);
    await expect(sh("exit 3", { allowed: [0, 3] })).resolves.toMatchObject({ code: 3 });
    await expect(exec("no-such-command", [])).rejects.toThrow(/no-such-command: command not found/);
  });

  it("ends a command that takes too long, with all that it started", async () => {
    let inner = 0;
    const onLine = (line: string) => {
      inner = Number(line);
    };
    await expect(sh("sleep 600 & echo $!; wait", { timeoutMs: 1500, onLine })).rejects.toThrow(/no end within 1.5 s/);
    expect(inner).toBeGreaterThan(0);
    expect(identify(inner)).toBeUndefined();
  });
});

describe("a process's identity", () => {
  it("tells a process from a later one with the same number", () => {
    const self = identify(process.pid);
    expect(self && isAlive(self)).toBe(true);
    expect(isAlive({ ...self!, start: "1" })).toBe(false);
    expect(isAlive({ ...self!, boot: "another boot" })).toBe(false);
  });

  it("sends no signal to another process under the number", () => {
    signal({ ...identify(process.pid)!, start: "1" }, "SIGKILL");
    expect(identify(process.pid)).toBeDefined();
  });
});
