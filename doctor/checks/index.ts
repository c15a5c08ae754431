import type { Check } from "../check";
import { apiServerPorts } from "./api-server-ports";
import { clusterClock, storeClock } from "./clock";
import { databaseEndpoint } from "./database-endpoint";
import { existingObjects } from "./existing-objects";
import { gpuNodes } from "./gpu-nodes";
import { images } from "./images";
import { kinds } from "./kinds";
import { kubernetesVersion } from "./kubernetes-version";
import { localVolumes } from "./local-volumes";
import { nodeClass } from "./node-class";
import { nodePorts } from "./node-ports";
import { objectStoreEndpoint } from "./object-store-endpoint";
import { objectStoreNodes } from "./object-store-nodes";
import { permissions } from "./permissions";
import { sizeClasses } from "./size-classes";
import { storageClasses } from "./storage-classes";
import { tektonSettings } from "./tekton-settings";
import { tier } from "./tier";

/** Every check, in the order in which they are told. */
export const checks: readonly Check[] = [
  tier,
  kubernetesVersion,
  clusterClock,
  apiServerPorts,
  permissions,
  kinds,
  tektonSettings,
  existingObjects,
  storageClasses,
  localVolumes,
  objectStoreNodes,
  sizeClasses,
  gpuNodes,
  nodeClass,
  nodePorts,
  objectStoreEndpoint,
  storeClock,
  databaseEndpoint,
  images,
];
