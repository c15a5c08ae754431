import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { NODE_PORTS, POD_CIDR } from "./cluster/network";
import { readIfThere, writeAtomic } from "./files";
import type { Instance } from "./instance";
import { checkout } from "./paths";

export const PROJECT = "drone-data-lake";
export const STACK = "sandbox";

/** What the sandbox's config says about this instance, over the values in Pulumi.sandbox.yaml. */
export interface InstanceFacts {
  readonly cluster: {
    readonly kubeconfig: string;
    readonly dedicated?: boolean;
    readonly podCidrs?: readonly string[];
  };
  readonly endpoints?: {
    readonly minio: string;
    readonly minioCaFile: string;
    readonly postgres: { readonly host: string; readonly port: number; readonly caFile: string };
    readonly catalogue: string;
    readonly mcp: string;
  };
  readonly tls?: { readonly ca: { readonly certificateFile: string; readonly keyFile: string } };
  /** Images by name, as pods ask for them. */
  readonly images?: Readonly<Record<string, string>>;
  readonly codeVersion?: string;
}

/** The facts of an instance with a node of its own. */
export function embeddedFacts(instance: Instance, images: Readonly<Record<string, string>>): InstanceFacts {
  return {
    cluster: { kubeconfig: instance.kubeconfig, dedicated: true, podCidrs: [POD_CIDR] },
    ...served(instance, instance.nodeAddress),
    images,
    // The tag is the hash of the image's inputs, which tell the code; another build of it has another digest.
    codeVersion: images.tasks?.split("@")[0],
  };
}

/** Where the servers answer that have ports of the node `host`, and who signs their certificates. */
export function served({ ca }: Instance, host: string): Pick<InstanceFacts, "endpoints" | "tls"> {
  const bracketed = host.includes(":") ? `[${host}]` : host;
  return {
    endpoints: {
      minio: `${bracketed}:${NODE_PORTS.minio}`,
      minioCaFile: ca.cert,
      postgres: { host, port: NODE_PORTS.postgres, caFile: ca.cert },
      catalogue: `${bracketed}:${NODE_PORTS.catalogue}`,
      mcp: `${bracketed}:${NODE_PORTS.mcp}`,
    },
    tls: { ca: { certificateFile: ca.cert, keyFile: ca.key } },
  };
}

/** Where the servers of an instance answer, as its settings say; undefined before they are written. */
export function endpointsOf(instance: Instance): InstanceFacts["endpoints"] {
  const text = readIfThere(stackFile(instance));
  const settings = parse(text ?? "") as { config?: Plain } | null;
  return settings?.config?.[`${PROJECT}:endpoints`] as InstanceFacts["endpoints"];
}

const stackFile = (instance: Instance) => join(instance.project, `Pulumi.${STACK}.yaml`);

type Plain = { [key: string]: unknown };

/** Lays `over` over `base`: objects key by key, anything else whole. Neither is changed. */
export function merge(base: unknown, over: unknown): unknown {
  if (over === undefined) return base;
  if (!isPlain(base) || !isPlain(over)) return over;
  const merged: Plain = { ...base };
  for (const [key, value] of Object.entries(over)) merged[key] = merge(base[key], value);
  return merged;
}

function isPlain(value: unknown): value is Plain {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The stack's settings: the tracked ones with the facts. Pulumi adds a salt for secrets; the state has its own, so none need be kept. */
export function stackSettings(tracked: string, facts: InstanceFacts): string {
  const settings = (parse(tracked) ?? {}) as Plain;
  const config = Object.fromEntries(Object.entries(facts).map(([key, value]) => [`${PROJECT}:${key}`, value]));
  return stringify(merge(settings, { config }));
}

/** Writes the Pulumi project of the instance, so that nothing that git tracks is changed. Returns its folder. */
export function writeProject(instance: Instance, facts: InstanceFacts): string {
  mkdirSync(instance.project, { recursive: true });
  mkdirSync(instance.backend, { recursive: true });
  const tracked = (file: string) => readFileSync(join(checkout, file), "utf8");
  const project = parse(tracked("Pulumi.yaml")) as Plain;
  writeAtomic(join(instance.project, "Pulumi.yaml"), stringify({ ...project, main: checkout }));
  writeAtomic(stackFile(instance), stackSettings(tracked(`Pulumi.${STACK}.yaml`), facts));
  if (!existsSync(instance.passphraseFile)) {
    writeAtomic(instance.passphraseFile, `${randomBytes(24).toString("base64url")}\n`, 0o600);
  }
  return instance.project;
}
