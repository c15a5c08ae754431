import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { cacheDir, checkout } from "../paths";
import type { Reporter, Step } from "../progress";
import { probe } from "../toolchain/download";
import { Unavailable, withSpace } from "../toolchain/errors";
import { ensureFolder, sweep, touch } from "../toolchain/store";
import { ensureBase } from "./base";
import { type Build, type BuildRequest, withBuildkit } from "./buildkit";
import { digestOf } from "./digest";
import { type Image, type ImageName, images, type Recipe, tagOf, upstreamRecipe } from "./recipes";
import { proxyArgs, withSecrets } from "./secrets";

export type { ImageName } from "./recipes";

/** An image on this machine. */
export interface BuiltImage {
  /** Its name; the tag is a hash of the image's inputs. */
  readonly ref: string;
  /** The name with the image's digest, by which pods ask for it: what they record of it is then exact. */
  readonly pinned: string;
  /** A tar file as `docker save` writes it, for `ctr images import`. */
  readonly archive: string;
}

/** What the names of images that no registry has begin with. */
export const LOCAL = "drone-lake.local/";
/** Of one build: layers, the archive, and room for package caches. */
const BUILD_BYTES = 5 * 1024 ** 3;
/** Archives of an image that are kept for other checkouts and for going back. */
const KEPT_ARCHIVES = 3;

interface Candidate {
  readonly image: Image;
  readonly recipe: Recipe;
  readonly ref: string;
  /** Holds `image.tar`; it exists only when that is whole. */
  readonly folder: string;
}

/** Builds the images that are missing, all with one BuildKit, and returns them by name. */
export async function ensureImages<N extends ImageName>(
  names: readonly N[],
  report: Reporter,
): Promise<Record<N, BuiltImage>> {
  const { ready: cached, missing } = await lookUp(names);
  const ready = missing.length > 0 ? await buildAll(missing.length, names, report) : cached;
  const entries = await Promise.all(
    ready.map(async ({ image, ref, folder }) => {
      await touch(folder);
      const archive = join(folder, "image.tar");
      return [image.name, { ref, pinned: `${ref}@${await digestOf(archive)}`, archive }];
    }),
  );
  return Object.fromEntries(entries);
}

/** Of each image the candidate that is in the cache, or all of them. */
async function lookUp(names: readonly ImageName[]): Promise<{ ready: Candidate[]; missing: Candidate[][] }> {
  const all = await Promise.all(names.map(candidatesOf));
  const cached = all.map((candidates) => candidates.find(({ folder }) => existsSync(folder)));
  return { ready: cached.filter((candidate) => candidate !== undefined), missing: all.filter((_, at) => !cached[at]) };
}

/** The ways to get an image: as its project publishes it, else built here. */
async function candidatesOf(name: ImageName): Promise<Candidate[]> {
  const image = images.find((candidate) => candidate.name === name);
  if (!image) throw new Error(`unknown image ${name}`);
  const recipes = [...(image.upstream ? [upstreamRecipe(image.upstream)] : []), image.recipe];
  return Promise.all(
    recipes.map(async (recipe) => {
      const tag = await tagOf(recipe);
      return { image, recipe, ref: `${LOCAL}${name}:${tag}`, folder: join(cacheDir(), "images", name, tag) };
    }),
  );
}

/** What images are built with while this run alone builds. */
interface Workshop {
  readonly build: Build;
  readonly secrets: Record<string, string>;
  /** A folder for what is only needed meanwhile. */
  readonly scratch: string;
  readonly report: Reporter;
}

async function withWorkshop<T>(report: Reporter, step: Step, work: (workshop: Workshop) => Promise<T>): Promise<T> {
  const folder = join(cacheDir(), "images");
  await mkdir(folder, { recursive: true });
  return withSpace([folder], BUILD_BYTES, () =>
    withBuildkit(report, step, (build, scratch) =>
      withSecrets(scratch, (secrets) => work({ build, secrets, scratch, report })),
    ),
  );
}

async function buildAll(count: number, names: readonly ImageName[], report: Reporter): Promise<Candidate[]> {
  return report.step(`images (${count} to build)`, (step) =>
    withWorkshop(report, step, async (workshop) => {
      // Looked up again: the wait for another run may have been long, it may have built the same, and sources may have changed.
      const { ready, missing } = await lookUp(names);
      const results = await Promise.allSettled(missing.map((candidates) => makeOne(candidates, workshop)));
      for (const result of results) if (result.status === "rejected") throw result.reason;
      return [...ready, ...results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []))];
    }),
  );
}

async function makeOne(candidates: readonly Candidate[], workshop: Workshop): Promise<Candidate> {
  return takeFirst(candidates, workshop.report, async (candidate, step) => {
    await ensureFolder(candidate.folder, step, async (into) => {
      const output = { archive: join(into, "image.tar") };
      await buildOne(candidate, { ref: candidate.ref, output }, workshop, step);
      step.note(`${Math.ceil((await stat(output.archive)).size / 1024 ** 2)} MiB`);
    });
    await sweep(join(candidate.folder, ".."), KEPT_ARCHIVES);
  });
}

/**
 * Builds images and pushes them to a registry, `HOST[:PORT]/PATH`, with the credentials of docker's own settings. Returns the names by which
 * pods ask for them. What the registry has already is not sent again.
 */
export async function pushImages<N extends ImageName>(
  names: readonly N[],
  registry: string,
  report: Reporter,
): Promise<Record<N, string>> {
  const refOf = ({ ref }: Candidate) => `${registry}/${ref.slice(LOCAL.length)}`;
  return report.step(`images to ${registry}`, (step) =>
    withWorkshop(report, step, async (workshop) => {
      const pushed: [N, string][] = [];
      for (const name of names) {
        const taken = await takeFirst(await candidatesOf(name), report, (candidate, at) =>
          buildOne(candidate, { ref: refOf(candidate), output: "registry" }, workshop, at),
        );
        pushed.push([name, refOf(taken)]);
      }
      return Object.fromEntries(pushed) as Record<N, string>;
    }),
  );
}

/** The first of an image's candidates that can be made. */
async function takeFirst(
  candidates: readonly Candidate[],
  report: Reporter,
  make: (candidate: Candidate, step: Step) => Promise<void>,
): Promise<Candidate> {
  const name = candidates[0]?.image.name as ImageName;
  return report.step(`image ${name}`, async (step) => {
    for (const candidate of candidates) {
      const upstream = candidate.recipe === candidate.image.recipe ? undefined : candidate.image.upstream;
      try {
        if (upstream)
          await probe(`https://${upstream.split("/")[0]?.replace(/^docker\.io$/, "registry-1.docker.io")}/v2/`);
        await make(candidate, step);
        return candidate;
      } catch (error) {
        if (!upstream) throw error;
        step.log(`${upstream} cannot be had: ${(error as Error).message}`);
      }
    }
    throw new Unavailable(`image ${name}: no way to make it`);
  });
}

async function buildOne(
  { recipe }: Candidate,
  target: Pick<BuildRequest, "ref" | "output">,
  { build, secrets, scratch, report }: Workshop,
  step: Step,
): Promise<void> {
  const folder = await mkdtemp(join(scratch, "context-"));
  try {
    const { context, folders } = await recipe.prepare(folder, report);
    const args = { ...recipe.args, ...proxyArgs(process.env) };
    const contexts: BuildRequest["contexts"] = {};
    for (const [name, path] of Object.entries(folders)) contexts[name] = { folder: path };
    if (recipe.base) {
      const base = await ensureBase(report);
      if ("image" in base) args.BASE = base.image;
      else {
        args.BASE = "base";
        contexts.base = base;
      }
    }
    step.note("building");
    const dockerfile = join(checkout, "images", recipe.dockerfile);
    await build({ dockerfile, context, args, contexts, secrets, ...target }, step);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
