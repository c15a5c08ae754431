import { expect, test } from "vitest";
import { clusterSpec } from "../../components/postgis-cluster-objects";
import { environment } from "../config/values";

const prod = environment({}, "prod");
const spec = (recoverFrom?: { cluster: string; targetTime?: string }) =>
  clusterSpec({
    cluster: { name: "lake-2", recoverFrom },
    config: prod.database,
    image: prod.images.postgis,
    superuserSecret: "postgis-superuser",
    certificate: "postgis-tls",
  });

test("a cluster begins empty, and takes no connection that is not encrypted", () => {
  expect(spec().bootstrap).toEqual({
    initdb: { encoding: "UTF8", localeCollate: "C.UTF-8", localeCType: "C.UTF-8", dataChecksums: true },
  });
  expect(spec()).not.toHaveProperty("externalClusters");
  expect(spec().postgresql.pg_hba).toEqual(["hostnossl all all all reject"]);
});

test("a recovered cluster reads another's archive up to a moment, and writes its own", () => {
  const recovered = spec({ cluster: "lake-1", targetTime: "2026-05-01T12:00:00Z" });
  expect(recovered.bootstrap).toEqual({
    recovery: { source: "lake-1", recoveryTarget: { targetTime: "2026-05-01T12:00:00Z" } },
  });
  const archive = (serverName: string) => ({ barmanObjectName: "database-archive", serverName });
  expect(recovered.externalClusters).toEqual([
    { name: "lake-1", plugin: { name: "barman-cloud.cloudnative-pg.io", parameters: archive("lake-1") } },
  ]);
  expect(recovered.plugins).toMatchObject([{ isWALArchiver: true, parameters: archive("lake-2") }]);
  expect(spec({ cluster: "lake-1" }).bootstrap).toEqual({ recovery: { source: "lake-1" } });
});
