import { z } from "zod";

export const tlsSchema = z.strictObject({
  installCertManager: z
    .boolean()
    .default(false)
    .describe(
      "install cert-manager's controller for the lake alone; false where the cluster has cert-manager, as one that others use too should",
    ),
  issuer: z
    .strictObject({
      name: z.string().min(1).describe("name of the issuer"),
      kind: z.string().min(1).default("ClusterIssuer").describe("its kind; it must serve every namespace"),
      group: z.string().min(1).default("cert-manager.io").describe("API group of that kind"),
    })
    .optional()
    .describe("an issuer that the cluster has; it must sign names inside the cluster, so it is no public one"),
  ca: z
    .strictObject({
      certificateFile: z.string().min(1).describe("path of the CA's certificate, PEM"),
      keyFile: z.string().min(1).describe("path of its private key, PEM; it is kept encrypted in the state"),
    })
    .optional()
    .describe("without issuer: the lake makes an issuer of its own from this CA"),
});

export type TlsConfig = z.output<typeof tlsSchema>;
