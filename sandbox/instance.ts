import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { SandboxError } from "./errors";
import { readIfThere, writeAtomic } from "./files";
import type { ProcessId } from "./host/processes";
import { checkout, pathHash, stateDir, stateRoot } from "./paths";

/** How the instance reaches Kubernetes: a node of its own, or a cluster that somebody else runs. */
export type ClusterKind = { readonly kind: "embedded" } | { readonly kind: "external"; readonly kubeconfig: string };

/** What is on disk about an instance. */
export interface InstanceRecord {
  readonly name: string;
  /** The third number of its addresses, 10.213.<slot>.x. */
  readonly slot: number;
  /** The checkout that made it: another one does not touch it. */
  readonly checkout: string;
  readonly cluster: ClusterKind;
  /** Process 1 of the node's namespaces; with it everything of the node ends. */
  readonly node?: ProcessId;
}

/** Slots that addresses can be made of. */
export const SLOTS = 255;
export const DEFAULT_INSTANCE = "default";
/** Kept short for the names of network links, hosts and control groups. */
const NAME = /^[a-z]([a-z0-9-]{0,22}[a-z0-9])?$/;

/** Checks an instance's name. */
export function instanceName(name: string): string {
  if (!NAME.test(name)) {
    throw new SandboxError(
      `instance name "${name}" does not work: use up to 24 lower-case letters, digits and dashes, a letter first`,
      2,
    );
  }
  return name;
}

/** What a person reads of an instance's folder; the rest belongs to its node. */
export const STATE_PARTS = ["instance.json", "kubeconfig", "passphrase", "ca", "project", "backend", "logs"];

/** The paths and addresses that follow from an instance's name and slot. */
export class Instance {
  readonly dir: string;

  constructor(readonly record: InstanceRecord) {
    this.dir = stateDir(record.name);
  }

  get name(): string {
    return this.record.name;
  }
  get hostAddress(): string {
    return `10.213.${this.record.slot}.1`;
  }
  get nodeAddress(): string {
    return `10.213.${this.record.slot}.2`;
  }
  /** The host's end of the link to the node. */
  get link(): string {
    return `dronelake${this.record.slot}`;
  }
  get nodeName(): string {
    return `drone-lake-${this.name}`;
  }
  /** The control group of the node's processes and pods, from the root of every hierarchy. Another state folder may use the same name. */
  get cgroup(): string {
    return `/drone-lake-${this.name}-${pathHash(this.dir)}`;
  }
  /** What a person adds to an npm command of the project to mean this instance. */
  get argument(): string {
    return this.name === DEFAULT_INSTANCE ? "" : ` -- --instance ${this.name}`;
  }
  /** What the node's own directories (/var, certificates, settings) are kept in. */
  get nodeDir(): string {
    return join(this.dir, "node");
  }
  /** The CA that signs the certificates of the lake's servers. */
  get ca(): { readonly cert: string; readonly key: string } {
    return { cert: join(this.dir, "ca", "lake.crt"), key: join(this.dir, "ca", "lake.key") };
  }
  get logs(): string {
    return join(this.dir, "logs");
  }
  get project(): string {
    return join(this.dir, "project");
  }
  get backend(): string {
    return join(this.dir, "backend");
  }
  get passphraseFile(): string {
    return join(this.dir, "passphrase");
  }
  get kubeconfig(): string {
    return this.record.cluster.kind === "external" ? this.record.cluster.kubeconfig : join(this.dir, "kubeconfig");
  }

  /** Stores a changed record. */
  with(change: Partial<InstanceRecord>): Instance {
    const record = { ...this.record, ...change };
    writeAtomic(recordFile(record.name), `${JSON.stringify(record, null, 2)}\n`, 0o644);
    return new Instance(record);
  }
}

function recordFile(name: string): string {
  return join(stateDir(name), "instance.json");
}

/** Reads an instance; undefined when there is none by that name. */
export function findInstance(name: string): Instance | undefined {
  const text = readIfThere(recordFile(name));
  if (text === undefined) return undefined;
  try {
    return new Instance(JSON.parse(text) as InstanceRecord);
  } catch (error) {
    throw new SandboxError(
      `${recordFile(name)} cannot be read (${(error as Error).message}): move the folder ${stateDir(name)} away and start again`,
    );
  }
}

/** All instances below the state folder. */
export function listInstances(): Instance[] {
  if (!existsSync(stateRoot())) return [];
  return readdirSync(stateRoot(), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && NAME.test(entry.name))
    .map((entry) => findInstance(entry.name))
    .filter((instance) => instance !== undefined);
}

/** Chooses addresses: 0 for the default instance, else the first number that nobody holds. */
export function chooseSlot(name: string, taken: ReadonlySet<number>): number {
  if (name === DEFAULT_INSTANCE) return 0;
  for (let slot = 1; slot < SLOTS; slot++) if (!taken.has(slot)) return slot;
  throw new SandboxError(`all ${SLOTS - 1} address ranges 10.213.x.0/30 are taken: take an instance down first`);
}

/** Throws unless this checkout may work on the instance. */
export function checkOwner(instance: Instance, here = checkout): void {
  const owner = instance.record.checkout;
  if (owner === here || !existsSync(owner)) return;
  throw new SandboxError(
    [
      `instance "${instance.name}" belongs to the checkout ${owner}, this one is ${here}.`,
      "Choose another name with --instance NAME (or DRONE_LAKE_INSTANCE=NAME), or work from that checkout.",
    ].join("\n"),
  );
}

/** An instance of this checkout as it is, or as it will be: nothing is written yet. `onHost` holds slots whose addresses are in use. */
export function planInstance(name: string, cluster: ClusterKind, onHost: ReadonlySet<number>): Instance {
  const found = findInstance(name);
  if (found) {
    checkOwner(found);
    if (found.record.cluster.kind !== cluster.kind) {
      throw new SandboxError(
        `instance "${name}" runs on ${found.record.cluster.kind === "embedded" ? "its own node" : "another cluster"}: ` +
          "take it down with --purge first, or choose another name with --instance NAME",
      );
    }
    const before = found.record.cluster;
    if (before.kind === "external" && cluster.kind === "external" && before.kubeconfig !== cluster.kubeconfig) {
      throw new SandboxError(
        `instance "${name}" is on the cluster of ${before.kubeconfig}, not of ${cluster.kubeconfig}: ` +
          "take it down with --purge first, or choose another name with --instance NAME",
      );
    }
    return new Instance({ ...found.record, cluster, checkout });
  }
  const taken = new Set([...listInstances().map((instance) => instance.record.slot), ...onHost, 0]);
  return new Instance({ name, slot: chooseSlot(name, taken), checkout, cluster });
}

/** The same with its record written. */
export function openInstance(name: string, cluster: ClusterKind, onHost: ReadonlySet<number>): Instance {
  return planInstance(name, cluster, onHost).with({});
}
