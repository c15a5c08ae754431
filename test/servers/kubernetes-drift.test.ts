import * as k8s from "@pulumi/kubernetes";
import { expect, it } from "vitest";
import { client, deployer, get, namespace, podSpec, program } from "./space";

const role = () => `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/roles/r`;
const policy = () => `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies/np`;
const deployment = () => `/apis/apps/v1/namespaces/${namespace}/deployments/web`;

function add(path: string, field: string, value: unknown) {
  const body = [{ op: "add", path: field, value }];
  return client.request("PATCH", path, { body, contentType: "application/json-patch+json" });
}

it("what somebody added to a list that counts as a whole shows in a refresh, and `up` takes it out", async () => {
  const declare = program((opts, metadata) => {
    const rules = [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }];
    new k8s.rbac.v1.Role("r", { metadata: { ...metadata, name: "r" }, rules }, opts);
    const flows = { podSelector: {}, policyTypes: ["Egress"], egress: [{ ports: [{ port: 53 }] }] };
    new k8s.networking.v1.NetworkPolicy("np", { metadata: { ...metadata, name: "np" }, spec: flows }, opts);
    const labels = { app: "web" };
    const containers = podSpec.containers.map((one) => ({ ...one, args: ["serve"] }));
    const spec = {
      replicas: 0,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers } },
    };
    new k8s.apps.v1.Deployment("web", { metadata: { ...metadata, name: "web" }, spec }, opts);
  });
  expect((await deployer.up(declare)).failed).toBe(false);

  await add(role(), "/rules/-", { apiGroups: [""], resources: ["secrets"], verbs: ["get"] });
  await add(policy(), "/spec/egress/-", {});
  await add(deployment(), "/spec/template/spec/containers/0/args/-", "--debug");
  // Containers belong to whoever named them, as a sidecar does.
  await add(deployment(), "/spec/template/spec/containers/-", { name: "sidecar", image: "none.invalid/none:1" });

  const steps = (kind: "add" | "delete") => ({
    "update kubernetes:rbac.authorization.k8s.io/v1:Role r": { "rules[1]": kind },
    "update kubernetes:networking.k8s.io/v1:NetworkPolicy np": { "spec.egress[1]": kind },
    "update kubernetes:apps/v1:Deployment web": { "spec.template.spec.containers[0].args[1]": kind },
  });
  expect((await deployer.refresh()).steps).toEqual(steps("add"));
  expect((await deployer.up(declare)).steps).toEqual(steps("delete"));
  expect((await get(role()))?.rules).toHaveLength(1);
  expect((await get(policy()))?.spec.egress).toHaveLength(1);
  const [web, sidecar] = (await get(deployment()))?.spec.template.spec.containers ?? [];
  expect(web.args).toEqual(["serve"]);
  expect(sidecar.name).toBe("sidecar");
  expect((await deployer.refresh()).steps).toEqual({});
});
