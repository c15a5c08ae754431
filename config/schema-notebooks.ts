import { z } from "zod";
import { resources, size } from "./values";

export const notebooksSchema = z.strictObject({
  enabled: z.boolean().default(false).describe("JupyterLab for the data scientists, with the keys of data-scientist"),
  storage: size.default("10Gi").describe("volume of their work"),
  resources: resources({ cpu: "500m", memory: "4Gi" }),
});

export type NotebooksConfig = z.output<typeof notebooksSchema>;
