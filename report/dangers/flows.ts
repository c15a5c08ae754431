/** What a NetworkPolicy lets through, so that two of them can be compared. */
import { isDeepStrictEqual } from "node:util";
import { at, list, text } from "../../policies/readers/values";
import { contains } from "./cidr";

export type Direction = "Ingress" | "Egress";

/** One way through: a peer and a port, each undefined for any. */
export interface Flow {
  readonly direction: Direction;
  readonly peer: unknown;
  readonly port: unknown;
}

const SIDES = {
  Ingress: { rules: "spec.ingress", peers: "from" },
  Egress: { rules: "spec.egress", peers: "to" },
} as const;

/** Which directions a policy restricts; Kubernetes adds Egress by itself where there are rules for it. */
export function directionsOf(inputs: unknown): Direction[] {
  const types = list(at(inputs, "spec.policyTypes"));
  if (types.length) return (["Ingress", "Egress"] as const).filter((direction) => types.includes(direction));
  return list(at(inputs, "spec.egress")).length ? ["Ingress", "Egress"] : ["Ingress"];
}

export function flowsOf(inputs: unknown): Flow[] {
  return directionsOf(inputs).flatMap((direction) => {
    const { rules, peers } = SIDES[direction];
    return list(at(inputs, rules)).flatMap((rule) => {
      const [from, ports] = [list(at(rule, peers)), list(at(rule, "ports"))];
      return (from.length ? from : [undefined]).flatMap((peer) =>
        (ports.length ? ports : [undefined]).map((port) => ({ direction, peer, port })),
      );
    });
  });
}

function peerWithin(outer: unknown, inner: unknown): boolean {
  if (outer === undefined) return true;
  const [wide, narrow] = [text(at(outer, "ipBlock.cidr")), text(at(inner, "ipBlock.cidr"))];
  if (wide === undefined || narrow === undefined) return isDeepStrictEqual(outer, inner);
  const [left, takes] = [list(at(outer, "ipBlock.except")), list(at(inner, "ipBlock.except"))];
  return contains(wide, narrow) && left.every((cidr) => takes.includes(cidr));
}

function portWithin(outer: unknown, inner: unknown): boolean {
  if (outer === undefined) return true;
  if (inner === undefined || (at(outer, "protocol") ?? "TCP") !== (at(inner, "protocol") ?? "TCP")) return false;
  if (at(outer, "port") === undefined) return true;
  return at(outer, "port") === at(inner, "port") && at(outer, "endPort") === at(inner, "endPort");
}

/** The flows of the new policy that none of the old one's holds. */
export function opened(before: readonly Flow[], after: readonly Flow[]): Flow[] {
  return after.filter(
    (flow) =>
      !before.some(
        (old) => old.direction === flow.direction && peerWithin(old.peer, flow.peer) && portWithin(old.port, flow.port),
      ),
  );
}

/** A flow in words: `from 10.0.0.0/8 at TCP 9000`. */
export function describeFlow({ direction, peer, port }: Flow): string {
  const way = direction === "Ingress" ? "from" : "to";
  const where =
    port === undefined
      ? "any port"
      : `${text(at(port, "protocol")) ?? "TCP"} ${String(at(port, "port") ?? "any port")}`;
  return `${way} ${describePeer(peer)} at ${where}`;
}

function describePeer(peer: unknown): string {
  if (peer === undefined) return "everywhere";
  const cidr = text(at(peer, "ipBlock.cidr"));
  if (cidr) return contains(cidr, "0.0.0.0/0") ? `any address (${cidr})` : cidr;
  const labels = (path: string) => JSON.stringify(at(peer, path) ?? {});
  const namespace =
    at(peer, "namespaceSelector") === undefined ? "" : ` in namespaces ${labels("namespaceSelector.matchLabels")}`;
  return `pods ${labels("podSelector.matchLabels")}${namespace}`;
}
