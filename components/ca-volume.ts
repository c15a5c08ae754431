import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

const FOLDER = "/etc/lake-ca";

/** Where a client finds the certificate of the CA that signs the servers' certificates. */
export const CA_FILE = `${FOLDER}/ca.crt`;

/** Mounts the volume of `caVolume`. */
export const caMount = { name: "ca", mountPath: FOLDER, readOnly: true } as const;

/** Variables by which libpq connects only to a server whose certificate that CA signed for the name that it was called by. */
export const checkedConnection = [
  { name: "PGSSLMODE", value: "verify-full" },
  { name: "PGSSLROOTCERT", value: CA_FILE },
];

/** The CA's certificate out of the Secret of a server's certificate in the same namespace, without the server's key. */
export function caVolume(secret: pulumi.Input<string>): k8s.types.input.core.v1.Volume {
  return { name: "ca", secret: { secretName: secret, items: [{ key: "ca.crt", path: "ca.crt" }] } };
}
