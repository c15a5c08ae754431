/** Conditions that a program gives in the annotation `pulumi.com/waitFor`, in kubectl's notation. */
import { ProviderError } from "../../shared/errors";
import { formatPath, getPath, type Path, parsePath } from "../../shared/paths";
import { type Properties, UNKNOWN, type Value } from "../../shared/values";
import { waitFor } from "../annotations";
import type { KubeObject } from "../objects";
import { condition } from "./pods";
import type { Rule, Verdict } from "./rules";

function jsonPath(text: string): Path {
  const inner = /^\{(.*)\}$/.exec(text)?.[1] ?? text;
  try {
    // kubectl writes dots inside a key as `\.`, which the bracket notation says without escapes.
    return parsePath(
      inner
        .replace(/^\$?\./, "")
        .replace(
          /\.?((?:[^.\\[\]]|\\.)*\\\.(?:[^.\\[\]]|\\.)*)/g,
          (_, key: string) => `["${key.replaceAll("\\.", ".")}"]`,
        ),
    );
  } catch {
    throw new ProviderError(
      `pulumi.com/waitFor: "${text}" is no path that the local build understands: use {.a.b[0].c}`,
    );
  }
}

function judgeOne(expression: string): (object: KubeObject) => Verdict {
  const [, kind, rest = ""] = /^(jsonpath|condition)=(.*)$/s.exec(expression) ?? [];
  if (kind === "condition") {
    const [type = "", status = "True"] = rest.split("=");
    return (object) => {
      const found = (object.status?.conditions as { type: string; status: string }[] | undefined)?.find(
        (item) => item.type.toLowerCase() === type.toLowerCase(),
      );
      const reached = found?.status.toLowerCase() === status.toLowerCase();
      const detail = found ? (condition(object, found.type)?.message ?? "") : "";
      return reached
        ? { state: "ready", message: expression }
        : { state: "waiting", message: `condition ${type} is ${found?.status ?? "not set"}${detail && `: ${detail}`}` };
    };
  }
  if (kind === "jsonpath") {
    const match = /^(\{.*?\}|[^=]*)(?:=(.*))?$/s.exec(rest);
    const path = jsonPath(match?.[1] ?? "");
    const wanted = match?.[2];
    return (object) => {
      const value: Value | undefined = getPath(object as Properties, path);
      const text = typeof value === "object" ? JSON.stringify(value) : String(value);
      const reached = value !== undefined && (wanted === undefined || text === wanted);
      return reached
        ? { state: "ready", message: expression }
        : { state: "waiting", message: `${formatPath(path)} is ${value === undefined ? "not set" : text}` };
    };
  }
  throw new ProviderError(`pulumi.com/waitFor: "${expression}" starts with neither jsonpath= nor condition=`);
}

/** A rule that holds when every expression does. Throws `ProviderError` on an expression that cannot be read. */
export function waitForRule(expressions: string[]): Rule {
  const judges = expressions.map(judgeOne);
  return {
    judge(object) {
      const pending = judges.map((judge) => judge(object)).find(({ state }) => state !== "ready");
      return pending ?? { state: "ready", message: "all conditions hold" };
    },
  };
}

/** What is wrong with the conditions of the annotation, if anything. An annotation that is not known yet passes. */
export function waitForFlaw(inputs: Properties): string | undefined {
  if (getPath(inputs, ["metadata", "annotations", "pulumi.com/waitFor"]) === UNKNOWN) return undefined;
  try {
    waitForRule(waitFor(inputs as KubeObject));
    return undefined;
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    return error.message;
  }
}
