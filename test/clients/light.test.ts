import { describe } from "vitest";
import { outputsOf } from "./context";
import { theLightClients } from "./light";
import { stagiairWritesNothing } from "./stagiair";

describe("the recipes of docs/clients that are light to run", () => {
  theLightClients(outputsOf);
});

describe("stagiair is refused every way of writing", () => {
  stagiairWritesNothing(outputsOf);
});
