import { createHash } from "node:crypto";
import { chmod, copyFile, cp, link, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { buildServer } from "../../services/mcp/build";
import { checkout } from "../paths";
import type { Reporter } from "../progress";
import { ensureTool, type ToolName, versions } from "../toolchain";
import { describeTree, hashOf } from "../toolchain/hash";
import { certManagerVersion } from "../toolchain/packages";
import { baseImage } from "./base";

const pipelineCommands = [
  "controller",
  "webhook",
  "events",
  "entrypoint",
  "nop",
  "sidecarlogresults",
  "workingdirinit",
] as const;
const triggerCommands = ["controller", "webhook", "eventlistenersink", "interceptors"] as const;

export type ImageName =
  | "minio"
  | "postgis"
  | "tasks"
  | "catalogue"
  | "notebooks"
  | "mcp"
  | "shell"
  | "pause"
  | "coredns"
  | "local-path-provisioner"
  | "cert-manager-controller"
  | `tekton-pipelines-${(typeof pipelineCommands)[number]}`
  | `tekton-triggers-${(typeof triggerCommands)[number]}`;

/** One way to make an image; its tag follows from everything in it. */
export interface Recipe {
  /** Folder under `images/`. */
  readonly dockerfile: string;
  readonly args: Readonly<Record<string, string>>;
  /** Whether the Dockerfile starts from `${BASE}`. */
  readonly base: boolean;
  /** Lines that say what goes into the image besides Dockerfile and arguments. */
  readonly inputs: () => Promise<readonly string[]>;
  /** Fills an empty folder for the build and says which folder is the context; called only when the image is built. */
  readonly prepare: (
    scratch: string,
    report: Reporter,
  ) => Promise<{ context: string; folders: Record<string, string> }>;
}

/** An image: its own recipe, and the image that its project publishes, taken instead where its registry answers. */
export interface Image {
  readonly name: ImageName;
  readonly recipe: Recipe;
  readonly upstream?: string;
}

const empty = async (scratch: string) => ({ context: scratch, folders: {} });

/** An image of one static Go program, at `path` (`/program` is a link to it). */
function program(
  name: ImageName,
  tool: ToolName,
  version: string,
  file: string,
  path: string,
  upstream?: string,
): Image {
  const prepare = async (scratch: string, report: Reporter) => {
    const found = await ensureTool(tool, report);
    await stageProgram(file === "." ? found : join(found, file), path, scratch);
    return { context: scratch, folders: {} };
  };
  const inputs = async () => [`${tool} ${version} ${file} ${path}`];
  return { name, upstream, recipe: { dockerfile: "static", args: {}, base: false, inputs, prepare } };
}

/** A root filesystem with one program and what a process may expect beside it. */
async function stageProgram(from: string, path: string, root: string): Promise<void> {
  const target = join(root, path);
  await mkdir(dirname(target), { recursive: true });
  // A link costs no copy; it fails between filesystems.
  await link(from, target).catch(() => copyFile(from, target));
  await symlink(path.slice(1), join(root, "program"));
  for (const folder of ["etc", "tmp"]) await mkdir(join(root, folder));
  await chmod(join(root, "tmp"), 0o1777);
  await writeFile(join(root, "etc", "passwd"), "root:x:0:0:root:/:/none\nnonroot:x:65532:65532:nonroot:/tmp:/none\n");
  await writeFile(join(root, "etc", "group"), "root:x:0:\nnonroot:x:65532:\n");
}

/** Tekton's images are named after the hash of their command's import path. */
export function tektonImage(repository: "pipeline" | "triggers", command: string, version: string): string {
  const path = `github.com/tektoncd/${repository}/cmd/${command}`;
  return `ghcr.io/tektoncd/${repository}/${command}-${createHash("md5").update(path).digest("hex")}:v${version}`;
}

function tekton<C extends string>(
  tool: "tekton-pipelines" | "tekton-triggers",
  version: string,
  commands: readonly C[],
): Image[] {
  const repository = tool === "tekton-pipelines" ? "pipeline" : "triggers";
  return commands.map((command) =>
    program(
      `${tool}-${command}` as ImageName,
      tool,
      version,
      command,
      `/ko-app/${command}`,
      tektonImage(repository, command, version),
    ),
  );
}

const minio: Image = {
  name: "minio",
  recipe: {
    dockerfile: "minio",
    args: { MINIO: `v${versions.minio}`, MC: `v${versions.mc}` },
    base: true,
    inputs: async () => [],
    prepare: async (scratch, report) => {
      const programs = join(scratch, "programs");
      await mkdir(programs);
      for (const name of ["minio", "mc"] as const) {
        const from = await ensureTool(name, report);
        await link(from, join(programs, name)).catch(() => copyFile(from, join(programs, name)));
      }
      return { context: scratch, folders: { build: scratch } };
    },
  },
};

const postgresMajor = versions.debian.postgresql.split(".")[0] as string;
const tasksFolder = join(checkout, "tasks");
const NOTEBOOK_FOLDERS = ["notebooks", "tasks/src", "tasks/training"];

/** An image of the package `dronelake`: what it can do is a matter of the extras and the programs beside it. */
function dronelake(name: "tasks" | "catalogue", args: Record<"EXTRAS" | "MAJOR", string>): Image {
  return {
    name,
    recipe: {
      dockerfile: "tasks",
      args,
      base: true,
      inputs: async () => [
        ...(await describeTree(join(tasksFolder, "src"))),
        await readFile(join(tasksFolder, "pyproject.toml"), "utf8"),
        await readFile(join(tasksFolder, "constraints.txt"), "utf8"),
      ],
      prepare: async () => ({ context: tasksFolder, folders: {} }),
    },
  };
}

/** JupyterLab, the notebooks and the code that they import. */
const notebooks: Image = {
  name: "notebooks",
  recipe: {
    dockerfile: "notebooks",
    args: {},
    base: true,
    inputs: async () => [
      ...(await Promise.all(NOTEBOOK_FOLDERS.map((folder) => describeTree(join(checkout, folder))))).flat(),
      await readFile(join(tasksFolder, "pyproject.toml"), "utf8"),
    ],
    prepare: async (scratch) => {
      for (const folder of NOTEBOOK_FOLDERS)
        await cp(join(checkout, folder), join(scratch, folder), { recursive: true });
      await copyFile(join(tasksFolder, "pyproject.toml"), join(scratch, "tasks", "pyproject.toml"));
      return { context: scratch, folders: {} };
    },
  },
};

const mcp: Image = {
  name: "mcp",
  recipe: {
    dockerfile: "mcp",
    args: {},
    base: true,
    inputs: async () => [
      `node ${versions.node}`,
      ...(await describeTree(join(checkout, "services", "mcp"))),
      await readFile(join(checkout, "package-lock.json"), "utf8"),
    ],
    prepare: async (scratch, report) => {
      await copyFile(await ensureTool("node", report), join(scratch, "node"));
      await buildServer(join(scratch, "app"));
      return { context: scratch, folders: {} };
    },
  },
};

/** An image that its own folder says all about. */
function plain(name: "postgis" | "shell" | "pause", args: Record<string, string>): Image {
  const folder = join(checkout, "images", name);
  const prepare = async () => ({ context: folder, folders: {} });
  return { name, recipe: { dockerfile: name, args, base: true, inputs: async () => [], prepare } };
}

const coredns = versions.coredns;
const provisioner = versions.localPathProvisioner;

export const images: readonly Image[] = [
  minio,
  plain("postgis", { MAJOR: postgresMajor }),
  dronelake("tasks", { EXTRAS: "stitch,detect,catalog", MAJOR: postgresMajor }),
  notebooks,
  dronelake("catalogue", { EXTRAS: "serve", MAJOR: "" }),
  mcp,
  plain("shell", {}),
  plain("pause", {}),
  program("coredns", "coredns", coredns, ".", "/coredns", `registry.k8s.io/coredns/coredns:v${coredns}`),
  program(
    "local-path-provisioner",
    "local-path-provisioner",
    provisioner,
    ".",
    "/usr/bin/local-path-provisioner",
    `docker.io/rancher/local-path-provisioner:v${provisioner}`,
  ),
  program(
    "cert-manager-controller",
    "cert-manager-controller",
    certManagerVersion,
    ".",
    "/cert-manager-controller",
    `quay.io/jetstack/cert-manager-controller:v${versions.certManager}`,
  ),
  ...tekton("tekton-pipelines", versions.tektonPipelines, pipelineCommands),
  ...tekton("tekton-triggers", versions.tektonTriggers, triggerCommands),
];

/** The recipe that takes an image over as its project publishes it. */
export function upstreamRecipe(image: string): Recipe {
  return { dockerfile: "upstream", args: { IMAGE: image }, base: false, inputs: async () => [], prepare: empty };
}

/** The tag of what a recipe makes: equal content, equal tag. */
export async function tagOf(recipe: Recipe): Promise<string> {
  const args = Object.entries(recipe.args).sort(([a], [b]) => (a < b ? -1 : 1));
  const folder = join(checkout, "images", recipe.dockerfile);
  return hashOf([
    ...(await describeTree(folder)),
    ...args.flat(),
    recipe.base ? `${baseImage} ${versions.debian.suite}` : "",
    ...(await recipe.inputs()),
  ]);
}
