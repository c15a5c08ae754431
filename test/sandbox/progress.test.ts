import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { exec } from "../../sandbox/process";
import { ConsoleReporter, elapsed } from "../../sandbox/progress";

class Screen {
  text = "";
  columns = 40;
  constructor(readonly isTTY: boolean) {}
  write(text: string): void {
    this.text += text;
  }
  /** What a person sees in the end: a move up takes the lines below with it. */
  shown(): string[] {
    const esc = "\\u001b";
    const lines = [""];
    for (const part of this.text.split(new RegExp(`(${esc}\\[\\d+A\\r${esc}\\[J|\\n)`))) {
      const up = new RegExp(`^${esc}\\[(\\d+)A`).exec(part);
      if (up) lines.splice(lines.length - 1 - Number(up[1]), Number.POSITIVE_INFINITY, "");
      else if (part === "\n") lines.push("");
      else lines[lines.length - 1] += part;
    }
    return lines.filter(Boolean);
  }
}

let now = 0;
const reporterOn = (screen: Screen, logFile?: string) => new ConsoleReporter({ out: screen, now: () => now, logFile });
let dir: string;
beforeEach(() => {
  now = 0;
  dir = mkdtempSync(join(tmpdir(), "lake-progress-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe("in a log", () => {
  it("gives plain lines with the elapsed time", async () => {
    const screen = new Screen(false);
    await reporterOn(screen).step("images", async (step) => {
      now = 75_000;
      step.note("3 of 4");
    });
    expect(screen.text).toBe("... images\n... images: 3 of 4 (1m15s)\nok  images: 3 of 4 (1m15s)\n");
  });

  it("holds notes back that come too fast, and gives the newest", async () => {
    const screen = new Screen(false);
    await reporterOn(screen).step("photos", async (step) => {
      for (let photo = 1; photo <= 24; photo++) {
        now += 1000;
        step.note(`photo ${photo}`);
      }
    });
    const told = screen.text.split("\n").filter((line) => line.includes("photo "));
    expect(told).toHaveLength(5);
    expect(told.at(-1)).toBe("ok  photos: photo 24 (24s)");
  });

  it("shows the last lines of a step that fails, and passes the failure on", async () => {
    const screen = new Screen(false);
    const failing = reporterOn(screen).step("cluster", async (step) => {
      for (let line = 1; line <= 30; line++) step.log(`line ${line}`);
      throw new Error("etcd ended");
    });
    await expect(failing).rejects.toThrow("etcd ended");
    expect(screen.text).toContain("FAILED cluster");
    expect(screen.text).toContain("    | line 30\n");
    expect(screen.text).toContain("    | line 11\n");
    expect(screen.text).not.toContain("| line 10\n");
  });

  it("keeps every line of every step in the file", async () => {
    const file = join(dir, "logs", "run.log");
    await reporterOn(new Screen(false), file).step("tools", async (step) => {
      step.log("compiling \u001b[31mred\u001b[0m");
      step.note("etcd");
    });
    expect(readFileSync(file, "utf8")).toBe(
      "1970-01-01T00:00:00.000Z tools: compiling red\n1970-01-01T00:00:00.000Z tools: etcd\n",
    );
  });
});

// Only root can mount a small disk.
describe.runIf(process.getuid?.() === 0)("on a full disk", () => {
  it("goes on without its log, and says so once", async () => {
    await exec("mount", ["-t", "tmpfs", "-o", "size=16k", "tmpfs", dir]);
    try {
      const screen = new Screen(false);
      const file = join(dir, "run.log");
      const work = reporterOn(screen, file).step("tools", async (step) => {
        for (let line = 0; line < 100; line++) step.log("x".repeat(1000));
        return "done";
      });
      expect(await work).toBe("done");
      expect(screen.text.match(/the log .* ends here: ENOSPC.*/g)).toEqual([expect.stringContaining(file)]);
    } finally {
      await exec("umount", [dir]);
    }
  });
});

describe("on a terminal", () => {
  it("has one live line a step, cut to the width, also for steps that overlap", async () => {
    const screen = new Screen(true);
    const reporter = reporterOn(screen);
    let finish = () => {};
    const outer = reporter.step(
      "outer",
      () =>
        new Promise<void>((done) => {
          finish = done;
        }),
    );
    await reporter.step("inner", async (step) => {
      step.note("x".repeat(100));
      expect(screen.shown()).toHaveLength(2);
      expect(screen.shown().every((line) => line.length < screen.columns)).toBe(true);
    });
    expect(screen.shown()).toEqual([expect.stringMatching(/^ok {2}inner: x+ \(0s\)$/), "... outer (0s)"]);
    finish();
    await outer;
    expect(screen.shown()[1]).toBe("ok  outer (0s)");
  });

  it("cannot be written over by what a tool prints", async () => {
    const screen = new Screen(true);
    await reporterOn(screen).step("tool", async (step) => step.note("a\u001b[2Jb\rc"));
    expect(screen.shown()).toEqual(["ok  tool: abc (0s)"]);
  });
});

it.each([
  [0.4, "0s"],
  [59.4, "59s"],
  [59.6, "1m00s"],
  [75, "1m15s"],
  [3725, "1h02m"],
])("%d seconds are %s", (seconds, text) => expect(elapsed(seconds)).toBe(text));
