import { describe, expect, test } from "vitest";
import { allPolicies } from "../../policies/index";
import { judge } from "../../policies/judge";
import type { Policy } from "../../policies/policy";
import type { Resource } from "../../policies/readers/resource";
import { UNKNOWN, type Values } from "../../policies/readers/values";
import { cases } from "./cases";

const ground = { stack: "prod", suppressions: [], today: new Date("2027-01-01") };

function faults(policy: Policy, resources: readonly Resource[]): string[] {
  return judge(policy, resources, ground).map(({ fault }) => fault);
}

/** Every way in which one value, or a whole part, of one of the resources is not known yet. */
function* withOneUnknown(resources: readonly Resource[]): Iterable<[string, Resource[]]> {
  for (const [i, resource] of resources.entries()) {
    for (const [path, props] of unknowns(resource.props)) {
      yield [`${resource.name} ${path}`, resources.map((same, at) => (at === i ? { ...same, props } : same))];
    }
  }
}

function* unknowns<T>(value: T, path = ""): Iterable<[string, Values]> {
  if (path) yield [path, UNKNOWN as never];
  if (typeof value !== "object" || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    for (const [at, made] of unknowns(inner, `${path}.${key}`)) {
      const copy = (Array.isArray(value) ? [...value] : { ...value }) as Record<string, unknown>;
      copy[key] = made;
      yield [at, copy];
    }
  }
}

test("every policy of the index has cases, and every case a policy", () => {
  expect(Object.keys(cases).sort()).toEqual(allPolicies.map(({ name }) => name).sort());
});

test("names are unique", () => {
  const names = allPolicies.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});

describe.each(allPolicies.map((policy) => [policy.name, policy] as const))("%s", (name, policy) => {
  const { passes = {}, fails = {} } = cases[name] ?? {};

  test("fires", () => {
    expect(Object.keys(fails)).not.toEqual([]);
    for (const [title, { given, says }] of Object.entries(fails)) {
      expect(faults(policy, given).join("\n"), title).toContain(says);
    }
  });

  test("lets pass what keeps it", () => {
    expect(Object.keys(passes)).not.toEqual([]);
    for (const [title, given] of Object.entries(passes)) expect(faults(policy, given), title).toEqual([]);
  });

  test("takes a value that only up will know for no fault", () => {
    for (const given of Object.values(passes)) {
      for (const [title, resources] of withOneUnknown(given)) expect(faults(policy, resources), title).toEqual([]);
    }
  });

  test("finds a fault beside values that only up will know", () => {
    for (const [title, { given, says }] of Object.entries(fails)) {
      const beside = given.map((resource) => ({
        ...resource,
        props: { ...resource.props, status: UNKNOWN, id: UNKNOWN },
      }));
      expect(faults(policy, beside).join("\n"), title).toContain(says);
    }
  });
});
