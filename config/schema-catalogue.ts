import { z } from "zod";
import { exposure, positiveInt, resources } from "./values";

export const catalogueSchema = z.strictObject({
  replicas: positiveInt.default(2).describe("pods; with one the catalogue is away while its node is"),
  exposure,
  resources: resources({ cpu: "100m", memory: "512Mi" }),
});

export type CatalogueConfig = z.output<typeof catalogueSchema>;
