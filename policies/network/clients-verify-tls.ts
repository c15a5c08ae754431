import { outsideSandbox } from "../levels";
import type { ResourcePolicy } from "../policy";
import { at, differs, missing, text, UNKNOWN } from "../readers/values";

/** Modes of PostgreSQL's clients in which a certificate is checked. */
const VERIFIED = ["verify-ca", "verify-full"];

export const clientsVerifyTls: ResourcePolicy = {
  name: "clients-verify-tls",
  demand: "Pulumi speaks to the object store and the database over TLS, and checks their certificates.",
  why: "It speaks as root and as superuser. Whoever listens on the way, or answers in their place, has their passwords.",
  looksAt: "`minioSsl` and `minioInsecure` of the MinIO provider, `sslmode` of the PostgreSQL provider",
  remedy:
    "Set `minioSsl: true` and `endpoints.postgres.sslmode: verify-full`, with the CA's file where it is not a public one.",
  levels: outsideSandbox,
  *check({ type, props }) {
    // Pulumi hands a provider's settings on as text.
    const setting = (key: string) => {
      const value = at(props, key);
      return typeof value === "boolean" ? String(value) : value;
    };
    if (type === "pulumi:providers:minio") {
      if (differs(setting("minioSsl"), "true")) yield "it speaks plain HTTP";
      if (setting("minioInsecure") === "true") yield "it takes any certificate";
    }
    if (type === "pulumi:providers:postgresql") {
      const mode = setting("sslmode");
      if (mode !== UNKNOWN && (missing(mode) || !VERIFIED.includes(text(mode) ?? ""))) {
        yield `its sslmode is ${text(mode) ?? "not set"}, which checks no certificate`;
      }
    }
  },
};
