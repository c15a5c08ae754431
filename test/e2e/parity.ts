import { expect, it } from "vitest";
import { runConformance } from "../servers/conformance";
import { instance, reporter, sharedFolder } from "./context";

/** The local plugins against what the official ones did, on the embedded cluster and with servers of the test's own. */
export function theOfficialRecord(): void {
  const folder = sharedFolder("parity");
  it.runIf(folder)("every step is as recorded", async () => {
    const printed = await runConformance(folder!, instance().kubeconfig, reporter);
    console.log(printed);
    expect(printed).toMatch(/^83 passed, 0 failed$/m);
  });
}
