import { existsSync } from "node:fs";
import { join } from "node:path";
import { checkout } from "../sandbox/paths";
import type { Reporter } from "../sandbox/progress";
import { runConformance } from "../test/servers/conformance";
import type { Row } from "./table";

/** Seconds of the official plugins on the recorded stack, from the record's own README: 2 cores, 43 resources. */
const OFFICIAL = { preview: 1.4, up: 12.4, "up again": 1.9, refresh: 1.4 } as const;

/** The local plugins against the record of the official ones, and their times; no rows where the record is absent. */
export async function parityRows(kubeconfig: string, reporter: Reporter): Promise<Row[]> {
  const folder = join(checkout, "..", "shared", "parity");
  if (!existsSync(folder)) {
    console.error(`left out, for want of ${folder}: parity with the official plugins`);
    return [];
  }
  const printed = await reporter.step("parity", () => runConformance(folder, kubeconfig, reporter));
  const verdict = /^\d+ passed, \d+ failed$/m.exec(printed)?.[0] ?? "no verdict";
  const rows: Row[] = [{ what: "parity with the official plugins", measured: verdict, bound: "83 passed, 0 failed" }];
  for (const [step, official] of Object.entries(OFFICIAL)) {
    const seconds = Number(new RegExp(`^\\s*([\\d.]+) s  ${step}$`, "m").exec(printed)?.[1]);
    const measured = `${seconds.toFixed(1)} s, ${(seconds / official).toFixed(2)} x`;
    rows.push({ what: `parity: ${step}`, measured, bound: `<= 1.2 x ${official} s` });
  }
  return rows;
}
