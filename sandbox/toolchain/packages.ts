import { readFileSync } from "node:fs";
import { join } from "node:path";
import { checkout } from "../paths";
import type { Step } from "../progress";
import { unpackPackages } from "./debian";
import { type GoBuild, goBuild } from "./go";
import { hashOf } from "./hash";
import { npmPackage } from "./npm";
import { githubAsset, kubernetesBinaries, nodeRelease, pulumiCli, tarball } from "./official";
import { arch } from "./platform";
import { finishPostgres } from "./postgres";
import { versions } from "./versions";

/** One way to get a package: it fills the folder `into`, or throws `Unavailable` so that the next way is tried. */
export interface Source {
  readonly kind: "official download" | "Go module" | "Debian package" | "npm package";
  fill(into: string, step: Step): Promise<void>;
}

/** What is fetched or built in one go, and kept in the cache as one folder. */
export interface Package {
  readonly name: string;
  readonly version: string;
  readonly sources: readonly Source[];
  /** The tools in it: the path inside the folder, and how to see that the machine has the same version already. */
  readonly tools: Readonly<Record<string, ToolOfPackage>>;
}

export interface ToolOfPackage {
  readonly path: string;
  readonly installed?: Installed;
}

/** How an installed copy is recognised. */
export type Installed =
  /** A command on PATH that prints exactly this when run with `args`. */
  | { command: string; args: readonly string[]; prints: RegExp }
  /** A Debian package at exactly this version, that owns this file or folder. */
  | { debian: string; version: string; path: string };

const goSource = (build: GoBuild): Source => ({ kind: "Go module", fill: (into, step) => goBuild(build, into, step) });

const escaped = (text: string) => text.replace(/[.+]/g, "\\$&");
/** The version as a word of its own: `v1.34.1` is not in `v1.34.10`, nor in `v1.34.1-rc.0`. */
export const says = (version: string) => new RegExp(`(^|[^0-9.])v?${escaped(version)}($|[^0-9A-Za-z.+-])`, "m");

const kubeCommands = [
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kubelet",
  "kube-proxy",
  "kubectl",
];

const stagingModules = [
  ..."api apiextensions-apiserver apimachinery apiserver cli-runtime client-go cloud-provider cluster-bootstrap code-generator".split(
    " ",
  ),
  ..."component-base component-helpers controller-manager cri-api cri-client csi-translation-lib dynamic-resource-allocation".split(
    " ",
  ),
  ..."endpointslice externaljwt kms kube-aggregator kube-controller-manager kube-proxy kube-scheduler kubectl kubelet metrics".split(
    " ",
  ),
  ..."mount-utils pod-security-admission sample-apiserver".split(" "),
];

function kubernetes(): Package {
  const version = versions.kubernetes;
  const [major, minor] = version.split(".");
  const set = (name: string, value: string) => `-X k8s.io/component-base/version.${name}=${value}`;
  const build: GoBuild = {
    module: "k8s.io/kubernetes",
    version,
    commands: Object.fromEntries(kubeCommands.map((name) => [name, `k8s.io/kubernetes/cmd/${name}`])),
    ldflags: [set("gitVersion", `v${version}`), set("gitMajor", `${major}`), set("gitMinor", `${minor}`)].join(" "),
    wrapper: {
      go: "1.24",
      requires: Object.fromEntries(stagingModules.map((name) => [`k8s.io/${name}`, versions.kubernetesStaging])),
    },
  };
  const versionArgs = (name: string) => (name === "kubectl" ? ["version", "--client"] : ["--version"]);
  const tools = kubeCommands.map((name) => [
    name,
    { path: name, installed: { command: name, args: versionArgs(name), prints: says(version) } },
  ]);
  return {
    name: "kubernetes",
    version,
    sources: [kubernetesBinaries(kubeCommands, version), goSource(build)],
    tools: Object.fromEntries(tools),
  };
}

export const installedPulumi: Installed = {
  command: "pulumi",
  args: ["version"],
  prints: new RegExp(`^v?${escaped(versions.pulumi)}\\s*$`),
};

function pulumi(): Package {
  const version = versions.pulumi;
  const build: GoBuild = {
    module: "github.com/pulumi/pulumi/pkg/v3",
    version,
    commands: { "bin/pulumi": "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi" },
    // The Automation API reads the version from the command and refuses one that it cannot parse.
    ldflags: `-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${version}`,
    wrapper: { go: "1.25", requires: {} },
  };
  return {
    name: "pulumi",
    version,
    sources: [pulumiCli(version), goSource(build)],
    tools: { pulumi: { path: "bin/pulumi", installed: installedPulumi } },
  };
}

function tekton(name: string, module: string, version: string, commands: readonly string[]): Package {
  const build: GoBuild = {
    module,
    version,
    commands: Object.fromEntries(commands.map((command) => [command, `./cmd/${command}`])),
  };
  return { name, version, sources: [goSource(build)], tools: { [name]: { path: "." } } };
}

function debian(name: string, tool: string, version: string, path: string, installedPath: string): Package {
  return {
    name: tool,
    version,
    sources: [{ kind: "Debian package", fill: (into, step) => unpackPackages([{ name, version }], into, step) }],
    tools: { [tool]: { path, installed: { debian: name, version, path: installedPath } } },
  };
}

/**
 * A command that goes into images. An installed copy would not do: it may need libraries that the image lacks, and a build between
 * releases does not say which commit it is.
 */
function single(
  name: string,
  module: string,
  version: string,
  importPath: string,
  official: readonly Source[] = [],
): Package {
  const build: GoBuild = { module, version, commands: { [name]: importPath } };
  return { name, version, sources: [...official, goSource(build)], tools: { [name]: { path: name } } };
}

function postgres(): Package {
  const { postgresql: version, postgis } = versions.debian;
  const major = version.split(".")[0];
  const wanted = [
    { name: `postgresql-${major}`, version, series: `${major}.` },
    { name: `postgresql-client-${major}`, version, series: `${major}.` },
    { name: `postgresql-${major}-postgis-3`, version: postgis },
  ];
  const fill = async (into: string, step: Step) => {
    await unpackPackages(wanted, into, step, { closure: true });
    await finishPostgres(into, step);
  };
  return { name: "postgres", version, sources: [{ kind: "Debian package", fill }], tools: { postgres: { path: "." } } };
}

function iptables(): Package {
  const version = versions.debian.iptables;
  const fill = (into: string, step: Step) =>
    unpackPackages([{ name: "iptables", version }], into, step, { closure: true });
  return { name: "iptables", version, sources: [{ kind: "Debian package", fill }], tools: { iptables: { path: "." } } };
}

function buildkit(): Package {
  const version = versions.buildkit;
  const build: GoBuild = {
    module: "github.com/moby/buildkit",
    version,
    commands: { buildkitd: "./cmd/buildkitd", buildctl: "./cmd/buildctl" },
  };
  const official = tarball(
    () => githubAsset("moby/buildkit", `v${version}`, `buildkit-v${version}.linux-${arch}.tar.gz`),
    { only: ["bin/buildkitd", "bin/buildctl"] },
  );
  return {
    name: "buildkit",
    version,
    sources: [official, goSource(build)],
    tools: Object.fromEntries(
      ["buildkitd", "buildctl"].map((name) => [
        name,
        { path: name, installed: { command: name, args: ["--version"], prints: says(version) } },
      ]),
    ),
  };
}

/** What runs the MCP server in its image; the machine's own may be of any version. */
function node(): Package {
  const version = versions.node;
  const platform = arch === "amd64" ? "x64" : "arm64";
  return {
    name: "node",
    version,
    sources: [nodeRelease(platform, version), npmPackage(`node-linux-${platform}`, version, "bin/node")],
    tools: { node: { path: "node" } },
  };
}

/** A command of ours, `<folder>/<command>/main.go`, made of the packages of a Go module. Its content is part of its version. */
function ownCommand(name: string, folder: string, command: string, module: string, version: string): Package {
  const source = join(checkout, "sandbox", "toolchain", folder);
  const content = readFileSync(join(source, command, "main.go"), "utf8");
  const build: GoBuild = {
    module,
    version,
    commands: { [name]: `./${command}` },
    wrapper: { go: "1.26.0", requires: {}, source },
  };
  return {
    name,
    version: `${version}-${hashOf([content])}`,
    sources: [goSource(build)],
    tools: { [name]: { path: name } },
  };
}

const certManager = ownCommand(
  "cert-manager-controller",
  "cert-manager",
  "controller",
  "github.com/cert-manager/cert-manager",
  versions.certManager,
);
export const certManagerVersion = certManager.version;

const coredns = versions.coredns;
const { containerd, runc, debootstrap } = versions.debian;

/** Everything that the sandbox is made of, package by package. */
export const packages: readonly Package[] = [
  debian("etcd-server", "etcd", versions.debian["etcd-server"], "usr/bin/etcd", "/usr/bin/etcd"),
  debian("containerd", "containerd", containerd, "usr/bin", "/usr/bin"),
  debian("runc", "runc", runc, "usr/sbin/runc", "/usr/sbin/runc"),
  debian(
    "containernetworking-plugins",
    "cni-plugins",
    versions.debian["containernetworking-plugins"],
    "usr/lib/cni",
    "/usr/lib/cni",
  ),
  debian("debootstrap", "debootstrap", debootstrap, "usr/sbin/debootstrap", "/usr/sbin/debootstrap"),
  kubernetes(),
  pulumi(),
  // Always built: of these commits, MinIO's project has published the source alone.
  single("minio", "github.com/minio/minio", versions.minio, "."),
  single("mc", "github.com/minio/mc", versions.mc, "."),
  single("coredns", "github.com/coredns/coredns", coredns, ".", [
    tarball(() => githubAsset("coredns/coredns", `v${coredns}`, `coredns_${coredns}_linux_${arch}.tgz`), {
      only: ["coredns"],
    }),
  ]),
  // Needed only where the image that the project publishes cannot be had, as are Tekton's commands.
  single("local-path-provisioner", "github.com/rancher/local-path-provisioner", versions.localPathProvisioner, "."),
  certManager,
  ownCommand(
    "network-policy-enforcer",
    "network-policies",
    "enforcer",
    "sigs.k8s.io/kube-network-policies",
    versions.kubeNetworkPolicies,
  ),
  buildkit(),
  // Needed by the tests alone.
  single("actionlint", "github.com/rhysd/actionlint", versions.actionlint, "./cmd/actionlint", [
    tarball(
      () =>
        githubAsset(
          "rhysd/actionlint",
          `v${versions.actionlint}`,
          `actionlint_${versions.actionlint}_linux_${arch}.tar.gz`,
        ),
      { only: ["actionlint"] },
    ),
  ]),
  node(),
  tekton("tekton-pipelines", "github.com/tektoncd/pipeline", versions.tektonPipelines, [
    "controller",
    "webhook",
    "entrypoint",
    "nop",
    "sidecarlogresults",
    "workingdirinit",
    "events",
  ]),
  tekton("tekton-triggers", "github.com/tektoncd/triggers", versions.tektonTriggers, [
    "controller",
    "webhook",
    "eventlistenersink",
    "interceptors",
  ]),
  postgres(),
  iptables(),
];
