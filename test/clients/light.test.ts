import { describe } from "vitest";
import { outputsOf } from "./context";
import { theLightClients } from "./light";

describe("the recipes of docs/clients that are light to run", () => {
  theLightClients(outputsOf);
});
