import * as pulumi from "@pulumi/pulumi";
import { lakeBuckets } from "./components/lake-buckets";
import { LakeDatabase } from "./components/lake-database";
import { bucketNames, database as databaseNames, eventListenerUrl, namespaces, objectStore } from "./components/names";
import { LakeNamespace } from "./components/namespace";
import { ObjectStore } from "./components/object-store";
import { Postgis } from "./components/postgis";
import { kubernetesProvider, minioProvider, postgresqlProvider } from "./components/providers";
import { bearerToken } from "./components/token";
import { loadEnvironment } from "./config";

const environment = loadEnvironment();
const { cluster, images, protect } = environment;
const onCluster = { provider: kubernetesProvider(environment) };

const data = new LakeNamespace("data-systems", { name: namespaces.data }, onCluster);

const webhook = bearerToken("event-token");
const store = new ObjectStore(
  objectStore.name,
  {
    namespace: data.name,
    image: images.minio!,
    config: environment.objectStore,
    storageClass: cluster.storageClass,
    port: objectStore.port,
    webhookEndpoint: eventListenerUrl,
    webhookToken: webhook.word,
    protect,
  },
  onCluster,
);
const onStore = { provider: minioProvider(environment, store.root), dependsOn: store.ready };
lakeBuckets(environment, onStore);

const server = new Postgis(
  databaseNames.service,
  {
    namespace: data.name,
    image: images.postgis!,
    config: environment.database,
    storageClass: cluster.storageClass,
    port: databaseNames.port,
    protect,
  },
  onCluster,
);
const lake = new LakeDatabase(
  databaseNames.name,
  { database: databaseNames.name, owner: databaseNames.owner, connections: environment.database.connections, protect },
  { provider: postgresqlProvider(environment, server.password), dependsOn: server.ready },
);

export const minioEndpoint = environment.endpoints.minio;
export const postgresEndpoint = { ...environment.endpoints.postgres, database: databaseNames.name };
export const buckets = [...bucketNames];
export { eventListenerUrl };
export const credentials = pulumi.secret({ database: lake.passwords });
