/**
 * Who may do what in the object store, written down by hand: the tests ask a real MinIO for every cell, and docs/access.md prints it
 * (after a change: npx tsx test/access/describe.ts). Nothing here is computed from components/access.ts, which makes the policies.
 */
import type { ServiceAccountName, UserName } from "../../components/access";
import type { BucketName } from "../../components/names";

/** Where an object lies, as far as rights tell it apart from others, with a key that lies there. */
export interface Place {
  bucket: BucketName;
  key: string;
  /** As the documentation calls it. */
  title: string;
}

export const places = [
  { title: "`drone-raw`: photos", bucket: "drone-raw", key: "projects/dike/flight-1/a.jpg" },
  { title: "`drone-raw`: manifests", bucket: "drone-raw", key: "projects/dike/flight-1/flight.json" },
  { title: "`drone-raw`: outside `projects/`", bucket: "drone-raw", key: "elsewhere/a.jpg" },
  { title: "`drone-ortho`", bucket: "drone-ortho", key: "dike/flight-1/dike-merged.geotiff" },
  { title: "`ai-models`", bucket: "ai-models", key: "muskrat-bank/model.onnx" },
  { title: "`ai-results`", bucket: "ai-results", key: "dike/flight-1/findings.geojson" },
] as const satisfies readonly Place[];

/** `read`: the bucket's lists and the objects, in every version. `write`: new objects, whole or in parts. */
export type Right = "read" | "write";
export type Rights = "" | Right | "read write";
type Row<Columns extends readonly unknown[]> = { readonly [Index in keyof Columns]: Rights };
export type Identity = UserName | ServiceAccountName | "pipeline";

/** What an identity may do in each of the places; whatever is not said here is refused. */
// biome-ignore format: a table, whose columns are the places
export const matrix: Record<Identity, Row<typeof places>> = {
  //                    photos        manifests     outside  drone-ortho   ai-models     ai-results
  stagiair:             ["read",       "read",       "read", "read",       "read",       "read"],
  catalog:              ["read",       "read",       "read", "read",       "read",       "read"],
  assistant:            ["read",       "read",       "read", "read",       "",           "read"],
  "drone-operator":     ["read write", "read write", "read", "",           "",           ""],
  "data-scientist":     ["read",       "read",       "read", "read",       "read write", "read"],
  "pipeline-stitch":    ["read",       "read",       "read", "read write", "",           ""],
  "pipeline-detect":    ["",           "",           "",     "read",       "read",       "write"],
  "pipeline-reconcile": ["read",       "read write", "read", "read",       "read",       "read"],
  pipeline:             ["read",       "read write", "read", "read write", "read",       "read write"],
};

/** Callers who may do nothing anywhere, and the code with which MinIO answers them. */
export const outsiders = {
  anonymous: "AccessDenied",
  "a wrong secret": "SignatureDoesNotMatch",
  "a key that nobody has": "InvalidAccessKeyId",
  "a user without a policy": "AccessDenied",
  "a disabled user": "InvalidAccessKeyId",
  "a removed user": "InvalidAccessKeyId",
  "a disabled service account": "InvalidAccessKeyId",
  "an expired session": "InvalidAccessKeyId",
} as const;
export type Outsider = keyof typeof outsiders;
