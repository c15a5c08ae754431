import { z } from "zod";
import { bucketNames } from "../components/names";

export const replicationSchema = z.strictObject({
  endpoint: z
    .string()
    .regex(
      /^https:\/\/[A-Za-z0-9.-]+(:\d{1,5})?$/,
      "an https URL without a path, such as https://copy.example.org:9000",
    )
    .describe("URL of another MinIO, whose certificate is signed by this lake's CA"),
  credentialsSecret: z
    .string()
    .min(1)
    .describe(
      "Secret in the namespace data-systems with accessKey and secretKey of an identity that may replicate there; it is not made here",
    ),
  bucketPrefix: z
    .string()
    .regex(/^[a-z0-9.-]{0,40}$/, "what a bucket's name may begin with")
    .default("")
    .describe(
      "what the names of the buckets there begin with; they are versioned, locked where this lake's are, and not made here",
    ),
  buckets: z
    .array(z.enum(bucketNames))
    .min(1)
    .default([...bucketNames])
    .describe("buckets of which a copy is kept"),
});

export type ReplicationConfig = z.output<typeof replicationSchema>;
