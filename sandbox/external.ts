import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { refusal } from "../components/connect";
import type { Kubectl } from "./cluster/kubectl";
import { NODE_PORTS } from "./cluster/network";
import { atLeast, MINIMUM_KUBERNETES } from "./cluster/version";
import { SandboxError } from "./errors";
import { LOCAL, pushImages } from "./images";
import { wantedImages } from "./images/wanted";
import type { Instance } from "./instance";
import { checkout } from "./paths";
import { type Problem, requireNoProblems } from "./preflight";
import type { Reporter, Step } from "./progress";
import { type InstanceFacts, PROJECT, STACK, served } from "./project";
import { probe } from "./toolchain/download";
import { Unavailable } from "./toolchain/errors";
import { arch } from "./toolchain/platform";

const DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class";

interface Node {
  readonly metadata: { readonly name: string };
  readonly spec?: { readonly podCIDRs?: readonly string[] };
  readonly status: {
    readonly addresses?: readonly { readonly type: string; readonly address: string }[];
    readonly nodeInfo: { readonly architecture: string };
  };
}

interface StorageClass {
  readonly metadata: { readonly annotations?: Record<string, string> };
}

/** Throws unless a cluster that cannot see this machine's images has others to take, built here or named in the config. */
export function requireImages(registry: string | undefined, file = join(checkout, `Pulumi.${STACK}.yaml`)): void {
  if (registry !== undefined) return;
  const { config } = parse(readFileSync(file, "utf8")) as { config: Record<string, Record<string, string>> };
  const local = Object.entries(config[`${PROJECT}:images`] ?? {}).filter(([, image]) => image.startsWith(LOCAL));
  if (local.length === 0) return;
  throw new SandboxError(
    `a cluster of your own needs images that it can pull, and ${local.map(([name]) => name).join(", ")} are built on this machine: ` +
      "name a registry with --registry HOST/PATH, to which they are pushed, or set " +
      `${PROJECT}:images in ${file} to images that the cluster can pull`,
    2,
  );
}

/** Throws unless something answers at a registry's address in the way in which BuildKit pushes: with TLS, or without it at localhost. */
export async function requireRegistry(registry: string): Promise<void> {
  const host = registry.split("/")[0] as string;
  const local = /^(localhost|127\.[\d.]+)(:\d+)?$/.test(host);
  try {
    await probe(`${local ? "http" : "https"}://${host}/v2/`);
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    // BuildKit has the machine's own certificate authorities, which this process may lack.
    if (/certificate/.test(error.message)) return;
    throw new SandboxError(
      `--registry ${registry}: ${error.message}. See that it runs and is named right; one without TLS is pushed to at localhost alone`,
      2,
    );
  }
}

/** Looks at somebody else's cluster, throws with all that it lacks, and gives it the images. The servers are reached at a node's ports. */
export async function externalFacts(
  instance: Instance,
  registry: string | undefined,
  kubectl: Kubectl,
  report: Reporter,
): Promise<InstanceFacts> {
  const { host, podCidrs } = await report.step("cluster", (step) =>
    lookAtCluster(kubectl, registry !== undefined, step),
  );
  const cluster = { kubeconfig: instance.kubeconfig, podCidrs };
  const servers = served(instance, host);
  if (registry === undefined) return { cluster, ...servers };
  const images = await pushImages(
    wantedImages().filter((name) => !NODES_OWN.includes(name)),
    registry,
    report,
  );
  return { cluster, ...servers, images, codeVersion: images.tasks };
}

/** Images that only a node of the sandbox's own runs. */
const NODES_OWN: readonly string[] = ["pause", "coredns", "local-path-provisioner"];

/** The address at which the cluster's node ports are reached from here, and those of its pods as far as the nodes say them. */
export async function lookAtCluster(
  kubectl: Kubectl,
  builtHere: boolean,
  step: Step,
): Promise<{ host: string; podCidrs: string[] }> {
  const answer = await kubectl.answers();
  if (answer !== true) {
    throw new SandboxError(
      `the cluster of ${kubectl.kubeconfig} does not answer: ${answer}. Is it running, and is the file current?`,
    );
  }
  const { gitVersion } = await kubectl.json<{ gitVersion: string }>(["get", "--raw=/version"]);
  const { items: nodes } = await kubectl.json<{ items: Node[] }>(["get", "--raw=/api/v1/nodes"]);
  const { items: classes } = await kubectl.json<{ items: StorageClass[] }>([
    ...["get", "--raw=/apis/storage.k8s.io/v1/storageclasses"],
  ]);
  const problems: Problem[] = [];
  if (!atLeast(gitVersion, MINIMUM_KUBERNETES)) {
    problems.push({
      what: `Kubernetes is ${gitVersion}`,
      mend: `use a cluster of version ${MINIMUM_KUBERNETES} or newer`,
    });
  }
  if (!classes.some(({ metadata }) => metadata.annotations?.[DEFAULT_CLASS] === "true")) {
    problems.push({ what: "no storage class is the default one", mend: `annotate one with ${DEFAULT_CLASS}=true` });
  }
  const others = nodes.filter(({ status }) => status.nodeInfo.architecture !== arch);
  if (builtHere && others.length === nodes.length) {
    problems.push({ what: `no node is of this machine's kind, ${arch}`, mend: `build the images on such a machine` });
  }
  const ports = Object.values(NODE_PORTS).join(", ");
  const addresses = nodes.flatMap(({ status }) => status.addresses ?? []).filter(({ type }) => type.endsWith("IP"));
  const reached = await Promise.all(addresses.map(({ address }) => answersAt(address)));
  const host = addresses.find((_, at) => reached[at])?.address;
  if (host === undefined) {
    const tried = addresses.map(({ address }) => address).join(", ") || "none";
    problems.push({
      what: `no node can be reached from here (addresses: ${tried})`,
      mend: `run this where the nodes' ports ${ports} can be reached, and see to firewalls between`,
    });
  }
  requireNoProblems(problems, `the cluster of ${kubectl.kubeconfig} cannot carry the sandbox yet:`);
  step.note(`Kubernetes ${gitVersion}, reached at ${host}`);
  return { host: host as string, podCidrs: nodes.flatMap(({ spec }) => spec?.podCIDRs ?? []) };
}

/** Whether something answers at an address; that nothing listens yet is an answer too. */
async function answersAt(host: string): Promise<boolean> {
  const why = await refusal({ host, port: NODE_PORTS.minio });
  return why === undefined || why.code === "ECONNREFUSED";
}
