/** The servers behind a stack's providers, reached as the providers reach them. */
import { ListBucketsCommand } from "@aws-sdk/client-s3";
import { get } from "../doctor/http";
import { readConfig } from "../plugins/declared/config";
import { ApiError } from "../plugins/kubernetes/client";
import { Cluster } from "../plugins/kubernetes/cluster";
import { readSettings } from "../plugins/kubernetes/settings";
import type { Client as ObjectStore } from "../plugins/minio/client";
import { declaration as minio } from "../plugins/minio/declaration";
import type { Client as Database } from "../plugins/postgresql/client";
import { declaration as postgresql } from "../plugins/postgresql/declaration";
import type { Resource } from "./state";

/** Seconds that the database may take to let us in; the plugin's own patience is for a server that is still starting. */
const CONNECT_S = 10;

interface Reached<Kind extends string, Client> {
  readonly kind: Kind;
  readonly client: Client;
  /** Where it is, as the report says it. */
  readonly address: string;
  /** What Pulumi made there. */
  readonly resources: readonly Resource[];
  /** Throws where it does not work. */
  works(): Promise<unknown>;
  close(): unknown;
}

export type Server = Reached<"kubernetes", Cluster> | Reached<"minio", ObjectStore> | Reached<"postgresql", Database>;

/** Whether a server works, and what is wrong with it where it does not. */
export interface Health {
  readonly kind: Server["kind"];
  readonly address: string;
  readonly problem?: string;
}

/** Every server in which the stack has resources. Opening asks them nothing. */
export function openServers(resources: readonly Resource[]): Server[] {
  return resources.flatMap((provider) => {
    const kind = /^pulumi:providers:(.+)$/.exec(provider.type)?.[1];
    const made = resources.filter((resource) => resource.provider === provider.urn);
    if (made.length === 0) return [];
    if (kind === "kubernetes") return [cluster(provider, made)];
    if (kind === "minio") return [objectStore(provider, made)];
    if (kind === "postgresql") return [database(provider, made)];
    return [];
  });
}

function cluster({ inputs }: Resource, resources: Resource[]): Server {
  const client = Cluster.open(readSettings(inputs, {}));
  const works = async () => {
    try {
      await client.client.text("/readyz", {});
    } catch (error) {
      // Some clusters let nobody ask this; that they refuse is an answer.
      if (!(error instanceof ApiError && error.code === 403)) throw error;
    }
  };
  const close = () => client.client.close();
  return { kind: "kubernetes", client, address: client.client.server, resources, works, close };
}

function objectStore({ inputs }: Resource, resources: Resource[]): Server {
  const { values } = readConfig(minio, inputs);
  const client = minio.connect(values);
  const { caFile } = client.endpoint;
  const works = async () => {
    // Whether enough of its drives are there to read and write.
    const { status } = await get(`${client.address}/minio/health/cluster`, { caFile });
    if (status !== 200) throw new Error(`it answers ${status} to /minio/health/cluster: drives are missing`);
    await client.call("buckets", (s3) => s3.send(new ListBucketsCommand({})));
  };
  return { kind: "minio", client, address: client.address, resources, works, close: () => client.close() };
}

function database({ inputs }: Resource, resources: Resource[]): Server {
  const { values } = readConfig(postgresql, inputs);
  const client = postgresql.connect({ ...values, connectTimeout: CONNECT_S });
  const { host, port } = client.settings;
  const works = () => client.rows("SELECT 1");
  return { kind: "postgresql", client, address: `${host}:${port}`, resources, works, close: () => client.close() };
}

/** Asks each server whether it works. */
export function healthOf(servers: readonly Server[]): Promise<Health[]> {
  return Promise.all(
    servers.map(async ({ kind, address, works }) => {
      try {
        await works();
        return { kind, address };
      } catch (error) {
        return { kind, address, problem: error instanceof Error ? error.message : String(error) };
      }
    }),
  );
}
