import { readFileSync } from "node:fs";
import { Agent } from "node:https";
import { S3Client, type S3ClientConfig } from "@aws-sdk/client-s3";
import type { StackOutputs } from "../sandbox/pulumi";

/** An S3 client with an identity's keys. */
export function s3Client(outputs: StackOutputs, identity: string): S3Client {
  const keys = outputs.credentials[identity];
  if (!keys) throw new Error(`no credentials of ${identity}`);
  return new S3Client({
    ...endpoint(outputs),
    credentials: { accessKeyId: keys.accessKey, secretAccessKey: keys.secretKey },
  });
}

/** An S3 client of nobody, which signs nothing. */
export function anonymousClient(outputs: StackOutputs): S3Client {
  return new S3Client({
    ...endpoint(outputs),
    credentials: { accessKeyId: "", secretAccessKey: "" },
    signer: { sign: async (request) => request },
  });
}

function endpoint({ objectStore }: StackOutputs): S3ClientConfig {
  return {
    endpoint: objectStore.url,
    region: "us-east-1",
    forcePathStyle: true,
    requestHandler: { httpsAgent: new Agent({ ca: readFileSync(objectStore.caFile) }) },
  };
}
