import * as pulumi from "@pulumi/pulumi";
import { DatabaseBackup } from "./components/database-backup";
import { databaseServer } from "./components/database-server";
import { GpuPool } from "./components/gpu-pool";
import { Identities } from "./components/identities";
import { lakeBuckets } from "./components/lake-buckets";
import { LakeDatabase } from "./components/lake-database";
import { LakePipelines } from "./components/lake-pipelines";
import { Migration } from "./components/migration";
import * as names from "./components/names";
import { LakeNamespace } from "./components/namespace";
import { ObjectStore } from "./components/object-store";
import { ownershipLabels } from "./components/ownership";
import { kubernetesProvider, minioProvider, postgresqlProvider } from "./components/providers";
import { Tekton } from "./components/tekton";
import { bearerToken } from "./components/token";
import { loadEnvironment } from "./config";
import versions from "./versions.json";

const environment = loadEnvironment();
const { images, protect, gpu } = environment;
const { apiServerPorts } = environment.cluster;
const labels = ownershipLabels(environment);
const onCluster = { provider: kubernetesProvider(environment) };

// Where everything lives: what holds data apart from what runs on it.
const data = new LakeNamespace("data-systems", { name: names.namespaces.data, labels }, onCluster);
const onData = { namespace: data.name, storageClass: environment.cluster.storageClass, protect };
const runs = new LakeNamespace("drone-pipelines", { name: names.namespaces.pipelines, labels }, onCluster);

const tekton = new Tekton("tekton", { ...environment.tekton, apiServerPorts, images, labels }, onCluster);

// The object store posts its events to the EventListener, and proves with a shared word that they are its own.
const events = bearerToken("event-token");
const store = new ObjectStore(
  names.objectStore.name,
  {
    ...onData,
    image: images.minio,
    config: environment.objectStore,
    port: names.objectStore.port,
    webhookEndpoint: names.eventListenerUrl,
    webhookToken: events.word,
  },
  onCluster,
);
const onStore = { provider: minioProvider(environment, store), dependsOn: store.ready };
lakeBuckets(environment, onStore);
const identities = new Identities("identities", onStore);

const { name: database, owner, port, service } = names.database;
const server = databaseServer(
  service,
  { ...onData, image: images.postgis, config: environment.database, port, apiServerPorts },
  onCluster,
);
const { backend, backup, connections, storage } = environment.database;
const onServer = { provider: postgresqlProvider(environment, server), dependsOn: server.ready };
const lake = new LakeDatabase(database, { server: server.ready, database, owner, connections, protect }, onServer);
const inCluster = { host: names.serviceHost(service, names.namespaces.data), port, name: database };
const migration = new Migration(
  "migration",
  {
    namespace: data.name,
    image: images.tasks,
    pgstac: versions.pgstac,
    database: inCluster,
    owner,
    password: lake.passwords.owner,
  },
  { ...onCluster, dependsOn: lake.ready },
);
if (backend === "statefulset") {
  new DatabaseBackup(
    "database-backup",
    {
      ...onData,
      image: images.tasks,
      config: backup,
      databaseSize: storage,
      database: inCluster,
      password: lake.passwords.backup,
      superuserSecret: server.superuserSecret,
    },
    { ...onCluster, dependsOn: migration },
  );
}

const { pipeline_detect, pipeline_catalog, catalog } = lake.passwords;
const context = {
  config: environment.pipelines,
  gpu,
  namespace: names.namespaces.pipelines,
  images,
  codeVersion: environment.codeVersion,
  objectStoreUrl: store.url,
  database: { ...inCluster, host: names.serviceHost(server.service, names.namespaces.data) },
};
new GpuPool("gpu", { config: gpu, image: images["nvidia-device-plugin"], labels }, onCluster);
new LakePipelines(
  "pipelines",
  {
    context,
    s3: { ...identities.serviceAccounts, catalog: identities.users.catalog },
    passwords: { pipeline_detect, pipeline_catalog, catalog },
    apiServerPorts,
    eventHeader: events.header,
  },
  { ...onCluster, dependsOn: [runs, tekton, migration] },
);

export const minioEndpoint = environment.endpoints.minio;
export const postgresEndpoint = { ...environment.endpoints.postgres, database };
export const { eventListenerUrl } = names;
export const buckets = [...names.bucketNames];
export const credentials = pulumi.secret({ ...identities.users, database: lake.passwords });
