import type * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../config";
import type { MonitoringConfig } from "../config/schema-monitoring";
import type { DatabaseConfig } from "../config/schema-servers";
import type { IssuerRef } from "./lake-issuer";
import { Postgis } from "./postgis";
import { PostgisCluster } from "./postgis-cluster";
import type { DataOptions } from "./protection";

export interface DatabaseServerArgs extends DataOptions {
  /** Namespace of everything. */
  namespace: pulumi.Input<string>;
  /** Image with PostgreSQL and PostGIS; with CloudNativePG one that it can run. */
  image: string;
  /** Volume, limits, exposure, and what of it. */
  config: DatabaseConfig;
  /** Storage class of the volumes where the config names none; the cluster's default without it. */
  storageClass?: string;
  /** Port of the server. */
  port: number;
  /** Addresses of the cluster's pods. */
  podCidrs: readonly string[];
  /** Ports at which pods reach the API server. */
  apiServerPorts: readonly number[];
  /** Who signs the server's certificate. */
  issuer: IssuerRef;
  /** Name or address by which clients outside of the cluster call it. */
  host: string;
  /** How Prometheus' operator finds what is declared for it. */
  monitoring: MonitoringConfig;
}

/** PostgreSQL with PostGIS. The Service of the component's own name leads to the server that writes. */
export interface DatabaseServer extends pulumi.Resource {
  /** Password of the superuser `postgres`; for Pulumi's provider. */
  readonly password: pulumi.Output<string>;
  /** Name of the Secret with that password, under the key `password`; for the Job that restores. */
  readonly superuserSecret: pulumi.Output<string>;
  /** Name of the Secret with the server's certificate, whose `ca.crt` its clients in the namespace check it with. */
  readonly certificate: pulumi.Output<string>;
  /** Name of the Service that workloads use. */
  readonly service: string;
  /** What everything that speaks to the server depends on. */
  readonly ready: pulumi.Resource;
}

/** The server that the environment asks for. */
export function databaseServer(
  name: string,
  {
    environment,
    ...given
  }: Pick<DatabaseServerArgs, "namespace" | "storageClass" | "issuer" | "protect" | "port"> & {
    environment: Environment;
  },
  opts?: pulumi.ComponentResourceOptions,
): DatabaseServer {
  const { cluster, database, endpoints, images, monitoring } = environment;
  const args = {
    ...given,
    image: images.postgis,
    config: database,
    host: endpoints.postgres.host,
    apiServerPorts: cluster.apiServerPorts,
    podCidrs: cluster.podCidrs,
    monitoring,
  };
  return database.backend === "cloudnative-pg" ? new PostgisCluster(name, args, opts) : new Postgis(name, args, opts);
}
