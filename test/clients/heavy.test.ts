import { describe } from "vitest";
import { outputsOf } from "./context";
import { theHeavyClients } from "./heavy";

describe("the recipes of docs/clients that are heavy to run", () => {
  theHeavyClients(outputsOf);
});
