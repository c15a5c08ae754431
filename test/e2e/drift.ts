import { expect, it } from "vitest";
import { checkout } from "../../sandbox/paths";
import { type ExecResult, exec } from "../../sandbox/process";
import { ensureTool } from "../../sandbox/toolchain";
import { INSTANCE, kubectl, outputs, pulumi, reporter, secrets } from "./context";

const IN_DATA = ["-n", "data-systems"];
const IN_RUNS = ["-n", "drone-pipelines"];

interface Report {
  readonly verdict: string;
  readonly drifts: readonly { readonly name: string; readonly mend: string }[];
}

/** `npm run drift` on the sandbox's stack, in a shell as the README tells a person to make it. */
function drift(...args: string[]): Promise<ExecResult> {
  const script =
    'eval "$(npm run --silent sandbox:env -- --instance "$0")"; exec npm run --silent drift -- sandbox --cwd "$LAKE_PROJECT" "$@"';
  return exec("bash", ["-ec", script, INSTANCE, ...args], { cwd: checkout, allowed: [0, 1] });
}

/** `mc` as the object store's root user. */
async function mc(...args: string[]): Promise<void> {
  const { data } = JSON.parse(await kubectl(...IN_DATA, "get", "secret", "data-lake-root", "-o", "json"));
  const [user, password] = [data.user, data.password].map((text) => Buffer.from(text, "base64").toString());
  const { url, caFile } = (await outputs()).objectStore;
  const MC_HOST_lake = `https://${user}:${password}@${new URL(url).host}`;
  await exec(await ensureTool("mc", reporter), args, { env: { MC_HOST_lake, SSL_CERT_FILE: caFile } });
}

/** What changes behind Pulumi's back are seen, and what mends them. */
export function theDrift(): void {
  it("a check of what nobody changed is silent", async () => {
    const { code, stdout } = await drift();
    expect(stdout).toBe("sandbox is as its last update left it.\n");
    expect(code).toBe(0);
  });

  it("changes behind Pulumi's back are told, and mended by the commands that the report names", async () => {
    const rule = { op: "add", path: "/rules/-", value: { apiGroups: [""], resources: ["secrets"], verbs: ["get"] } };
    await kubectl(...IN_RUNS, "patch", "role", "reconciler", "--type=json", "-p", JSON.stringify([rule]));
    await kubectl(...IN_RUNS, "patch", "pipeline", "detection", "--type=merge", "-p", '{"spec":{"description":"x"}}');
    await kubectl(...IN_DATA, "delete", "networkpolicy", "catalogue-clients");
    const superuser = "ALTER ROLE stagiair SUPERUSER";
    await kubectl(...IN_DATA, "exec", "postgis-0", "--", "psql", "-U", "postgres", "-d", "lake", "-c", superuser);
    await mc("admin", "user", "disable", "lake", "stagiair");
    await mc("admin", "policy", "attach", "lake", "data-scientist", "--user", "drone-operator");

    const { code, stdout } = await drift("--json");
    const { verdict, drifts } = JSON.parse(stdout) as Report;
    expect([code, verdict]).toEqual([1, "drift"]);
    expect(drifts.map(({ name }) => name).sort()).toEqual([
      "IamUser stagiair",
      "NetworkPolicy data-systems/catalogue-clients",
      "Pipeline drone-pipelines/detection",
      "Role drone-pipelines/reconciler",
      "Role stagiair",
      "user drone-operator",
    ]);
    for (const secret of await secrets()) expect(stdout).not.toContain(secret);

    const [own, plain] = ["npm run drift -- sandbox --mend", "pulumi up --refresh --stack sandbox"];
    expect(new Set(drifts.map(({ mend }) => mend))).toEqual(new Set([own, plain]));
    await drift("--mend");
    await pulumi("up", "--refresh", "--yes", "--skip-preview");
    expect((await drift()).stdout).toBe("sandbox is as its last update left it.\n");
  });
}
