/** The provider's arguments, under the official names and environment variables. */
import { existsSync } from "node:fs";
import type { Actual } from "../declared/resource";
import type { Schema } from "../declared/schema";
import { Client } from "./client";

const unusable = "this build signs with version 4 and a user's own key pair only; leave it out";

export const config: Schema = {
  minioServer: {
    type: "string",
    required: true,
    check: (value) => (/^[^/\s]+$/.test(String(value)) ? undefined : "must be host:port, without a scheme or path"),
  },
  minioUser: { type: "string", required: true },
  minioPassword: { type: "string", required: true, secret: true },
  minioRegion: { type: "string", default: "us-east-1" },
  minioSsl: { type: "boolean", default: false },
  minioInsecure: { type: "boolean", default: false },
  minioCacertFile: {
    type: "string",
    check: (value) => (existsSync(String(value)) ? undefined : `names the file ${value}, which does not exist`),
  },
  minioAccessKey: { type: "string", refused: 'it is deprecated, give "minioUser"' },
  minioSecretKey: { type: "string", secret: true, refused: 'it is deprecated, give "minioPassword"' },
  minioApiVersion: { type: "string", refused: unusable },
  minioSessionToken: { type: "string", secret: true, refused: unusable },
  minioCertFile: { type: "string", refused: unusable },
  minioKeyFile: { type: "string", refused: unusable },
};

export const environment = {
  minioServer: ["MINIO_ENDPOINT"],
  minioUser: ["MINIO_USER"],
  minioPassword: ["MINIO_PASSWORD"],
  minioSsl: ["MINIO_ENABLE_HTTPS"],
  minioInsecure: ["MINIO_INSECURE"],
  minioCacertFile: ["MINIO_CACERT_FILE"],
};

export function toClient(values: Actual): Client {
  const endpoint = {
    server: String(values.minioServer),
    user: String(values.minioUser),
    password: String(values.minioPassword),
    tls: values.minioSsl === true,
    insecure: values.minioInsecure === true,
    ...(typeof values.minioCacertFile === "string" && { caFile: values.minioCacertFile }),
  };
  return new Client(endpoint, String(values.minioRegion));
}
