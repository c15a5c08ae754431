/** What the pipelines' files promise, beside what the linters look at (`npm test` runs actionlint). */
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import Ajv from "ajv";
import { describe, expect, it, vi } from "vitest";
import { parse } from "yaml";
import packageJson from "../../package.json";
import schema from "./gitlab-ci.schema.json";

vi.setConfig({ testTimeout: 60_000 });

const checkout = resolve(__dirname, "../..");
const folder = join(checkout, ".github", "workflows");

interface Job {
  readonly permissions?: Record<string, string>;
  readonly container?: unknown;
  readonly steps?: readonly { uses?: string; run?: string; with?: Record<string, unknown> }[];
  readonly environment?: unknown;
}

interface Workflow {
  readonly on: Record<string, unknown>;
  readonly permissions: unknown;
  readonly jobs: Record<string, Job>;
}

const workflows = Object.fromEntries(
  readdirSync(folder).map((file) => [file, parse(readFileSync(join(folder, file), "utf8")) as Workflow]),
);
const all = Object.values(workflows);
const jobs = Object.entries(workflows).flatMap(([file, { jobs }]) =>
  Object.entries(jobs).map(([name, job]) => [`${file} ${name}`, job] as const),
);

/** The npm scripts that a text runs. */
const scripts = (text: string) =>
  [...text.matchAll(/npm (?:run (?:--silent |-s )?)?([a-z][\w:]*)/g)].map((match) => match[1] as string);

describe("workflows of GitHub", () => {
  it.each(jobs)("%s: actions are pinned by commit, and only what is needed is permitted", (_, job) => {
    for (const { uses } of job.steps ?? []) if (uses && !uses.startsWith("./")) expect(uses).toMatch(/@[0-9a-f]{40}$/);
    const writes = Object.entries(job.permissions ?? {}).filter(([, level]) => level === "write");
    expect(job.permissions).toBeDefined();
    expect(writes.every(([what]) => what === "pull-requests")).toBe(true);
  });

  it("permit nothing by default, and never run a fork's code with this repository's secrets", () => {
    for (const workflow of all) {
      expect(workflow.permissions).toEqual({});
      expect(Object.keys(workflow.on)).not.toContain("pull_request_target");
      expect(Object.keys(workflow.on)).not.toContain("workflow_run");
    }
  });

  it("keep no token in the checkout for the code of a pull request", () => {
    const checkouts = jobs.flatMap(([, job]) =>
      (job.steps ?? []).filter(({ uses }) => uses?.startsWith("actions/checkout@")),
    );
    expect(checkouts.length).toBeGreaterThan(0);
    for (const step of checkouts) expect(step.with?.["persist-credentials"]).toBe(false);
  });

  it("put nothing of a pull request's own text into a shell", () => {
    for (const [, job] of jobs) for (const { run = "" } of job.steps ?? []) expect(run).not.toContain("${{");
  });
});

/** Takes `!reference [job, key]` for the list that it is. */
const gitlab = parse(readFileSync(join(checkout, ".gitlab-ci.yml"), "utf8"), {
  customTags: [{ tag: "!reference", collection: "seq", default: false, resolve: (seq: unknown) => seq }] as never,
}) as Record<string, { extends?: string | string[]; stage?: string; rules?: unknown; when?: string }>;

describe("the pipeline of GitLab", () => {
  it("is valid by GitLab's own schema", () => {
    const ajv = new Ajv({ strict: false, validateFormats: false });
    const valid = ajv.validate(schema, gitlab);
    expect(ajv.errorsText(), String(valid)).toBe("No errors");
  });

  it("extends and stages only what is there", () => {
    const stages = gitlab.stages as unknown as string[];
    for (const job of Object.values(gitlab)) {
      for (const from of [job.extends ?? []].flat()) expect(Object.keys(gitlab)).toContain(from);
      if (job.stage) expect(stages).toContain(job.stage);
    }
  });

  it("has somebody press a button for prod", () => {
    expect(gitlab.prod?.rules).toEqual([expect.objectContaining({ when: "manual", allow_failure: false })]);
  });
});

it.each(["test", "test:e2e", "test:clients", "preview:report", "preview:comment", "drift", "deploy"])(
  "both run npm's %s, which is there",
  (script) => {
    const github = readdirSync(folder).map((file) => readFileSync(join(folder, file), "utf8"));
    for (const code of [github.join("\n"), readFileSync(join(checkout, ".gitlab-ci.yml"), "utf8")])
      expect(scripts(code)).toContain(script);
    expect(Object.keys(packageJson.scripts)).toContain(script);
  },
);
