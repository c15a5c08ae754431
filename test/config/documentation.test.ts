import { expect, test } from "vitest";
import { inputSchema, type JsonSchema, variantsOf } from "../../config/json-schema";

/** Every key at every depth, with its schema. */
function keys(schema: JsonSchema, parent = ""): [string, JsonSchema][] {
  return variantsOf(schema).flatMap((variant) => [
    ...Object.entries(variant.properties ?? {}).flatMap(([key, value]): [string, JsonSchema][] => [
      [parent + key, value],
      ...keys(value, `${parent}${key}.`),
    ]),
    ...(variant.items ? keys(variant.items, `${parent}N.`) : []),
  ]);
}

test("every key is documented", () => {
  const all = keys(inputSchema());
  expect(all.length).toBeGreaterThan(80);
  expect(all.filter(([, { description }]) => !description).map(([path]) => path)).toEqual([]);
});

test("every number says what it counts, in its name or its description", () => {
  const counted =
    /min(utes)?\b|Minutes|days|Days|hours|GiB|in m\b|cores|photos|nodes|pods|volumes|drives|events|connections|GPUs|port/;
  const numbers = keys(inputSchema()).filter(([, { type }]) => type === "integer" || type === "number");
  expect(numbers.length).toBeGreaterThan(30);
  expect(
    numbers.filter(([path, { description }]) => !counted.test(`${path} ${description}`)).map(([path]) => path),
  ).toEqual([]);
});
