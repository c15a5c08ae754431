import type { Instance } from "../instance";
import { ExecError, exec } from "../process";
import type { Step } from "../progress";
import type { Component } from "./components";
import type { Kubectl } from "./kubectl";
import { POD_CIDR } from "./network";
import { POLICY_ENFORCER } from "./pki";
import { clusterRole, roleBinding, user } from "./rbac";

/** A rule that hands the first packet of a connection to a program, in a network namespace that ends with it; the queue's file is the program's side. */
const TRIAL = `"$@" -t mangle -A FORWARD -m conntrack --ctstate NEW -j NFQUEUE && test -e /proc/self/net/netfilter/nfnetlink_queue`;

/** Whether this kernel can hand packets to the enforcer of network policies. Takes iptables as the node calls it. */
export async function canEnforcePolicies(program: string, env: Record<string, string>, step: Step): Promise<boolean> {
  try {
    await exec("unshare", ["--net", "sh", "-c", TRIAL, "trial", program, "iptables"], { step, env });
    return true;
  } catch (error) {
    if (!(error instanceof ExecError)) throw error;
    return false;
  }
}

/** The process that enforces NetworkPolicies on the node. */
export function policyEnforcer(instance: Instance, kubeconfig: string, program: string): Component {
  const flags = [`--kubeconfig=${kubeconfig}`, `--node=${instance.nodeName}`, `--pod-cidr=${POD_CIDR}`];
  return { name: "network-policies", command: [program, ...flags] };
}

/** Lets the enforcer read network policies and what they select by. */
export async function permitPolicyEnforcer(kubectl: Kubectl, step: Step): Promise<void> {
  const verbs = ["list", "watch"];
  const rules = [
    { apiGroups: [""], resources: ["namespaces", "pods"], verbs },
    { apiGroups: ["networking.k8s.io"], resources: ["networkpolicies"], verbs },
  ];
  await kubectl.apply([clusterRole(POLICY_ENFORCER, rules), roleBinding(POLICY_ENFORCER, user(POLICY_ENFORCER))], step);
}
