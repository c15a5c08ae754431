import type * as k8s from "@pulumi/kubernetes";
import type { EncryptionConfig } from "../config/schema-encryption";
import { httpsPort } from "./backup-place";
import { anywhere } from "./network";

const FOLDER = "/kms";

/** What the store's pods need to have objects encrypted with a KMS' key. */
export interface StoreEncryption {
  env: { name: string; value: string }[];
  volumes: k8s.types.input.core.v1.Volume[];
  volumeMounts: k8s.types.input.core.v1.VolumeMount[];
  egress: k8s.types.input.networking.v1.NetworkPolicyEgressRule[];
}

/** Settings of the KMS that the config names; nothing without one. */
export function storeEncryption(config: EncryptionConfig | undefined): StoreEncryption {
  if (!config) return { env: [], volumes: [], volumeMounts: [], egress: [] };
  const { key, kes, keySecret } = config;
  const mounted = (secretName: string | undefined, files: string[]) => ({
    volumes: [{ name: "kms", secret: { secretName, items: files.map((file) => ({ key: file, path: file })) } }],
    volumeMounts: [{ name: "kms", mountPath: FOLDER, readOnly: true }],
  });
  if (!kes) {
    return {
      env: [{ name: "MINIO_KMS_SECRET_KEY_FILE", value: `${FOLDER}/key` }],
      ...mounted(keySecret, ["key"]),
      egress: [],
    };
  }
  return {
    env: [
      { name: "MINIO_KMS_KES_ENDPOINT", value: kes.endpoint },
      { name: "MINIO_KMS_KES_KEY_NAME", value: key },
      { name: "MINIO_KMS_KES_CERT_FILE", value: `${FOLDER}/tls.crt` },
      { name: "MINIO_KMS_KES_KEY_FILE", value: `${FOLDER}/tls.key` },
      { name: "MINIO_KMS_KES_CAPATH", value: `${FOLDER}/ca.crt` },
    ],
    ...mounted(kes.certificateSecret, ["tls.crt", "tls.key", "ca.crt"]),
    egress: [anywhere(httpsPort(kes.endpoint))],
  };
}
