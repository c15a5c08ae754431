import { everywhere } from "../levels";
import type { ResourcePolicy } from "../policy";
import { helmValues } from "../readers/helm";
import { kindOf } from "../readers/kubernetes";
import { podTemplates } from "../readers/pods";
import { carriesSecret, isPlainSetting, namesSecret } from "../readers/secrecy";
import { at, entries, list, text } from "../readers/values";

export const noSecretInClear: ResourcePolicy = {
  name: "no-secret-in-clear",
  demand: "No secret lies in a plain environment variable, an argument, a ConfigMap or a chart's values.",
  why: "Those are shown by kubectl describe, kept in release histories and logs, and read by everybody who may look at a workload. A Secret has rights of its own.",
  looksAt:
    "`env`, `command` and `args` of every container and Tekton step; data of ConfigMaps; values of Helm charts: names that mean a secret, URLs with a password, private keys",
  remedy:
    "Put it into a Secret and refer to it by `valueFrom.secretKeyRef`; give charts the name of an existing Secret.",
  levels: everywhere,
  *check(resource) {
    for (const { containers } of podTemplates(resource)) {
      for (const { title, spec } of containers) {
        for (const variable of list(at(spec, "env"))) {
          const name = text(at(variable, "name")) ?? "";
          if (isSecret(name, at(variable, "value"))) yield `${title} has ${name} as plain text`;
        }
        const words = [...list(at(spec, "command")), ...list(at(spec, "args"))].map(text);
        for (const [i, word] of words.entries()) {
          const option = word && /^--?([A-Za-z][\w-]*)(?:=(.*))?$/s.exec(word);
          const value = option ? (option[2] ?? words[i + 1]) : undefined;
          const given = option && namesSecret(option[1] as string) && value !== undefined && !/^(-|\$\()/.test(value);
          if (given && !isPlainSetting(value)) yield `${title} has the argument --${option[1]}`;
          else if (word && carriesSecret(word)) yield `${title} has an argument with a secret in it`;
        }
      }
    }
    if (kindOf(resource) === "ConfigMap") {
      for (const [key, value] of entries(at(resource.props, "data"))) {
        if (isSecret(key, value)) yield `its key ${key} holds a secret`;
      }
    }
    for (const path of secretPaths(helmValues(resource))) yield `the chart's values hold ${path}`;
  },
};

function isSecret(name: string, value: unknown): boolean {
  const known = text(value);
  if (known === undefined || isPlainSetting(known)) return false;
  return (namesSecret(name) && !known.includes("\n")) || carriesSecret(known);
}

/** Paths in a chart's values that hold a secret. */
function secretPaths(values: unknown, path = ""): string[] {
  const items = Array.isArray(values) ? [...values.entries()] : entries(values);
  return items.flatMap(([key, value]) => {
    const here = path ? `${path}.${key}` : String(key);
    return isSecret(String(key), value) ? [here] : secretPaths(value, here);
  });
}
