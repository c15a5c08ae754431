import { S3Client } from "@aws-sdk/client-s3";
import { endpointUrl } from "../sandbox/lake";
import type { StackOutputs } from "../sandbox/pulumi";

/** An S3 client with an identity's keys. */
export function s3Client({ minioEndpoint, credentials }: StackOutputs, identity: string): S3Client {
  const keys = credentials[identity];
  if (!keys) throw new Error(`no credentials of ${identity}`);
  return new S3Client({
    endpoint: endpointUrl(minioEndpoint),
    region: "us-east-1",
    forcePathStyle: true,
    credentials: { accessKeyId: keys.accessKey, secretAccessKey: keys.secretKey },
  });
}
