import * as pulumi from "@pulumi/pulumi";
import { Catalogue } from "./components/catalogue";
import { DatabaseBackup } from "./components/database-backup";
import { databaseServer } from "./components/database-server";
import { GpuPool } from "./components/gpu-pool";
import { Identities } from "./components/identities";
import { lakeBuckets } from "./components/lake-buckets";
import { LakeDatabase } from "./components/lake-database";
import { LakeIssuer } from "./components/lake-issuer";
import { LakePipelines } from "./components/lake-pipelines";
import { Mcp } from "./components/mcp";
import { Migration } from "./components/migration";
import * as names from "./components/names";
import { LakeNamespace } from "./components/namespace";
import { Notebooks } from "./components/notebooks";
import { ObjectStore } from "./components/object-store";
import { ObjectStoreMonitoring } from "./components/object-store-monitoring";
import { ownershipLabels } from "./components/ownership";
import { kubernetesProvider, minioProvider, postgresqlProvider } from "./components/providers";
import { Tekton } from "./components/tekton";
import { bearerToken } from "./components/token";
import { loadEnvironment } from "./config";
import { pipelineContext } from "./pipelines/context";
import versions from "./versions.json";

const environment = loadEnvironment();
const { endpoints, images, monitoring, protect, gpu } = environment;
const { apiServerPorts, podCidrs, storageClass } = environment.cluster;
const labels = ownershipLabels(environment);
const onCluster = { provider: kubernetesProvider(environment) };

// Where everything lives, what holds data apart from what runs on it, and who signs the servers' certificates.
const data = new LakeNamespace("data-systems", { name: names.namespaces.data, labels }, onCluster);
const runs = new LakeNamespace("drone-pipelines", { name: names.namespaces.pipelines, labels }, onCluster);
const { ref: issuer } = new LakeIssuer("issuer", { environment, labels, servers: [data.name, runs.name] }, onCluster);
const onData = { namespace: data.name, storageClass, issuer, protect };

const tekton = new Tekton("tekton", { ...environment.tekton, apiServerPorts, images, labels }, onCluster);

// The object store posts its events to the EventListener, and proves with a shared word that they are its own.
const events = bearerToken("event-token");
const store = new ObjectStore(
  names.objectStore.name,
  {
    ...onData,
    image: images.minio,
    config: environment.objectStore,
    webhookToken: events.word,
    endpoint: endpoints.minio,
    podCidrs,
    watchedFrom: monitoring.namespace,
  },
  onCluster,
);
const providers = [onCluster.provider, minioProvider(environment, store)];
const onStore = { providers, dependsOn: store.ready };
lakeBuckets(environment, data.name, onStore);
const identities = new Identities("identities", environment.objectStore, onStore);
if (monitoring.namespace)
  new ObjectStoreMonitoring("monitoring", { namespace: data.name, config: monitoring }, onStore);

// The database, its roles, its schemas and its backups.
const { name: database, owner, port, service } = names.database;
const server = databaseServer(service, { ...onData, environment, port }, onCluster);
const { connections } = environment.database;
const onServer = { provider: postgresqlProvider(environment, server), dependsOn: server.ready };
const lake = new LakeDatabase(database, { server: server.ready, database, owner, connections, protect }, onServer);
const inCluster = { host: names.serviceHost(service, names.namespaces.data), port, name: database };
const pooled = { ...inCluster, host: names.serviceHost(server.service, names.namespaces.data) };
const { certificate } = server;
const job = { namespace: data.name, image: images.tasks, database: inCluster, certificate };
const { pipeline_detect, pipeline_catalog, catalog, ...passwords } = lake.passwords;
const migration = new Migration(
  "migration",
  { ...job, pgstac: versions.pgstac, owner, password: passwords.owner },
  { ...onCluster, dependsOn: lake.ready },
);
new DatabaseBackup(
  "database-backup",
  { ...onData, environment, server, database: inCluster, password: passwords.backup },
  { ...onCluster, dependsOn: migration },
);

// The ways in beside S3 and SQL: the catalogue's APIs, the tools of an AI assistant, notebooks.
const catalogue = new Catalogue(
  names.catalogue.service,
  {
    ...job,
    issuer,
    podCidrs,
    image: images.catalogue,
    config: environment.catalogue,
    endpoint: endpoints.catalogue,
    password: passwords.catalogue_reader,
    connections: connections.catalogue_reader,
    objectStoreUrl: `https://${endpoints.minio}`,
  },
  { ...onCluster, dependsOn: migration },
);

const mcp = new Mcp(
  names.mcp.service,
  {
    namespace: data.name,
    issuer,
    podCidrs,
    image: images.mcp,
    config: environment.mcp,
    endpoint: endpoints.mcp,
    objectStoreUrl: store.url,
    s3: identities.users[names.mcp.identity],
  },
  onCluster,
);

const { notebooks: config } = environment;
const onLab = { ...onData, image: images.notebooks as string, config, keys: identities.users["data-scientist"] };
const lab = config.enabled && new Notebooks("notebooks", { ...onLab, objectStoreUrl: store.url }, onCluster);

// What turns photos into findings, and the nodes with GPUs for it.
new GpuPool("gpu", { config: gpu, image: images["nvidia-device-plugin"], labels }, onCluster);
new LakePipelines(
  "pipelines",
  {
    context: pipelineContext(environment, { objectStoreUrl: store.url, database: pooled }),
    s3: { ...identities.serviceAccounts, catalog: identities.users.catalog },
    passwords: { pipeline_detect, pipeline_catalog, catalog },
    issuer,
    apiServerPorts,
    eventHeader: events.header,
  },
  { ...onCluster, dependsOn: [runs, tekton, migration] },
);

export const objectStore = { url: `https://${endpoints.minio}`, caFile: endpoints.minioCaFile };
export const postgresEndpoint = { ...endpoints.postgres, database };
export const catalogueUrl = catalogue.url;
export const notebooksToken = lab ? lab.token : undefined;
export const mcpUrl = mcp.url;
export const { eventListenerUrl } = names;
export const buckets = [...names.bucketNames];
export const credentials = pulumi.secret({ ...identities.users, database: lake.passwords, mcp: mcp.token });
