import { z } from "zod";

const secretName = z.string().regex(/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/, "the name of a Secret");

export const encryptionSchema = z.strictObject({
  key: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,80}$/, "letters, digits, hyphens and underscores, at most 80")
    .describe("name of the key in the KMS; what it encrypted can never be read without it"),
  kes: z
    .strictObject({
      endpoint: z
        .string()
        .regex(
          /^https:\/\/[A-Za-z0-9.-]+(:\d{1,5})?$/,
          "an https URL without a path, such as https://kes.example.org:7373",
        )
        .describe("URL of a KES server"),
      certificateSecret: secretName.describe(
        "Secret in the namespace data-systems with tls.crt and tls.key, by which the store proves who it is, and ca.crt of the CA that signed KES' certificate; it is not made here",
      ),
    })
    .optional()
    .describe("where a KMS answers"),
  keySecret: secretName
    .optional()
    .describe(
      "without kes: Secret in the namespace data-systems whose key is <name of the key>:<32 bytes in base64>, under the name key; it is not made here",
    ),
});

export type EncryptionConfig = z.output<typeof encryptionSchema>;
