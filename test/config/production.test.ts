import { describe, expect, test } from "vitest";
import { ConfigError } from "../../config";
import { checkEnvironment } from "../../config/load";
import { environment, values } from "./values";

const store = { endpoint: "https://s3.example.org", bucket: "backups", credentialsSecret: "backup-store" };
/** A database that goes on without any one node, and a place outside of the lake to recover it from. */
const archived = { backend: "cloudnative-pg", backup: { bucket: store } };

/** What a new environment cannot do without saying: whose it is, addresses, images and the sizes of flights. */
function newEnvironment(): Record<string, unknown> {
  const { ownership, tls, images, codeVersion, pipelines } = values({}, "prod");
  const { sizeClasses } = pipelines as { sizeClasses: unknown };
  return {
    cluster: { largestNode: { cpu: 64, memoryGiB: 512 } },
    endpoints: { minio: "lake.example.org:443", postgres: { host: "database.example.org" } },
    ...{ ownership, tls, images, codeVersion, pipelines: { sizeClasses } },
    database: archived,
  };
}

function refused(raw: Record<string, unknown>): string[] {
  try {
    checkEnvironment(raw, "test");
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map(({ path }) => path);
    throw error;
  }
  return [];
}

describe("an environment that says nothing of what it is for", () => {
  test("is production, with a redundant object store of at least 1 TiB", () => {
    const made = checkEnvironment(newEnvironment(), "test");
    expect(made).toMatchObject({ tier: "production", protect: true, tekton: { highAvailability: true } });
    expect(made.endpoints).toMatchObject({ postgres: { sslmode: "verify-full" } });
    expect(made.objectStore).toMatchObject({
      mode: "distributed",
      parity: 4,
      minUsable: "1Ti",
      sharedDisk: false,
      pools: [{ nodes: 4, drivesPerNode: 2, driveSize: "1Ti" }],
    });
  });

  test.each([
    ["protect", { protect: false }],
    ["objectStore.mode", { objectStore: { mode: "standalone", parity: 0, pools: [pool(1, 1, "2Ti")] } }],
    [
      "objectStore.pools.1",
      { objectStore: { parity: 2, pools: [pool(4, 2, "1Ti"), { ...pool(4, 1, "1Ti"), name: "b" }] } },
    ],
    ["objectStore.sharedDisk", { objectStore: { sharedDisk: true } }],
    ["objectStore.minUsable", { objectStore: { minUsable: "100Gi" } }],
    ["objectStore.pools", { objectStore: { pools: [pool(4, 2, "100Gi")] } }],
    ["objectStore.exposure.allowedCidrs", { objectStore: { exposure: { type: "LoadBalancer" } } }],
    [
      "database.exposure.allowedCidrs",
      { database: { ...archived, exposure: { type: "NodePort", port: 30432, allowedCidrs: ["::/0"] } } },
    ],
    [
      "catalogue.exposure.allowedCidrs",
      {
        catalogue: { exposure: { type: "LoadBalancer" } },
        endpoints: { ...endpoints(), catalogue: "catalogue.example.org:8443" },
      },
    ],
    ["catalogue.replicas", { catalogue: { replicas: 1 } }],
    [
      "mcp.exposure.allowedCidrs",
      {
        mcp: { exposure: { type: "LoadBalancer" } },
        endpoints: { ...endpoints(), mcp: "mcp.example.org:8443" },
      },
    ],
    ["mcp.replicas", { mcp: { replicas: 1 } }],
    ["database.backend", { database: {} }],
    ["tekton.highAvailability", { tekton: { highAvailability: false } }],
    ["cluster.largestNode", { cluster: {} }],
    [
      "endpoints.postgres.sslmode",
      { endpoints: { ...endpoints(), postgres: { host: "d.example.org", sslmode: "require" } } },
    ],
  ])("may not do without %s", (path, change) => {
    expect(refused({ ...newEnvironment(), ...change })).toEqual([path]);
  });
});

function pool(nodes: number, drivesPerNode: number, driveSize: string) {
  return { name: "a", nodes, drivesPerNode, driveSize };
}

function endpoints() {
  return newEnvironment().endpoints as object;
}

describe("an environment that is not production", () => {
  test("says so in its file, and each of the repository's is accepted as what it says", () => {
    expect(values({}, "dev").tier).toBe("development");
    expect(values({}, "sandbox").tier).toBe("sandbox");
    expect(environment({}, "prod").tier).toBe("production");
  });

  test("is refused all at once where it stops saying so", () => {
    expect(refused(values({ tier: undefined }, "sandbox"))).toEqual([
      ...["objectStore.pools.0", "objectStore.sharedDisk", "objectStore.minUsable", "protect"],
      ...["database.backend"],
      ...["objectStore.exposure.allowedCidrs", "database.exposure.allowedCidrs"],
      ...["catalogue.exposure.allowedCidrs", "catalogue.replicas"],
      ...["mcp.exposure.allowedCidrs", "mcp.replicas"],
      ...["tekton.highAvailability", "cluster.largestNode"],
    ]);
  });

  test("keeps the rules that hold for all", () => {
    expect(refused(values({ "objectStore.parity": 3 }, "sandbox"))).toEqual(["objectStore.parity"]);
  });
});
