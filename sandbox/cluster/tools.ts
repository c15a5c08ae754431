import { mkdirSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { SandboxError } from "../errors";
import type { Instance } from "../instance";
import { ExecError, exec } from "../process";
import type { Reporter, Step } from "../progress";
import { ensureTool } from "../toolchain";
import { canEnforcePolicies } from "./policies";
import type { NodeTools } from "./settings";

/** How a program of iptables is called, and what it needs to find its libraries. */
interface Iptables {
  readonly program: string;
  readonly env: Record<string, string>;
}

const WITHOUT_POLICIES =
  "nothing will enforce NetworkPolicies: this kernel hands no packets to programs (modprobe nfnetlink_queue xt_NFQUEUE)";

/** Gets every binary of the node. */
export async function ensureNodeTools(instance: Instance, report: Reporter): Promise<NodeTools> {
  const tools = {
    etcd: await ensureTool("etcd", report),
    apiserver: await ensureTool("kube-apiserver", report),
    controllerManager: await ensureTool("kube-controller-manager", report),
    scheduler: await ensureTool("kube-scheduler", report),
    kubelet: await ensureTool("kubelet", report),
    proxy: await ensureTool("kube-proxy", report),
    kubectl: await ensureTool("kubectl", report),
    containerdDir: await ensureTool("containerd", report),
    runc: await ensureTool("runc", report),
    cniDir: await ensureTool("cni-plugins", report),
  };
  const root = await ensureTool("iptables", report);
  const { netfilter, enforces } = await report.step("netfilter", async (step) => {
    const { program, env } = await chooseIptables(root, step);
    const enforces = await canEnforcePolicies(program, env, step);
    if (!enforces) step.note(WITHOUT_POLICIES);
    const dir = join(instance.nodeDir, "bin");
    rmSync(dir, { recursive: true, force: true });
    mkdirSync(dir, { recursive: true });
    // One program that does what its name says.
    for (const family of ["iptables", "ip6tables"]) {
      for (const suffix of ["", "-save", "-restore"]) symlinkSync(program, join(dir, family + suffix));
    }
    return { netfilter: { path: [dir], env }, enforces };
  });
  const policyEnforcer = enforces ? await ensureTool("network-policy-enforcer", report) : undefined;
  return { ...tools, ...netfilter, ...(policyEnforcer && { policyEnforcer }) };
}

/** What kube-proxy's rules are made of. */
const TRIAL = [
  ...["-t", "nat", "-A", "OUTPUT", "-m", "comment", "--comment", "trial", "-m", "conntrack", "--ctstate", "NEW"],
  ...["-m", "statistic", "--mode", "random", "--probability", "0.5", "-j", "MARK", "--set-xmark", "0x4000/0x4000"],
];

/** Takes the variant of iptables that this kernel knows, found by setting a rule in a network namespace that ends with it. */
async function chooseIptables(root: string, step: Step): Promise<Iptables> {
  const lib = join(root, "usr", "lib");
  const triplets = readdirSync(lib).filter((name) => name.endsWith("-linux-gnu"));
  const dirs = triplets.map((name) => join(lib, name));
  const env = { LD_LIBRARY_PATH: dirs.join(":"), XTABLES_LIBDIR: dirs.map((dir) => join(dir, "xtables")).join(":") };
  const refusals: string[] = [];
  for (const variant of ["nft", "legacy"]) {
    const program = join(root, "usr", "sbin", `xtables-${variant}-multi`);
    try {
      await exec("unshare", ["--net", program, "iptables", ...TRIAL], { step, env });
      step.note(`iptables (${variant})`);
      return { program, env };
    } catch (error) {
      if (!(error instanceof ExecError)) throw error;
      refusals.push(error.message);
    }
  }
  throw new SandboxError(
    [
      "this kernel does not take the rules that Kubernetes services are made of:",
      ...refusals,
      "Load the modules nf_tables, nft_compat, nf_nat, nf_conntrack, xt_comment, xt_statistic and xt_mark (modprobe), or use a kernel that has them.",
    ].join("\n"),
  );
}
