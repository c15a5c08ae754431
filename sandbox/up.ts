import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { UpOptions } from "./args";
import { useCache } from "./cache";
import { ensureCluster } from "./cluster";
import { importImages } from "./cluster/images";
import { Kubectl } from "./cluster/kubectl";
import { endNode, nodeAlive } from "./cluster/namespaces";
import { ensureAuthority } from "./cluster/pki";
import { ensureNodeTools } from "./cluster/tools";
import { podTroubles } from "./diagnose";
import { SandboxError } from "./errors";
import { externalFacts, requireImages, requireRegistry } from "./external";
import { checkFlight, type FlightSource, ownFlight, SAMPLE, sampleFlight } from "./flight";
import { gatherFacts, heldBytes, lookAtMachine, slotsOnHost } from "./host/facts";
import { ensureImages } from "./images";
import { wantedImages } from "./images/wanted";
import { type Instance, planInstance } from "./instance";
import { LAKE_EXTRAS, lakeEnv } from "./lake";
import { takeLock } from "./lock";
import { cacheDir, checkout, stateDir } from "./paths";
import { findProblems, machineProblems, requireNoProblems, stateToGrow } from "./preflight";
import { exec, Interrupted, interruptChildren } from "./process";
import { ConsoleReporter, type Reporter, type Step } from "./progress";
import { embeddedFacts, type InstanceFacts, writeProject } from "./project";
import { Stack, type StackOutputs } from "./pulumi";
import { type FlightResult, findingLines, readResult, timeLines, whereToLook } from "./report";
import { Runs, resultOf } from "./runs";
import { ensureManifests, ensureTool } from "./toolchain";
import { ensureVenv } from "./toolchain/venv";

const GIB = 1024 ** 3;
const MODEL = "muskrat-bank";
/** Room that nothing cached, and a filled cache, still need. */
const CACHE_BYTES = { empty: 25 * GIB, filled: 6 * GIB };

/** What the node itself runs. */
const NODE_IMAGES = ["pause", "shell", "coredns", "local-path-provisioner"] as const;

/** Brings the whole sandbox up and sends a flight through it. Returns the lines of the report. */
export async function up(options: UpOptions, from: string, hold: (release: () => void) => void): Promise<string[]> {
  const started = Date.now();
  const kubeconfig = options.kubeconfig === undefined ? undefined : resolve(from, options.kubeconfig);
  if (kubeconfig !== undefined && !existsSync(kubeconfig)) {
    throw new SandboxError(`--kubeconfig ${options.kubeconfig}: there is no file ${kubeconfig}`, 2);
  }
  const own =
    options.flight === undefined ? undefined : ownFlight(options.flight, options.project, options.flightName, from);
  const cluster =
    kubeconfig === undefined ? ({ kind: "embedded" } as const) : ({ kind: "external", kubeconfig } as const);
  const embeds = cluster.kind === "embedded";
  if (!embeds) requireImages(options.registry);
  if (options.registry !== undefined) await requireRegistry(options.registry);
  const builds = embeds || options.registry !== undefined;
  const needs = { embedded: embeds, root: builds, packages: builds && !cacheFilled() };
  requireNoProblems(machineProblems(await lookAtMachine(), needs));
  hold(await takeLock(stateDir(options.instance), "up"));
  const planned = planInstance(options.instance, cluster, await slotsOnHost());
  await preflight(planned, new ConsoleReporter());
  const instance = planned.with({});
  const report = new ConsoleReporter({ logFile: join(instance.logs, "run.log") });
  useCache(instance.dir);

  // Python packages come over the network and the photos take one core, while tools compile and servers start: they go on together.
  const python = ensureVenv(report, LAKE_EXTRAS);
  const photos = python.then((venv) => photographs(options, own, venv, report));
  const lake = (async () => {
    const stack = await Stack.open(instance, report);
    await ensureManifests(report);
    const kubectl = new Kubectl(await ensureTool("kubectl", report), instance.kubeconfig);
    const facts = embeds
      ? await embedded(instance, report)
      : await externalFacts(instance, options.registry, kubectl, report);
    return { stack, facts, kubectl, outputs: await bringUp(stack, instance, facts, kubectl, report) };
  })();
  const [venv, flight, { stack, facts, kubectl, outputs }] = await together([python, photos, lake] as const);
  const codeVersion = facts.codeVersion ?? "unknown";
  await report.step(`model ${MODEL}`, (step) => publishModel(venv, outputs, codeVersion, step));
  const result = flight && (await send(flight, venv, outputs, codeVersion, kubectl, report));
  return [
    "",
    ...(result ? [`Findings on ${result.project}/${result.flight}`, ...findingLines(result.findings), ""] : []),
    ...whereToLook(instance, outputs, result),
    "",
    ...timeLines(report.timings, (Date.now() - started) / 1000),
    ...(stack.local.length > 0 ? ["", `Pulumi ran with local builds of ${stack.local.join(", ")}.`] : []),
  ];
}

async function preflight(instance: Instance, report: Reporter): Promise<void> {
  const embedded = instance.record.cluster.kind === "embedded";
  await report.step("preflight", async (step) => {
    const running = nodeAlive(instance);
    if (embedded && !running) await endNode(instance);
    const range = `10.213.${instance.record.slot}.0/30`;
    const facts = await gatherFacts({ dir: instance.dir, range, running });
    const filled = cacheFilled();
    const stateBytes = embedded && !running ? stateToGrow(await heldBytes(instance.dir)) : GIB;
    const cacheBytes = filled ? CACHE_BYTES.filled : CACHE_BYTES.empty;
    const needs = { embedded, cacheBytes, stateBytes };
    requireNoProblems(findProblems(facts, needs));
    step.note(`instance ${instance.name}, ${instance.dir}`);
  });
}

function cacheFilled(): boolean {
  return existsSync(join(cacheDir(), "images"));
}

/** Tools, images and node of an instance that has its own. */
async function embedded(given: Instance, report: Reporter): Promise<InstanceFacts> {
  const tools = await ensureNodeTools(given, report);
  const own = await ensureImages(NODE_IMAGES, report);
  // The node comes up while the larger images are built.
  const [instance, images] = await together([
    ensureCluster(given, tools, { ...own, provisioner: own["local-path-provisioner"] }, report),
    ensureImages(wantedImages(), report),
  ] as const);
  await report.step("images into the node", (step) => importImages(instance, tools, Object.values(images), step));
  return embeddedFacts(
    instance,
    Object.fromEntries(Object.entries(images).map(([name, { pinned }]) => [name, pinned])),
  );
}

/** Runs the stack's `up`; when it fails, says what the pods have to do with it. */
async function bringUp(
  stack: Stack,
  instance: Instance,
  facts: InstanceFacts,
  kubectl: Kubectl,
  report: Reporter,
): Promise<StackOutputs> {
  await report.step("pulumi up", async (step) => {
    await ensureAuthority(instance.ca, `drone-lake ${instance.name} servers`);
    writeProject(instance, facts);
    await stack.select(step);
    try {
      await stack.up(step);
    } catch (error) {
      if (error instanceof Interrupted) throw error;
      const troubles = await podTroubles(kubectl);
      throw new SandboxError([(error as Error).message, ...troubles].join("\n"));
    }
  });
  return stack.outputs();
}

/** Waits for all. The first failure ends the others' commands, so that no work is left behind, and is thrown when they have ended. */
async function together<T extends readonly Promise<unknown>[]>(
  work: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  try {
    return (await Promise.all(work)) as { -readonly [K in keyof T]: Awaited<T[K]> };
  } catch (error) {
    await interruptChildren();
    await Promise.allSettled(work);
    throw error;
  }
}

/** The flight to send: a person's own photos, or those of the generated dike. */
async function photographs(
  options: UpOptions,
  own: FlightSource | undefined,
  venv: string,
  report: Reporter,
): Promise<FlightSource | undefined> {
  if (!options.withFlight) return undefined;
  const named = own ?? { project: options.project ?? SAMPLE.project, flight: options.flightName ?? SAMPLE.flight };
  await report.step("check of the flight", (step) => checkFlight(venv, named, step));
  if (own) return own;
  return { ...named, dir: await report.step("sample flight", (step) => sampleFlight(venv, step)) };
}

async function publishModel(venv: string, outputs: StackOutputs, codeVersion: string, step: Step): Promise<void> {
  const dir = join(checkout, "tasks", "models", MODEL);
  const env = lakeEnv("publish-model", outputs, codeVersion);
  await exec(join(venv, "bin", "dronelake"), ["publish-model", dir, "--name", MODEL], { step, env });
}

/** Uploads a flight and follows it to its findings. */
async function send(
  flight: FlightSource,
  venv: string,
  outputs: StackOutputs,
  codeVersion: string,
  kubectl: Kubectl,
  report: Reporter,
): Promise<FlightResult> {
  const manifest = await report.step(`upload ${flight.project}/${flight.flight}`, async (step) => {
    const args = ["upload", flight.dir, "--project", flight.project, "--flight", flight.flight];
    const env = lakeEnv("upload", outputs, codeVersion);
    const { stdout } = await exec(join(venv, "bin", "dronelake"), args, { step, env });
    const answer = JSON.parse(stdout) as { version_id: string; photos: number };
    step.note(`${answer.photos} photos`);
    return answer;
  });
  const runs = new Runs(kubectl);
  const stitched = await report.step("orthophoto", (step) => runs.waitFor(`orthophoto-${manifest.version_id}`, step));
  const orthoKey = decodeURIComponent(resultOf(stitched, "ortho-key").replaceAll("+", " "));
  const orthoVersion = resultOf(stitched, "ortho-version");
  await report.step("detection", (step) => runs.waitFor(`detection-${orthoVersion}`, step));
  return readResult(outputs, {
    project: flight.project,
    flight: flight.flight,
    flightVersion: manifest.version_id,
    orthoKey,
    orthoVersion,
  });
}
