/** Pulumi as people type it: the plain command, with this project's language host, on a file backend of the test's own. */
import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { inject } from "vitest";
import { buildPlugin } from "../../plugins/build";
import { ExecError, exec } from "../../sandbox/process";
import { addLocalPlugin, type PluginName } from "../../sandbox/toolchain/plugins";

/** Runs one command; resolves to all that it prints, also when it fails. */
export type PlainPulumi = (...args: string[]) => Promise<{ failed: boolean; output: string }>;

/** A folder with `bin/pulumi` and, beside it, this project's language host, which policy packs need too. */
export async function pulumiWithHost(root: string): Promise<string> {
  const bin = join(root, "bin");
  mkdirSync(bin, { recursive: true });
  // The language host is found beside the command that really runs, so that a symbolic link would not do.
  copyFileSync(join(inject("pulumi").root, "bin", "pulumi"), join(bin, "pulumi"));
  await buildPlugin("language-nodejs", bin);
  return root;
}

/** Puts the command and its backend below `folder`; what is typed is typed in `project`. */
export async function plainPulumi(folder: string, project: string, plugins: PluginName[]): Promise<PlainPulumi> {
  const { home } = inject("pulumi");
  const bin = join(await pulumiWithHost(join(folder, "root")), "bin");
  mkdirSync(join(folder, "backend"), { recursive: true });
  for (const name of plugins) await addLocalPlugin(home, name);
  const env = {
    PULUMI_HOME: home,
    PULUMI_BACKEND_URL: `file://${join(folder, "backend")}`,
    PULUMI_CONFIG_PASSPHRASE: "test",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PATH: `${bin}:${process.env.PATH}`,
  };
  return async (...args) => {
    try {
      const all = [...args, "--non-interactive", "--color=never"];
      const { stdout, stderr } = await exec(join(bin, "pulumi"), all, { cwd: project, env });
      return { failed: false, output: stdout + stderr };
    } catch (error) {
      if (!(error instanceof ExecError)) throw error;
      return { failed: true, output: error.stdout + error.stderr };
    }
  };
}
