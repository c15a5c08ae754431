import { expect, it } from "vitest";
import { parseOptions, UsageError } from "../../drift/args";
import type { Result } from "../../drift/check";
import { asJson, asText, exitCode } from "../../drift/report";

const health = [{ kind: "minio", address: "https://store:9000" }] as const;
const urn = "urn:pulumi:prod::drone-data-lake::kubernetes:apps/v1:Deployment::listener";
const result: Result = {
  health,
  mended: [],
  drifts: [
    { urn, name: "Deployment a/b", differences: [{ path: "spec.replicas", is: "2", should: "1" }], mend: "pulumi" },
    { urn, name: "NetworkPolicy a/c", differences: [], mend: "pulumi" },
    { name: "user mallory", differences: [{ path: "policies", is: '["x"]', should: "[]" }], mend: "drift" },
  ],
};

it("says of each thing what it is, what it should be, and what mends it", () => {
  expect(asText("prod", result)).toEqual([
    "  Deployment a/b   (listener)",
    "      spec.replicas: is 2, should be 1",
    "      mend: pulumi up --refresh --stack prod",
    "",
    "  NetworkPolicy a/c   (listener)",
    "      is not there any more",
    "      mend: pulumi up --refresh --stack prod",
    "",
    "  user mallory   (not declared)",
    '      policies: is ["x"], should be []',
    "      mend: npm run drift -- prod --mend",
    "",
    "3 things not as the last update of prod left them. To mend:",
    "  npm run drift -- prod --mend   (1 thing)",
    "  pulumi up --refresh --stack prod   (2 things)",
  ]);
});

it("says the same to a program", () => {
  expect(JSON.parse(asJson("prod", result))).toMatchObject({
    stack: "prod",
    verdict: "drift",
    drifts: [{ urn, gone: false }, { gone: true }, { mend: "npm run drift -- prod --mend" }],
  });
});

it("ends with a code for each outcome", () => {
  const problem = "no answer within 5 s";
  expect(exitCode(result)).toBe(1);
  expect(exitCode({ ...result, drifts: [] })).toBe(0);
  expect(exitCode({ health: [{ ...health[0], problem }], drifts: [], mended: [] })).toBe(3);
});

it("reads its command line, and refuses what it does not know", () => {
  expect(parseOptions(["prod", "--json"], "/p")).toEqual({ stack: "prod", folder: "/p", json: true, mend: false });
  expect(parseOptions(["--help"], "/p")).toBeUndefined();
  for (const argv of [[], ["a", "b"], ["a", "--fix"]]) expect(() => parseOptions(argv, "/p")).toThrow(UsageError);
});
