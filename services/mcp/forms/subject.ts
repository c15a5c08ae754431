import type { Address } from "../objects";
import { Problem, quoted } from "../problem";

/** What a lineage or a picture is asked of. */
export type Subject =
  | { readonly kind: "finding"; readonly id: string }
  | { readonly kind: "object"; readonly address: Address }
  | { readonly kind: "item"; readonly id: string };

const BUCKETS = ["drone-raw", "drone-ortho", "ai-models", "ai-results"];

/** What ends an address that names a version too, as lineages write it. */
const VERSION = "?versionId=";

/** Reads the number of a finding, an `s3://` address or the id of an item. Throws Problem. */
export function parseSubject(written: string, versionId?: string): Subject {
  const text = written.trim();
  const finding = /^(?:finding|vondst)?[\s:#]*(\d{1,18})$/i.exec(text);
  if (finding) return { kind: "finding", id: finding[1]! };
  const uri = /^s3:\/\/([^/]+)\/(.+)$/s.exec(text);
  if (!uri) return { kind: "item", id: text };
  const [, bucket, path] = uri as unknown as [string, string, string];
  const [key, version = versionId] = path.split(VERSION) as [string, string?];
  if (!BUCKETS.includes(bucket)) {
    throw new Problem(`the lake has no bucket ${quoted(bucket)}`, "use one of exists.buckets", { buckets: BUCKETS });
  }
  return { kind: "object", address: { bucket, key, ...(version ? { versionId: version } : {}) } };
}
