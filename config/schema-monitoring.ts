import { z } from "zod";

export const monitoringSchema = z.strictObject({
  namespace: z
    .string()
    .min(1)
    .optional()
    .describe("namespace of Prometheus, which is let in to read metrics; without it nothing is declared for it"),
  labels: z
    .record(z.string(), z.string())
    .default({})
    .describe("labels by which Prometheus' operator finds what to watch, such as release: kube-prometheus-stack"),
});

export type MonitoringConfig = z.output<typeof monitoringSchema>;
