import { BlockList, isIP } from "node:net";

interface Block {
  readonly address: string;
  readonly prefix: number;
  readonly family: "ipv4" | "ipv6";
}

function blockOf(cidr: string): Block | undefined {
  const [address = "", prefix, ...more] = cidr.split("/");
  const version = isIP(address);
  const bits = version === 6 ? 128 : 32;
  const length = prefix === undefined ? bits : /^\d+$/.test(prefix) ? Number(prefix) : Number.NaN;
  if (!version || more.length || !(length <= bits)) return undefined;
  return { address, prefix: length, family: version === 6 ? "ipv6" : "ipv4" };
}

/** Whether every address of `inner` lies in `outer`; what is no CIDR lies only in itself. */
export function contains(outer: string, inner: string): boolean {
  const [wide, narrow] = [blockOf(outer), blockOf(inner)];
  if (!wide || !narrow) return outer === inner;
  if (wide.family !== narrow.family || wide.prefix > narrow.prefix) return false;
  const list = new BlockList();
  list.addSubnet(wide.address, wide.prefix, wide.family);
  return list.check(narrow.address, narrow.family);
}
