import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { forgetSilentHosts } from "../../../sandbox/toolchain/download";
import { ensurePlugins, missingPlugins } from "../../../sandbox/toolchain/plugins";
import { versions } from "../../../sandbox/toolchain/versions";
import { ownCache, Said } from "./helpers";

let own: ReturnType<typeof ownCache>;
beforeEach(() => {
  own = ownCache();
  // Nothing listens there: a machine that cannot download.
  vi.stubEnv("https_proxy", "http://127.0.0.1:1");
});
afterEach(() => {
  vi.unstubAllEnvs();
  own.remove();
});

/** Whether one run asked for the official plugins, and what it answered. */
async function run(sources: string) {
  forgetSilentHosts();
  const step = new Said();
  const { home, local } = await ensurePlugins("/none/pulumi", sources, step);
  return { home, local, asked: step.lines.some((line) => line.includes("get.pulumi.com does not answer")) };
}

it("asks for official plugins again a day after they were refused, and has a home for each state of the sources", {
  timeout: 120_000,
}, async () => {
  const first = await run("old");
  expect(first).toMatchObject({ local: Object.keys(versions.plugins), asked: true });
  expect(missingPlugins(first.home)).toEqual([]);
  expect(await run("old")).toEqual({ ...first, asked: false });

  const file = join(own.cache, "pulumi-home", "official", "refused.json");
  const refusal = JSON.parse(readFileSync(file, "utf8"));
  writeFileSync(file, JSON.stringify({ ...refusal, at: refusal.at - 25 * 3600 * 1000 }));
  const later = await run("new");
  expect(later.asked).toBe(true);
  expect(later.home).not.toBe(first.home);
  expect(existsSync(first.home)).toBe(true);
});

it("takes a plugin whose installation was cut off for a missing one", () => {
  const folder = join(own.cache, "plugins", `resource-random-v${versions.plugins.random}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "pulumi-resource-random"), "");
  expect(missingPlugins(own.cache)).not.toContain("random");
  writeFileSync(`${folder}.partial`, "");
  expect(missingPlugins(own.cache)).toContain("random");
});
