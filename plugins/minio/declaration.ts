import type { Declaration } from "../declared/provider";
import { bucketEncryption } from "./bucket-encryption";
import { bucketPolicy, versioning } from "./bucket-settings";
import { bucket } from "./buckets";
import type { Client } from "./client";
import { config, environment, toClient } from "./config";
import { group, groupMembership } from "./groups";
import { groupPolicyAttachment, iamPolicy, userPolicyAttachment } from "./iam-policies";
import { lifecycle } from "./lifecycle";
import { notification } from "./notifications";
import { policyDocument } from "./policy-document";
import { serviceAccount, user } from "./users";

export const declaration: Declaration<Client> = {
  name: "minio",
  config,
  environment,
  connect: toClient,
  close: async (client) => client.close(),
  types: [
    ...[bucket, versioning, bucketPolicy, bucketEncryption, notification, lifecycle],
    ...[iamPolicy, group, groupMembership, groupPolicyAttachment],
    ...[user, userPolicyAttachment, serviceAccount],
  ],
  functions: policyDocument,
};
