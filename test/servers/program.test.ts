import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { type PlainPulumi, plainPulumi } from "./plain-pulumi";

const folder = mkdtempSync(join(tmpdir(), "program-test-"));
const [project, code] = [join(folder, "project"), join(folder, "code")];
let pulumi: PlainPulumi;
vi.setConfig({ testTimeout: 600_000 });

const PROGRAM = `
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { size } from "./size";

const config = new pulumi.Config();
const byteLength: number = config.getNumber("size") ?? size;
console.log("this many bytes: " + byteLength);
if (config.getBoolean("fail")) throw new Error("the program gives up");
const id = new random.RandomId("id", { byteLength });
export const hex: pulumi.Output<string> = id.hex;
`;

beforeAll(async () => {
  for (const place of [project, code]) mkdirSync(place);
  pulumi = await plainPulumi(folder, project, ["random"]);
  writeFileSync(join(project, "Pulumi.yaml"), `name: test\nruntime: nodejs\nmain: ${join(code, "index.ts")}\n`);
  writeFileSync(join(code, "package.json"), '{ "name": "test", "dependencies": { "@pulumi/pulumi": "*" } }');
  writeFileSync(
    join(code, "tsconfig.json"),
    '{ "compilerOptions": { "strict": true, "module": "node16", "target": "ES2022" } }',
  );
  writeFileSync(join(code, "index.ts"), PROGRAM);
  writeFileSync(join(code, "size.ts"), "export const size: number = 4;\n");
  symlinkSync(resolve(__dirname, "../../node_modules"), join(code, "node_modules"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("runs a strict TypeScript program that lies elsewhere, by the plain commands", async () => {
  await pulumi("stack", "init", "sandbox");
  const preview = await pulumi("preview", "--stack", "sandbox");
  expect(preview.output).toContain("this many bytes: 4");
  expect(preview.output).toContain("+ 2 to create");
  expect(preview.output).not.toContain("warning");

  const up = await pulumi("up", "--stack", "sandbox", "--yes", "--skip-preview");
  expect(up.failed, up.output).toBe(false);
  const { output } = await pulumi("stack", "output", "hex", "--stack", "sandbox");
  expect(output.trim()).toMatch(/^[0-9a-f]{8}$/);

  const again = await pulumi("preview", "--stack", "sandbox", "--expect-no-changes");
  expect(again.failed, again.output).toBe(false);
  const refresh = await pulumi("refresh", "--stack", "sandbox", "--yes", "--expect-no-changes");
  expect(refresh.failed, refresh.output).toBe(false);

  await pulumi("config", "set", "size", "8", "--stack", "sandbox");
  expect((await pulumi("preview", "--stack", "sandbox")).output).toContain("this many bytes: 8");
});

it("shows a program's own error once, with the place where it happened", async () => {
  await pulumi("config", "set", "fail", "true", "--stack", "sandbox");
  const { failed, output } = await pulumi("preview", "--stack", "sandbox");
  expect(failed).toBe(true);
  expect(output.match(/the program gives up/g)).toHaveLength(1);
  expect(output).toContain(join(code, "index.ts"));
  await pulumi("config", "rm", "fail", "--stack", "sandbox");
});

it("says what to do instead of installing packages", async () => {
  const { failed, output } = await pulumi("install");
  expect(failed).toBe(true);
  expect(output).toContain(`run \`npm ci\` in ${code}`);
});

it("takes everything down again", async () => {
  const destroyed = await pulumi("destroy", "--stack", "sandbox", "--yes", "--skip-preview");
  expect(destroyed.failed, destroyed.output).toBe(false);
});
