/** What may be shown of a value: the engine has masked what it knows to be secret, and here goes what only looks like it. */
import { carriesSecret, isPlainSetting, namesSecret } from "../policies/readers/secrecy";
import { at } from "../policies/readers/values";
import { SECRET } from "./plan";

/** The value with `SECRET` for every text whose name or content says that it is one. */
export function masked(value: unknown, name = ""): unknown {
  if (Array.isArray(value)) return value.map((item) => masked(item, name));
  if (typeof value === "string") {
    const secret = (namesSecret(name) && !isPlainSetting(value)) || carriesSecret(value);
    return secret ? SECRET : value;
  }
  if (typeof value !== "object" || value === null) return value;
  const variable = at(value, "name");
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      // A variable of a container is named beside its value.
      const called = key === "value" && typeof variable === "string" ? variable : key;
      return [key, masked(inner, called)];
    }),
  );
}
