import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { clientEnv } from "../../sandbox/lake";
import { checkout } from "../../sandbox/paths";
import { type ExecResult, exec } from "../../sandbox/process";
import type { StackOutputs } from "../../sandbox/pulumi";
import type { Client } from "./clients";

export const pages = join(checkout, "docs", "clients");

export interface Recipe {
  readonly language: "python" | "sh";
  readonly code: string;
}

/** The one code block under a page's heading "Recipe". Throws for a page without it, or with more than one. */
export function recipeOf(page: string): Recipe {
  const text = readFileSync(join(pages, `${page}.md`), "utf8");
  const section = /^## Recipe\n(.*?)(?=^## |(?![\s\S]))/ms.exec(text)?.[1] ?? "";
  const blocks = [...section.matchAll(/^```(python|sh)\n(.*?)^```$/gms)];
  const [block] = blocks;
  if (!block || blocks.length > 1)
    throw new Error(`docs/clients/${page}.md has ${blocks.length} code blocks under "## Recipe", not one`);
  return { language: block[1] as Recipe["language"], code: block[2]! };
}

/** What a recipe was run with, printed and left. */
export interface Run extends ExecResult {
  /** Where it ran: a folder of its own, which is its home too, so that nothing of the person's is read or written. */
  readonly folder: string;
}

/** Runs a recipe as its page says, as an identity, and hands what it printed and left to `look`. */
export async function runRecipe(
  page: string,
  client: Client,
  outputs: StackOutputs,
  look: (run: Run) => unknown,
): Promise<void> {
  const { language, code } = recipeOf(page);
  const { path = [], env = {} } = await client.install();
  const folder = mkdtempSync(join(tmpdir(), `recipe-${page}-`));
  try {
    const [file, command, ...args] = language === "sh" ? ["recipe.sh", "bash", "-eu"] : ["recipe.py", "python"];
    writeFileSync(join(folder, file), code);
    const result = await exec(command!, [...args, file], {
      cwd: folder,
      env: {
        ...clientEnv(client.identity ?? "stagiair", outputs),
        HOME: folder,
        PATH: [...path, process.env.PATH].join(delimiter),
        ...env,
      },
    });
    await look({ ...result, folder });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
