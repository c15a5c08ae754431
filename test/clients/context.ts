import { DEFAULT_INSTANCE, findInstance, instanceName } from "../../sandbox/instance";
import { ConsoleReporter } from "../../sandbox/progress";
import { Stack, type StackOutputs } from "../../sandbox/pulumi";

export const reporter = new ConsoleReporter();

/** The outputs, with secrets, of the running instance that DRONE_LAKE_INSTANCE names. */
export async function outputsOf(): Promise<StackOutputs> {
  const name = process.env.DRONE_LAKE_INSTANCE || DEFAULT_INSTANCE;
  const instance = findInstance(instanceName(name));
  if (!instance) throw new Error(`there is no instance "${name}": start it with npm run sandbox`);
  return (await Stack.open(instance, reporter)).outputs();
}
