import type { BucketName } from "./names";

export interface Statement {
  Sid: string;
  Effect: "Allow" | "Deny";
  Principal?: { AWS: string[] };
  Action: string[];
  Resource: string[];
}

export interface PolicyDocument {
  Version: "2012-10-17";
  Statement: Statement[];
}

/** ARN of a bucket, and of the objects under a prefix of it. */
export function bucketArn(bucket: BucketName): string {
  return `arn:aws:s3:::${bucket}`;
}

/** ARN of the objects whose key matches a pattern. */
export function objectArn(bucket: BucketName, pattern = "*"): string {
  return `${bucketArn(bucket)}/${pattern}`;
}

/**
 * The bucket policy of every bucket: whoever comes without credentials gets nothing.
 *
 * MinIO asks a bucket's policy only about anonymous requests, so this takes nothing from the users. It is declared
 * because a bucket without a policy of its own can be made public by hand and no refresh would see it.
 */
export function nothingForAnonymous(bucket: BucketName): PolicyDocument {
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "NothingForAnonymous",
        Effect: "Deny",
        Principal: { AWS: ["*"] },
        Action: ["s3:*"],
        Resource: [bucketArn(bucket), objectArn(bucket)],
      },
    ],
  };
}
