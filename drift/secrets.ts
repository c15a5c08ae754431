/** A second net under the marking of secrets: a value that somebody copied elsewhere, such as into an annotation, is masked there too. */
import { isObject, Secret, unwrap, type Value } from "../plugins/shared/values";
import { type Difference, type Found, MASK } from "./drift";
import type { Resource } from "./state";

/** Shorter ones, such as a port that came out of a secret, would mask half of the report. */
const LEAST = 8;

/** Every text among the secrets of the state, as it is and as a Kubernetes Secret holds it. */
export function secretsIn(resources: readonly Resource[]): string[] {
  const found = new Set<string>();
  const collect = (value: Value, secret: boolean): void => {
    if (value instanceof Secret) collect(unwrap(value), true);
    else if (Array.isArray(value)) for (const item of value) collect(item, secret);
    else if (isObject(value)) for (const item of Object.values(value)) collect(item, secret);
    else if (secret && typeof value === "string" && value.length >= LEAST) {
      found.add(value);
      found.add(Buffer.from(value).toString("base64"));
    }
  };
  for (const { inputs, outputs } of resources) {
    collect(inputs, false);
    collect(outputs, false);
  }
  // The longest first, since one may be part of another.
  return [...found].sort((a, b) => b.length - a.length);
}

/** The same with every secret masked in what is shown of a value. */
export function withoutSecrets<F extends Found>(drifts: readonly F[], secrets: readonly string[]): F[] {
  const clean = (text: string | undefined) =>
    secrets.reduce((rest, secret) => rest?.replaceAll(JSON.stringify(secret).slice(1, -1), MASK), text);
  const masked = ({ path, is, should }: Difference): Difference => ({
    path,
    ...(is !== undefined && { is: clean(is) }),
    ...(should !== undefined && { should: clean(should) }),
  });
  return drifts.map((drift) => ({ ...drift, differences: drift.differences.map(masked) }));
}
