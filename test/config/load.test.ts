import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, test } from "vitest";
import { ConfigError, loadEnvironment } from "../../config";
import { checkEnvironment } from "../../config/load";
import { environment, values } from "./values";

/** What is wrong with the sandbox's values after some changes, by path. */
function problems(changes: Record<string, unknown>): Record<string, string> {
  try {
    checkEnvironment(values(changes), "Pulumi.sandbox.yaml");
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return Object.fromEntries(error.problems.map(({ path, message }) => [path, message]));
  }
  return {};
}

describe("the environments in the repository", () => {
  test.each(["sandbox", "dev", "prod"])("%s is accepted", (stack) => {
    expect(environment({}, stack).codeVersion).not.toBe("");
  });

  test("prod has a redundant object store, is protected and checks certificates", () => {
    const prod = environment({}, "prod");
    expect(prod.protect).toBe(true);
    expect(prod.objectStore).toMatchObject({ mode: "distributed", parity: 4, sharedDisk: false });
    expect(prod.objectStore.pools).toMatchObject([{ nodes: 4, drivesPerNode: 2 }]);
    expect(prod.endpoints).toMatchObject({ postgres: { sslmode: "verify-full" } });
  });

  test("the sandbox has 4 pods with parity 2, no GPU, and can be destroyed", () => {
    const sandbox = environment();
    expect(sandbox.protect).toBe(false);
    expect(sandbox.objectStore).toMatchObject({ parity: 2, sharedDisk: true, pools: [{ nodes: 4, drivesPerNode: 1 }] });
    expect(sandbox.gpu.backend).toBe("none");
  });
});

describe("a wrong value", () => {
  test("of the wrong type is named with what was found and what is allowed", () => {
    expect(problems({ "objectStore.parity": "two", protect: "yes" })).toEqual({
      "objectStore.parity": 'found "two"; expected a number',
      protect: 'found "yes"; expected true or false',
    });
  });

  test("outside of its set is answered with the set", () => {
    expect(problems({ "pipelines.engine": "odn" })["pipelines.engine"]).toBe(
      'found "odn"; allowed are "odm", "sfm", "gdal"; did you mean "odm"?',
    );
    expect(problems({ "pipelines.engine": "metashape" })["pipelines.engine"]).toBe(
      'found "metashape"; allowed are "odm", "sfm", "gdal"',
    );
  });

  test("of the right type but for its quotes says how to write it", () => {
    const pools = [{ name: "p0", nodes: "4", drivesPerNode: 2.5, driveSize: "16Gi" }];
    const found = problems({
      "objectStore.pools": pools,
      protect: "true",
      codeVersion: 1,
      "objectStore.resources": { cpu: 4 },
    });
    expect(found).toEqual({
      "objectStore.pools.0.nodes": 'found "4"; expected a number: write it without quotes, 4',
      "objectStore.pools.0.drivesPerNode": "found 2.5; expected a whole number",
      "objectStore.resources.cpu":
        'found 4; expected cores such as "2", or thousandths of a core such as "250m", in quotes',
      protect: 'found "true"; expected true or false: write it without quotes, true',
      codeVersion: 'found 1; expected text: write it in quotes, "1"',
    });
  });

  test.each([
    ["200GB", '; did you mean "200Gi"?'],
    ["1.5 TiB", '; did you mean "1.5Ti"?'],
    ["20g", '; did you mean "20Gi"?'],
    ["large", ""],
    [20, ""],
  ])("is a size in other units: %j", (size, meant) => {
    expect(problems({ "database.storage": size })).toEqual({
      "database.storage": `found ${JSON.stringify(size)}; expected a size such as "512Mi", "20Gi" or "1Ti"${meant}`,
    });
  });

  test("out of bounds is told the bound, of numbers and of lists", () => {
    expect(
      problems({
        "pipelines.gsdM": 0,
        "pipelines.sizeClasses": [],
        "database.exposure.port": 80,
        "database.exposure.allowedCidrs": ["10.0.0.0"],
      }),
    ).toEqual({
      "pipelines.gsdM": "found 0; more than 0 is allowed",
      "pipelines.sizeClasses": "found []; at least 1 item is allowed",
      "database.exposure.port": "found 80; at least 30000 is allowed",
      "database.exposure.allowedCidrs.0": 'found "10.0.0.0"; expected a range of addresses such as 10.0.0.0/8',
    });
    expect(problems({ "endpoints.minio": "lake.example.org:70000" })["endpoints.minio"]).toMatch(
      /a port is 1 to 65535$/,
    );
  });

  test("of a variant's own key is answered with the variants, and the variant's own keys", () => {
    expect(problems({ "objectStore.exposure": { type: "Nodeport", port: 30900 } })).toEqual({
      "objectStore.exposure.type":
        'found "Nodeport"; allowed are "ClusterIP", "NodePort", "LoadBalancer"; did you mean "NodePort"?',
    });
    expect(problems({ "objectStore.exposure": { port: 30900 } })).toEqual({
      "objectStore.exposure.type": 'missing; allowed are "ClusterIP", "NodePort", "LoadBalancer"',
    });
    expect(problems({ "objectStore.exposure": "LoadBalancer" })).toEqual({
      "objectStore.exposure": 'found "LoadBalancer"; expected keys with values',
    });
    // The port is a key of another variant.
    expect(problems({ "objectStore.exposure": { type: "LoadBalancer", port: 30900 } })).toEqual({
      "objectStore.exposure.port": "unknown key; known are type, allowedCidrs",
    });
  });

  test("that is long is cut", () => {
    expect(problems({ codeVersion: ["x".repeat(500)] }).codeVersion).toMatch(/^found \["x{78}\.\.\.; expected text$/);
  });

  test("among OpenDroneMap's options is one that is not the config's to give", () => {
    const args = ["--dsm", "--end-with=odm_filterpoints", "--orthophoto-resolution", "3"];
    expect(problems({ "pipelines.odmArgs": args })).toEqual({
      "pipelines.odmArgs.1":
        'found "--end-with=odm_filterpoints"; this option is not allowed here: the orthophoto would be missing',
      "pipelines.odmArgs.2":
        'found "--orthophoto-resolution"; this option is not allowed here: say pipelines.gsdM, in m',
    });
  });

  test("is every option of OpenDroneMap that the stitching step itself refuses", () => {
    const engine = readFileSync(join(__dirname, "../../tasks/src/dronelake/stitch/odm.py"), "utf8");
    const owned = /^_OWNED = \((.*)\)$/m.exec(engine)![1]!.match(/--[a-z-]+/g)!;
    expect(owned).toContain("--project-path");
    for (const option of owned) {
      expect(problems({ "pipelines.odmArgs": [option] }), option).toHaveProperty(["pipelines.odmArgs.0"]);
    }
  });

  test("of an owner is no label", () => {
    expect(problems({ "ownership.owner": "team geo", "ownership.costCenter": undefined })).toEqual({
      "ownership.owner": 'found "team geo"; letters, digits, dots, hyphens and underscores, at most 63',
      "ownership.costCenter": "missing; expected text",
    });
  });

  test("that is missing is called missing", () => {
    expect(problems({ "pipelines.sizeClasses": undefined })["pipelines.sizeClasses"]).toBe("missing; expected a list");
  });

  test("is listed with all others in one error", () => {
    const found = problems({ "objectStore.parity": -1, "pipelines.crs": "28992", codeVersion: undefined, gpus: {} });
    expect(Object.keys(found).sort()).toEqual(["codeVersion", "gpus", "objectStore.parity", "pipelines.crs"]);
  });

  test("is listed with what does not fit together elsewhere", () => {
    const found = problems({
      "pipelines.engine": "odn",
      "objectStore.parity": 3,
      "database.maxConnections": 50,
      gpu: 1,
    });
    expect(Object.keys(found).sort()).toEqual(["gpu", "objectStore.parity", "pipelines.engine"]);
  });

  test("makes an error that names the file", () => {
    expect(() => checkEnvironment(values({ protect: 1 }), "Pulumi.dev.yaml")).toThrow(
      "Pulumi.dev.yaml has 1 wrong value:\n  protect: found 1; expected true or false",
    );
  });
});

describe("an unknown key", () => {
  test("near a known one is answered with it, at every depth", () => {
    expect(problems({ "objectStore.partity": 2, databse: {}, "pipelines.detect.gpu": 1 })).toEqual({
      "objectStore.partity": "unknown key; did you mean parity?",
      databse: "unknown key; did you mean database?",
      "pipelines.detect.gpu": "unknown key; did you mean gpus?",
    });
  });

  test("near a required one is one fault", () => {
    expect(problems({ "database.exposure": { type: "NodePort", prt: 30432 } })).toEqual({
      "database.exposure.prt": "unknown key; did you mean port?",
    });
  });

  test("that stands elsewhere in the schema is answered with its place", () => {
    expect(problems({ parity: 4, "pipelines.gpus": 1 })).toEqual({
      parity: "unknown key; did you mean objectStore.parity?",
      "pipelines.gpus": "unknown key; did you mean pipelines.detect.gpus?",
    });
  });

  test("in a list is found by its place", () => {
    const pools = [{ name: "p0", nodes: 4, colour: 1, drivesPerNode: 1, driveSize: "16Gi" }];
    expect(problems({ "objectStore.pools": pools })).toEqual({
      "objectStore.pools.0.colour": "unknown key; known are name, nodes, drivesPerNode, driveSize, storageClass",
    });
  });

  test("among the images is a misspelt image", () => {
    expect(problems({ "images.tekton-pipelines-webhok": "x" })).toEqual({
      "images.tekton-pipelines-webhok": "unknown key; did you mean tekton-pipelines-webhook?",
    });
  });
});

describe("loadEnvironment", () => {
  function load(config: Record<string, string>) {
    pulumi.runtime.setAllConfig(config);
    return loadEnvironment();
  }
  const asPulumiGives = Object.fromEntries(
    Object.entries(values()).map(([key, value]) => [
      `project:${key}`,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );

  test("reads structured values, and a version that looks like a number as text", () => {
    expect(load({ ...asPulumiGives, "project:codeVersion": "1.0", "kubernetes:context": "x" })).toMatchObject({
      codeVersion: "1.0",
      protect: false,
      database: { maxConnections: 100 },
    });
  });

  test("refuses text where a structured value was meant", () => {
    expect(() => load({ ...asPulumiGives, "project:database": "{storage: 20Gi}" })).toThrow(
      'database: found "{storage: 20Gi}"; expected keys with values',
    );
  });

  test("refuses a key that it does not know", () => {
    expect(() => load({ ...asPulumiGives, "project:objectstore": "{}" })).toThrow(
      "objectstore: unknown key; did you mean objectStore?",
    );
  });
});
