import { expect, it } from "vitest";
import { kubectl, pulumi, sql } from "./context";

const IN_DATA = ["-n", "data-systems"];

/** Makes a Job from a CronJob, as docs/database.md tells a person to, and returns what it printed. */
async function runFrom(cronJob: string, job: string): Promise<string> {
  await kubectl(...IN_DATA, "create", "job", `--from=cronjob/${cronJob}`, job);
  await kubectl(...IN_DATA, "wait", `job/${job}`, "--for=condition=Complete", "--timeout=10m");
  return kubectl(...IN_DATA, "logs", `job/${job}`);
}

/** What a reader finds: every item in full, and every finding. */
async function content(): Promise<object> {
  return {
    items: await sql("stagiair", "select pgstac.content_hydrate(items) as item from pgstac.items order by id"),
    findings: await sql("stagiair", "select f::text as finding from detections.finding f order by id"),
  };
}

/** As the superuser, on the server's own machine: the only way to do real damage. */
function damage(statement: string): Promise<string> {
  return kubectl(...IN_DATA, "exec", "postgis-0", "--", "psql", "-U", "postgres", "-d", "lake", "-c", statement);
}

/** The database's backups, as the sandbox has them: on a volume of their own. */
export function theBackup(): void {
  it("what was lost comes back from a backup, item by item and finding by finding", async () => {
    const before = await content();
    expect(await runFrom("database-backup", "backup-by-hand")).toMatch(/^backup \d{8}T\d{6}Z: \d+ tables, \d+ rows/);
    await damage("drop schema pgstac cascade");
    await damage("truncate detections.finding");
    expect(await runFrom("database-restore", "restore-by-hand")).toMatch(/^restored backup \d{8}T\d{6}Z/);
    expect(await content()).toEqual(before);
  });

  it("a server that lost its volume is made anew by refresh and up, and has everything after a restore", async () => {
    const before = await content();
    await kubectl(...IN_DATA, "delete", "pvc", "data-postgis-0", "--wait=false");
    await kubectl(...IN_DATA, "delete", "pod", "postgis-0");
    await kubectl(...IN_DATA, "rollout", "status", "statefulset/postgis", "--timeout=5m");
    await pulumi("refresh", "--yes", "--skip-preview");
    await pulumi("up", "--yes", "--skip-preview");
    await runFrom("database-restore", "restore-after-loss");
    expect(await content()).toEqual(before);
    await pulumi("refresh", "--yes", "--skip-preview", "--expect-no-changes");
    await pulumi("preview", "--expect-no-changes");
  });

  it("the pods of a backup and of a restore show no password", async () => {
    for (const job of ["backup-by-hand", "restore-by-hand"]) {
      const shown = await kubectl(...IN_DATA, "get", `job/${job}`, "-o", "json");
      expect(shown).toContain("secretKeyRef");
      expect(shown).not.toMatch(/"name": "PGPASSWORD",\s+"value":/);
    }
  });
}
