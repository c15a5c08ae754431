/** The whole program as each environment's own file configures it. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { localhostCertificate } from "../doctor/certificate";
import { mask, type Recorded, record, stackValues } from "./recorder";

export const environments = ["sandbox", "dev", "prod"] as const;
export type EnvironmentName = (typeof environments)[number];

/** Something in place of the CA that the sandbox's runner makes. */
async function standIn(environment: EnvironmentName): Promise<object> {
  if (environment !== "sandbox") return {};
  const folder = mkdtempSync(join(tmpdir(), "lake-ca-"));
  const ca = { certificateFile: join(folder, "lake.crt"), keyFile: join(folder, "lake.key") };
  const { cert, key } = await localhostCertificate();
  writeFileSync(ca.certificateFile, cert);
  writeFileSync(ca.keyFile, key);
  process.once("exit", () => rmSync(folder, { recursive: true }));
  return { tls: { installCertManager: true, ca } };
}

/**
 * Everything that the program declares for an environment; the stack's own `masked` is its outputs. Tekton's manifests must be there
 * (`npm run toolchain`). Call it once in a process, unless vitest resets the modules before each call.
 */
export async function recordEnvironment(environment: EnvironmentName): Promise<Recorded[]> {
  let outputs: object = {};
  const program = async () => {
    const { default: _, ...exported } = (await import("../../index.js")) as Record<string, unknown>;
    outputs = exported;
  };
  const recorded = await record(program, {
    stack: environment,
    values: { ...stackValues(environment), ...(await standIn(environment)) },
  });
  const masked = mask(await pulumi.runtime.serializeProperties("outputs", outputs));
  return recorded.map((resource) => (resource.type === "pulumi:pulumi:Stack" ? { ...resource, masked } : resource));
}
