import * as k8s from "@pulumi/kubernetes";
import * as minio from "@pulumi/minio";
import * as postgresql from "@pulumi/postgresql";
import * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../config";
import { endpointOf, onceReachable } from "./reachable";

/** The environment's cluster. */
export function kubernetesProvider({ cluster }: Environment): k8s.Provider {
  return new k8s.Provider("cluster", {
    kubeconfig: cluster.kubeconfig,
    context: cluster.context,
    enableServerSideApply: true,
    // Without it, a field that somebody changed by hand makes the next `up` fail with a conflict.
    enablePatchForce: true,
    // A creation whose answer was lost is taken up again by the next `up`. On a cluster that others use too, a person decides:
    // what exists already may be somebody else's, and `destroy` would delete it.
    upsertExistingObjects: cluster.dedicated,
    // Else a changed Secret or ConfigMap is deleted and made anew, and what depends on it with it: servers that hold data too.
    enableSecretMutable: true,
    enableConfigMapMutable: true,
  });
}

/** The environment's object store, as its root user, once `ready` is there. */
export function minioProvider(
  { endpoints }: Environment,
  { root, ready }: { root: { user: pulumi.Input<string>; password: pulumi.Input<string> }; ready: pulumi.Resource },
  opts?: pulumi.ResourceOptions,
): minio.Provider {
  return new minio.Provider(
    "object-store",
    {
      minioServer: onceReachable(endpointOf(endpoints.minio), ready, endpoints.minio),
      minioUser: root.user,
      minioPassword: pulumi.secret(root.password),
      minioRegion: "us-east-1",
      minioSsl: true,
      minioCacertFile: endpoints.minioCaFile,
    },
    opts,
  );
}

/** The environment's database server, as its superuser, once `ready` is there; extensions and roles need a superuser. */
export function postgresqlProvider(
  { endpoints }: Environment,
  { password, ready }: { password: pulumi.Input<string>; ready: pulumi.Resource },
  opts?: pulumi.ResourceOptions,
): postgresql.Provider {
  return new postgresql.Provider(
    "database",
    {
      host: onceReachable(endpoints.postgres, ready, endpoints.postgres.host),
      port: endpoints.postgres.port,
      username: "postgres",
      password: pulumi.secret(password),
      sslmode: endpoints.postgres.sslmode,
      sslrootcert: endpoints.postgres.caFile,
      // Else PGDATABASE of a person's shell is taken, and the lake's own database cannot be dropped from within.
      database: "postgres",
      connectTimeout: 30,
      // Grants that run side by side fail with "tuple concurrently updated".
      maxConnections: 1,
    },
    opts,
  );
}
