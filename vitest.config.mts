import { defineConfig } from "vitest/config";

// One process a file: Pulumi's mocks and the plugins' servers are global to a process.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          pool: "forks",
          include: ["test/{config,components,doctor,golden,pipelines,policies,sandbox,plugins,services}/**/*.test.ts"],
        },
      },
      {
        test: {
          name: "servers",
          pool: "forks",
          include: ["test/servers/**/*.test.ts"],
          globalSetup: ["test/servers/setup.ts"],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 300_000,
        },
      },
      {
        // One file, in order: bringing a cluster up once is dear.
        test: {
          name: "e2e",
          pool: "forks",
          include: ["test/e2e/*.test.ts"],
          testTimeout: 3_600_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
