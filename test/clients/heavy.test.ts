import { describe } from "vitest";
import { outputsOf } from "./context";
import { theHeavyClients } from "./heavy";
import { theNotebooks } from "./notebooks";

describe("the recipes of docs/clients that are heavy to run", () => {
  theHeavyClients(outputsOf);
});

describe.sequential("the notebooks", () => {
  theNotebooks(outputsOf);
});
