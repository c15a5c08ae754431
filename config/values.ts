import { BlockList, isIP } from "node:net";
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

/** Bytes in the largest binary unit of which there is one, rounded down to two digits behind the point. */
export function inUnits(bytes: number): string {
  const [unit, factor] = Object.entries(UNITS).findLast(([, size]) => bytes >= size) ?? ["", 1];
  return `${Math.floor((bytes / factor) * 100) / 100}${unit}`;
}

/** Says what a size is, and which one was probably meant by other units: `1TB`, `20 gb`, `512MiB`. */
function sizeError({ input }: { input?: unknown }): string {
  const other = /^\s*(\d+(?:\.\d+)?)\s*([kmgtp])(?:i?b|i)?\s*$/i.exec(String(input));
  const meant = other ? `; did you mean ${JSON.stringify(`${other[1]}${other[2]!.toUpperCase()}i`)}?` : "";
  return `expected a size such as "512Mi", "20Gi" or "1Ti"${meant}`;
}

/** A size of a volume or of memory, in the binary units of Kubernetes. */
export const size = z
  .string({ error: sizeError })
  .regex(/^\d+(\.\d+)?(Ki|Mi|Gi|Ti|Pi)$/, { error: sizeError })
  .meta({ title: "size" });

const CPU_ERROR = 'expected cores such as "2", or thousandths of a core such as "250m", in quotes';

/** An amount of CPU in cores (`2`) or thousandths of a core (`250m`). */
export const cpu = z
  .string({ error: CPU_ERROR })
  .regex(/^\d+m?$/, { error: CPU_ERROR })
  .meta({ title: "cores" });

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

/** A range of IPv4 or IPv6 addresses. */
export const cidr = z.union([z.cidrv4(), z.cidrv6()], "expected a range of addresses such as 10.0.0.0/8");

const allowedCidrs = z
  .array(cidr)
  .min(1)
  .default([ANYWHERE])
  .describe(
    "addresses that clients may have; where they are restricted, only nodes that run a pod of the server answer",
  );

function exposureType<Type extends string>(type: Type) {
  return z.literal(type).describe("not at all, by a port of every node, or by a load balancer");
}

/** How clients outside of the cluster reach a Service. */
export const exposure = z
  .discriminatedUnion("type", [
    z.strictObject({ type: exposureType("ClusterIP") }),
    z.strictObject({
      type: exposureType("NodePort"),
      port: z.int().min(30000).max(32767).describe("port on every node"),
      allowedCidrs,
    }),
    z.strictObject({ type: exposureType("LoadBalancer"), allowedCidrs }),
  ])
  .default({ type: "ClusterIP" })
  .describe("how it is reached from outside of the cluster");

export type Exposure = z.output<typeof exposure>;

/** Whether a range of addresses has all of another one in it. */
export function holds(range: string, other: string): boolean {
  const [[address, length], [first, otherLength]] = [range, other].map((cidr) => cidr.split("/")) as [
    [string, string],
    [string, string],
  ];
  const family = (ip: string) => (isIP(ip) === 6 ? "ipv6" : "ipv4");
  if (family(address) !== family(first) || Number(length) > Number(otherLength)) return false;
  const list = new BlockList();
  list.addSubnet(address, Number(length), family(address));
  return list.check(first, family(first));
}

/** Whether clients from some addresses only are let in. */
export function isRestricted(exposure: Exposure): boolean {
  return exposure.type !== "ClusterIP" && !exposure.allowedCidrs.some((cidr) => cidr.endsWith("/0"));
}
