import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { dependencies } from "../../../plugins/language-nodejs/dependencies";
import {
  argumentsFor,
  environmentFor,
  findRunner,
  outcomeOf,
  type Program,
} from "../../../plugins/language-nodejs/program";

const checkout = join(__dirname, "../../..");
const program: Program = {
  ...{ folder: checkout, entryPoint: "index.ts", rootFolder: "/state/project", options: {}, args: ["--own"] },
  ...{ project: "p", stack: "s", organization: "o", monitor: "127.0.0.1:1", engine: "127.0.0.1:2" },
  ...{ config: { "p:a": "1" }, secretKeys: ["p:b"], dryRun: true, parallel: 4 },
};

describe("the runner's command line", () => {
  it("has the program last, with its own arguments, and Node's options first", () => {
    const options = { nodeargs: "--max-old-space-size=4096 --trace-warnings" };
    expect(argumentsFor({ ...program, options }, "run.js")).toEqual([
      ...["--max-old-space-size=4096", "--trace-warnings", "run.js"],
      ...[
        "--monitor",
        "127.0.0.1:1",
        "--engine",
        "127.0.0.1:2",
        "--project",
        "p",
        "--stack",
        "s",
        "--organization",
        "o",
      ],
      ...["--root-directory", "/state/project", "--pwd", checkout, "--dry-run", "--parallel", "4", "index.ts", "--own"],
    ]);
  });

  it("leaves --dry-run out of an update", () => {
    expect(argumentsFor({ ...program, dryRun: false }, "run.js")).not.toContain("--dry-run");
  });
});

describe("the runner's environment", () => {
  it("carries config and options, and leaves type checks to tsc unless told otherwise", () => {
    expect(environmentFor({ ...program, options: { tsconfig: "other.json" } }, { HOME: "/h" })).toEqual({
      HOME: "/h",
      PULUMI_CONFIG: '{"p:a":"1"}',
      PULUMI_CONFIG_SECRET_KEYS: '["p:b"]',
      PULUMI_NODEJS_TYPESCRIPT: "true",
      PULUMI_NODEJS_TSCONFIG_PATH: "other.json",
      PULUMI_NODEJS_TRANSPILE_ONLY: "true",
    });
    const env = { PULUMI_NODEJS_TRANSPILE_ONLY: "false" };
    expect(environmentFor({ ...program, options: { typescript: false } }, env)).toMatchObject({
      PULUMI_NODEJS_TYPESCRIPT: "false",
      PULUMI_NODEJS_TRANSPILE_ONLY: "false",
    });
  });
});

describe("the outcome", () => {
  it("is told from the exit status: 32 has shown its errors already", () => {
    expect(outcomeOf(0, null)).toEqual({ error: "", bail: false });
    expect(outcomeOf(32, null)).toEqual({ error: "", bail: true });
    expect(outcomeOf(1, null)).toEqual({ error: "the program exited with status 1", bail: false });
    expect(outcomeOf(null, "SIGKILL")).toEqual({ error: "the program was ended by SIGKILL", bail: false });
  });
});

describe("a program without its packages", () => {
  it("is told to install them", () => {
    const folder = mkdtempSync(join(tmpdir(), "program-"));
    expect(() => findRunner(folder, "run")).toThrow(
      `the program in ${folder} has no @pulumi/pulumi: run \`npm ci\` there`,
    );
    expect(dependencies(folder)).toEqual([]);
    rmSync(folder, { recursive: true });
  });
});

describe("dependencies", () => {
  it("are those of the nearest package.json, with the installed versions", () => {
    const { dependencies: asked } = require(join(checkout, "package.json"));
    const found = dependencies(join(checkout, "plugins", "random"));
    expect(found).toContainEqual({ name: "@pulumi/pulumi", version: asked["@pulumi/pulumi"] });
  });
});
