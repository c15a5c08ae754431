import { isDeepStrictEqual } from "node:util";
import { kindOf, namespaceOf, selects } from "../../policies/readers/kubernetes";
import { podTemplates } from "../../policies/readers/pods";
import type { Resource } from "../../policies/readers/resource";
import { at, list, text } from "../../policies/readers/values";
import { type Change, type Plan, resourceAt, resourcesAt } from "../plan";
import { contains } from "./cidr";
import type { DangerRule } from "./danger";
import { describeFlow, directionsOf, type Flow, flowsOf, opened } from "./flows";

/** The ways in which a Service is reached, each wider than the one before. */
const EXPOSURES = ["ClusterIP", "NodePort", "LoadBalancer"];

/** Whether another policy of the namespace goes on denying, for all pods, what this one restricted. */
function stillDenied(policy: Resource, plan: Plan): boolean {
  return directionsOf(policy.props).every((direction) =>
    resourcesAt(plan, "after").some(
      (other) =>
        kindOf(other) === "NetworkPolicy" &&
        other.urn !== policy.urn &&
        namespaceOf(other) === namespaceOf(policy) &&
        isDeepStrictEqual(at(other.props, "spec.podSelector"), {}) &&
        directionsOf(other.props).includes(direction),
    ),
  );
}

/** Whether a policy is about pods that were there before this preview. */
function selectsOld(policy: Resource, plan: Plan): boolean {
  const selector = at(policy.props, "spec.podSelector");
  return resourcesAt(plan, "before").some(
    (workload) =>
      namespaceOf(workload) === namespaceOf(policy) &&
      podTemplates(workload).some(({ labels }) => labels !== undefined && selects(selector, labels)),
  );
}

const fromAnywhere = ({ peer }: Flow) =>
  peer === undefined || contains(text(at(peer, "ipBlock.cidr")) ?? "", "0.0.0.0/0");

function* policyOpened(change: Change, plan: Plan): Iterable<string> {
  const [before, after] = [resourceAt(change, "before"), resourceAt(change, "after")];
  if (before && !after && !stillDenied(before, plan))
    yield "no longer restricts who reaches its pods, or whom they reach";
  if (!after) return;
  if (before) {
    for (const direction of directionsOf(before.props))
      if (!directionsOf(after.props).includes(direction)) yield `no longer restricts ${direction.toLowerCase()}`;
    const selection = isDeepStrictEqual(at(before.props, "spec.podSelector"), at(after.props, "spec.podSelector"));
    if (!selection) yield "is about other pods than before";
  }
  for (const flow of opened(before ? flowsOf(before.props) : [], flowsOf(after.props))) {
    // What comes with the pods that it is for belongs to them, unless everybody may come.
    if (before || selectsOld(after, plan) || (flow.direction === "Ingress" && fromAnywhere(flow)))
      yield `opens a flow ${describeFlow(flow)}`;
  }
}

function* serviceOpened({ before, after }: Change): Iterable<string> {
  if (!after) return;
  const exposure = (inputs: unknown) => text(at(inputs, "spec.type")) ?? "ClusterIP";
  const [old, next] = [before ? exposure(before.inputs) : "ClusterIP", exposure(after.inputs)];
  if (EXPOSURES.indexOf(next) > EXPOSURES.indexOf(old)) yield `is reached from outside of the cluster (${next})`;
  const ranges = (inputs: unknown) => list(at(inputs, "spec.loadBalancerSourceRanges")).map(String);
  if (before && old === "LoadBalancer" && next === "LoadBalancer") {
    const [had, has] = [ranges(before.inputs), ranges(after.inputs)];
    if (had.length && !has.length) yield "lets every address in";
    const added = has.filter((cidr) => had.length && !had.some((wide) => contains(wide, cidr)));
    if (added.length) yield `lets ${added.join(", ")} in`;
  }
}

export const networkOpened: DangerRule = {
  name: "network-opened",
  why: "Somebody reaches a server who could not before, and everything that its password or its bugs protect is as safe as those.",
  *find(change, plan) {
    if (change.operation === "same") return;
    const resource = resourceAt(change, "after") ?? resourceAt(change, "before");
    const kind = resource && kindOf(resource);
    if (kind === "NetworkPolicy") yield* policyOpened(change, plan);
    if (kind === "Service") yield* serviceOpened(change);
    if ((kind === "Ingress" || kind === "Gateway") && change.operation === "create")
      yield "lets traffic into the cluster";
  },
};
