import { expect, test } from "vitest";
import { outside, serviceExposure } from "../../components/network";
import { environment } from "../config/values";

const port = { name: "s3", port: 9000 };
const exposure = (given: object) => environment({ "objectStore.exposure": given }).objectStore.exposure;

test("a server on a port of the nodes is open to all addresses unless the config says which", () => {
  const open = exposure({ type: "NodePort", port: 30900 });
  expect(outside(open, [])).toEqual([{ ipBlock: { cidr: "0.0.0.0/0" } }]);
  expect(serviceExposure(open, port)).toEqual({ type: "NodePort", ports: [{ ...port, nodePort: 30900 }] });

  const restricted = exposure({ type: "NodePort", port: 30900, allowedCidrs: ["192.0.2.0/24", "2001:db8::/32"] });
  expect(outside(restricted, [])).toEqual([
    { ipBlock: { cidr: "192.0.2.0/24" } },
    { ipBlock: { cidr: "2001:db8::/32" } },
  ]);
  expect(serviceExposure(restricted, port)).toMatchObject({ externalTrafficPolicy: "Local" });
});

test("a pod is no client from outside, though its address is in a range of theirs", () => {
  const pods = ["10.244.0.0/16", "fd00::/48"];
  const letIn = (...allowedCidrs: string[]) => outside(exposure({ type: "LoadBalancer", allowedCidrs }), pods);
  expect(letIn("10.0.0.0/8")).toEqual([{ ipBlock: { cidr: "10.0.0.0/8", except: ["10.244.0.0/16"] } }]);
  expect(letIn("0.0.0.0/0", "::/0")).toEqual([
    { ipBlock: { cidr: "0.0.0.0/0", except: ["10.244.0.0/16"] } },
    { ipBlock: { cidr: "::/0", except: ["fd00::/48"] } },
  ]);
  // Kubernetes takes no exception that leaves nothing.
  expect(letIn("10.244.0.0/16", "10.244.7.0/24", "192.0.2.0/24")).toEqual([{ ipBlock: { cidr: "192.0.2.0/24" } }]);
});

test("nobody outside reaches a server that is not exposed", () => {
  const closed = exposure({ type: "ClusterIP" });
  expect(outside(closed, ["10.244.0.0/16"])).toEqual([]);
  expect(serviceExposure(closed, port)).toEqual({ type: "ClusterIP", ports: [port] });
});

test("what is no range of addresses is refused", () => {
  const wrong = () => exposure({ type: "LoadBalancer", allowedCidrs: ["10.0.0.0"] });
  expect(wrong).toThrow(
    'objectStore.exposure.allowedCidrs.0: found "10.0.0.0"; expected a range of addresses such as 10.0.0.0/8',
  );
});
