/** One preview with the policy pack, by the engine's events. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { EngineEvent, PolicyEvent, Stack } from "@pulumi/pulumi/automation";
import { policyFindings } from "../policies/findings";
import { checkout } from "../sandbox/paths";
import { planOf } from "./events";
import type { Preview } from "./report";

/** This project's policy pack. */
export const PACK = join(checkout, "policies");

/**
 * Previews a stack and tells all that it would do. No violation stops it, or the policies of the whole stack would not be
 * asked; an error of the engine is part of the answer.
 *
 * @param folder where a file may be written for the engine
 * @param policyPacks folders of the packs that are asked
 */
export async function previewStack(stack: Stack, folder: string, policyPacks: string[] = [PACK]): Promise<Preview> {
  const advisory = join(folder, "policies.json");
  writeFileSync(advisory, JSON.stringify({ all: "advisory" }));
  const steps: EngineEvent[] = [];
  const policies: PolicyEvent[] = [];
  const errors: string[] = [];
  const onEvent = (event: EngineEvent) => {
    if (event.resourcePreEvent || event.resOutputsEvent) steps.push(event);
    if (event.policyEvent) policies.push(event.policyEvent);
    const { diagnosticEvent } = event;
    if (diagnosticEvent?.severity === "error") errors.push(diagnosticEvent.message.trim());
  };
  const options = { policyPacks, policyPackConfigs: policyPacks.map(() => advisory), color: "never" as const };
  let failure: string | undefined;
  try {
    await stack.preview({ ...options, onEvent });
  } catch (error) {
    failure = withoutTrace(errors.join("\n") || (error as Error).message);
  }
  return { stack: stack.name, plan: planOf(steps), policies: policyFindings(stack.name, policies), failure };
}

/** An error of the program without the lines that say where in which file of this machine it was thrown. */
function withoutTrace(text: string): string {
  return text
    .split("\n")
    .filter((line) => !/^\s+at /.test(line))
    .join("\n");
}
