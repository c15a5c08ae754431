import { everywhere } from "../levels";
import type { ResourcePolicy } from "../policy";
import { podTemplates } from "../readers/pods";
import { at, list, text } from "../readers/values";

const SHELLS = /(^|\/)(ba|da|a|z|k)?sh$/;
/** What Tekton puts into a text before a program sees it. */
const SUBSTITUTION = /\$\((params|tasks|steps|inputs|context)\.[^)]*\)/g;
/** A result's or an exit code's path is Tekton's own, and no stranger's text. */
const OWN = /\.path\)$|^\$\(context\./;

export const noParamInScript: ResourcePolicy = {
  name: "no-param-in-script",
  demand: "No param or result is put into the text of a script.",
  why: "An object's key is chosen by whoever uploads it. Put into a script, a photo named `$(curl …).jpg` is a command that runs with the pipeline's keys.",
  looksAt: "`script` of Tekton steps and sidecars, and the text that a shell gets with `-c`",
  remedy: "Hand the param over as an environment variable, and read it there in quotes.",
  levels: everywhere,
  *check(resource) {
    for (const { title, spec } of podTemplates(resource).flatMap(({ containers }) => containers)) {
      for (const script of [text(at(spec, "script")), ...shellTexts(spec)]) {
        const found = [...(script?.match(SUBSTITUTION) ?? [])].filter((reference) => !OWN.test(reference));
        if (found.length) yield `${title} has ${[...new Set(found)].join(", ")} in its script`;
      }
    }
  },
};

/** Arguments of a container whose command is a shell: any may be what it runs. */
function shellTexts(container: unknown): (string | undefined)[] {
  const words = [...list(at(container, "command")), ...list(at(container, "args"))].map(text);
  return words[0] !== undefined && SHELLS.test(words[0]) ? words.slice(1) : [];
}
