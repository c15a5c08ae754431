import { z } from "zod";

/** A whole number of at least one. */
export const positiveInt = z.int().min(1);

/** A TCP port. */
export const port = z.int().min(1).max(65535);

const UNITS: Record<string, number> = { Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50 };

/** Bytes of a Kubernetes quantity in binary units, such as `512Mi` or `1.5Ti`. */
export function bytesOf(quantity: string): number {
  const match = /^(\d+(?:\.\d+)?)(Ki|Mi|Gi|Ti|Pi)$/.exec(quantity);
  if (!match) throw new RangeError(`${JSON.stringify(quantity)} is not a size such as 512Mi, 20Gi or 1Ti`);
  return Number(match[1]) * UNITS[match[2]!]!;
}

/** A size of a volume or of memory, in the binary units of Kubernetes. */
export const size = z.string().regex(/^\d+(\.\d+)?(Ki|Mi|Gi|Ti|Pi)$/, "a size such as 512Mi, 20Gi or 1Ti");

/** An amount of CPU in cores (`2`) or thousandths of a core (`250m`). */
export const cpu = z.string().regex(/^\d+m?$/, "cores such as 2, or thousandths of a core such as 250m");

/** What the containers of one server may use: CPU is requested and may burst, memory is requested and is the limit. */
export function resources(defaults: { cpu: string; memory: string }) {
  return z
    .strictObject({
      cpu: cpu.default(defaults.cpu).describe("requested CPU, cores or thousandths"),
      memory: size.default(defaults.memory).describe("memory, request and limit"),
    })
    .prefault({})
    .describe("what each pod gets");
}

export type Resources = { cpu: string; memory: string };

const ANYWHERE = "0.0.0.0/0";

const allowedCidrs = z
  .array(z.union([z.cidrv4(), z.cidrv6()], "a range of addresses such as 10.0.0.0/8"))
  .min(1)
  .default([ANYWHERE])
  .describe(
    "addresses that clients may have; where they are restricted, only nodes that run a pod of the server answer",
  );

/** How clients outside of the cluster reach a Service. */
export const exposure = z
  .discriminatedUnion("type", [
    z.strictObject({ type: z.literal("ClusterIP") }),
    z.strictObject({
      type: z.literal("NodePort"),
      port: z.int().min(30000).max(32767).describe("port on every node"),
      allowedCidrs,
    }),
    z.strictObject({ type: z.literal("LoadBalancer"), allowedCidrs }),
  ])
  .default({ type: "ClusterIP" })
  .describe("how it is reached from outside of the cluster");

export type Exposure = z.output<typeof exposure>;

/** Whether clients from some addresses only are let in. */
export function isRestricted(exposure: Exposure): boolean {
  return exposure.type !== "ClusterIP" && !exposure.allowedCidrs.includes(ANYWHERE);
}
