/** Rights, flows and addresses: that more is called more, and nothing else is. */
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import type { Statement } from "../../policies/readers/iam";
import { contains } from "../../report/dangers/cidr";
import { flowsOf, opened } from "../../report/dangers/flows";
import { widened } from "../../report/dangers/iam-widened";
import { addedRights, type RbacRule } from "../../report/dangers/rbac-widened";

vi.setConfig({ testTimeout: 60_000 });

const actions = fc.subarray(["s3:GetObject", "s3:PutObject", "s3:Get*", "s3:DeleteObject", "s3:*"], { minLength: 1 });
const resources = fc.subarray(
  ["arn:aws:s3:::drone-raw", "arn:aws:s3:::drone-raw/*", "arn:aws:s3:::drone-raw/projects/*", "arn:aws:s3:::*"],
  { minLength: 1 },
);
const statement = (allows: fc.Arbitrary<boolean>): fc.Arbitrary<Statement> =>
  fc.record({
    allows,
    actions,
    notActions: fc.constant([]),
    resources,
    notResources: fc.constant([]),
    principals: fc.constant([]),
    conditional: fc.boolean(),
  });
/** Every pair of documents is asked about hundreds of things. */
const RUNS = { numRuns: 30 };
const document = fc.array(statement(fc.boolean()), { maxLength: 4 });

describe("a policy of the object store", () => {
  test("is not widened by nothing, by a denial, or by less of what it allows", () => {
    fc.assert(
      fc.property(document, statement(fc.constant(false)), (before, denial) => {
        expect(widened(before, before)).toEqual([]);
        expect(widened(before, [...before, denial])).toEqual([]);
        for (const [i, { allows }] of before.entries())
          if (allows) expect(widened(before, [...before.slice(0, i), ...before.slice(i + 1)])).toEqual([]);
      }),
      RUNS,
    );
  });

  test("is widened by what it did not allow, whatever it allowed", () => {
    fc.assert(
      fc.property(document, (before) => {
        const more = { actions: ["s3:BypassGovernanceRetention"], resources: ["arn:aws:s3:::secret/*"] };
        const grant: Statement = {
          allows: true,
          notActions: [],
          notResources: [],
          principals: [],
          conditional: false,
          ...more,
        };
        const already = before.some(
          ({ actions, resources }) => actions.includes("s3:*") && resources.includes("arn:aws:s3:::*"),
        );
        expect(widened(before, [...before, grant]).length > 0 || already).toBe(true);
      }),
      RUNS,
    );
  });

  test("is widened where a denial or a condition goes, or everybody comes in", () => {
    const base = { notActions: [], notResources: [], principals: [], conditional: false };
    const allow: Statement = { ...base, allows: true, actions: ["s3:*"], resources: ["arn:aws:s3:::drone-raw/*"] };
    const deny: Statement = {
      ...base,
      allows: false,
      actions: ["s3:DeleteObjectVersion"],
      resources: ["arn:aws:s3:::*"],
    };
    expect(widened([allow, deny], [allow])).toContain("s3:DeleteObjectVersion on arn:aws:s3:::drone-raw/*");
    expect(widened([{ ...allow, conditional: true }], [allow])).not.toEqual([]);
    expect(widened([], [{ ...allow, principals: ["*"] }])[0]).toMatch(/ to everybody$/);
  });
});

const names = fc.subarray(["pods", "secrets", "*"], { minLength: 1 });
const rbac: fc.Arbitrary<RbacRule> = fc.record({
  groups: fc.subarray(["", "apps", "*"], { minLength: 1 }),
  resources: names,
  verbs: fc.subarray(["get", "list", "*"], { minLength: 1 }),
  names: fc.subarray(["a", "b"]),
});

test("a Role is widened by what no rule of it allowed, and by nothing else", () => {
  fc.assert(
    fc.property(fc.array(rbac, { maxLength: 3 }), rbac, (rules, more) => {
      expect(addedRights(rules, rules)).toEqual([]);
      expect(addedRights([...rules, more], rules)).toEqual([]);
      const everything = { groups: ["*"], resources: ["*"], verbs: ["*"], names: [] };
      expect(addedRights([everything], [more])).toEqual([]);
      const narrow = rules.every(
        (rule) => ![rule.groups, rule.resources, rule.verbs].every((part) => part.includes("*")),
      );
      if (narrow) expect(addedRights(rules, [everything])).toEqual(["* *"]);
    }),
  );
});

const address = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255)).map((parts) => parts.join("."));
const number = (text: string) => text.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);

test("a CIDR contains another as the arithmetic of their bits has it", () => {
  fc.assert(
    fc.property(address, fc.nat(32), address, fc.nat(32), (a, wide, b, narrow) => {
      const network = (text: string) => Math.floor(number(text) / 2 ** (32 - wide));
      expect(contains(`${a}/${wide}`, `${b}/${narrow}`)).toBe(wide <= narrow && network(a) === network(b));
      expect(contains("0.0.0.0/0", `${b}/${narrow}`)).toBe(true);
    }),
  );
  expect(contains("::/0", "2001:db8::/32")).toBe(true);
  expect(contains("0.0.0.0/0", "::/0")).toBe(false);
});

const peers = fc.subarray([
  { ipBlock: { cidr: "10.0.0.0/8" } },
  { ipBlock: { cidr: "10.1.0.0/16" } },
  { podSelector: { matchLabels: { app: "a" } } },
]);
const ports = fc.subarray([
  { protocol: "TCP", port: 9000 },
  { protocol: "UDP", port: 53 },
]);
const rule = fc.record({ from: peers, ports });
const policy = (ingress: unknown[]) => ({ spec: { podSelector: {}, policyTypes: ["Ingress"], ingress } });

test("a NetworkPolicy opens a flow by a rule that lets more in, and by nothing else", () => {
  fc.assert(
    fc.property(fc.array(rule, { maxLength: 3 }), rule, (rules, more) => {
      const flows = (given: unknown[]) => flowsOf(policy(given));
      expect(opened(flows(rules), flows(rules))).toEqual([]);
      expect(opened(flows([...rules, more]), flows(rules))).toEqual([]);
      expect(opened(flows([{}]), flows(rules))).toEqual([]);
      const everything = rules.some(({ from, ports }) => from.length === 0 && ports.length === 0);
      expect(opened(flows(rules), flows([{}])).length).toBe(everything ? 0 : 1);
    }),
  );
});
