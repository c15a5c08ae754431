import { everywhere } from "../levels";
import type { ResourcePolicy } from "../policy";
import { kindOf } from "../readers/kubernetes";
import { at, list, missing, text } from "../readers/values";

export const noOpenLoadBalancer: ResourcePolicy = {
  name: "no-open-load-balancer",
  demand: "A load balancer lets in addresses that somebody chose, not the whole internet.",
  why: "An object store or a database that answers the internet is attacked from the first minute, and every flaw of its login is then everybody's.",
  looksAt: "`loadBalancerSourceRanges` of Services of type LoadBalancer",
  remedy: "Set `exposure.allowedCidrs` in the stack's config.",
  levels: everywhere,
  *check(resource) {
    if (kindOf(resource) !== "Service" || at(resource.props, "spec.type") !== "LoadBalancer") return;
    const ranges = at(resource.props, "spec.loadBalancerSourceRanges");
    if (missing(ranges) || (Array.isArray(ranges) && ranges.length === 0)) yield "it lets everybody in";
    const open = list(ranges)
      .map(text)
      .filter((range) => range && /\/0$/.test(range));
    if (open.length) yield `it lets ${open.join(", ")} in`;
  },
};
