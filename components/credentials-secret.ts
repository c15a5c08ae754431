import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { S3Keys } from "./identities";

/** Name of the Secret with the S3 keys of an identity, as pods refer to it. */
export function s3SecretName(identity: string): string {
  return `s3-${identity}`;
}

/** Name of the Secret with the password of a database role, as pods refer to it. */
export function databaseSecretName(role: string): string {
  return `database-${role.replaceAll("_", "-")}`;
}

/** The S3 keys of an identity, for pods of a namespace. */
export function s3Secret(
  identity: string,
  namespace: pulumi.Input<string>,
  keys: S3Keys,
  opts: pulumi.CustomResourceOptions,
): k8s.core.v1.Secret {
  const name = s3SecretName(identity);
  return new k8s.core.v1.Secret(
    name,
    { metadata: { name, namespace }, stringData: { accessKey: keys.accessKey, secretKey: keys.secretKey } },
    opts,
  );
}

/** The name and password of a database role, for pods of a namespace. */
export function databaseSecret(
  role: string,
  namespace: pulumi.Input<string>,
  password: pulumi.Input<string>,
  opts: pulumi.CustomResourceOptions,
): k8s.core.v1.Secret {
  const name = databaseSecretName(role);
  return new k8s.core.v1.Secret(name, { metadata: { name, namespace }, stringData: { user: role, password } }, opts);
}
