import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { checkout } from "../paths";

const semver = z.string().regex(/^\d+\.\d+\.\d+(-[0-9a-z.-]+)?$/);
const debianVersion = z.string().regex(/^(\d+:)?[0-9][A-Za-z0-9.+~-]*$/);
const goSum = z.string().regex(/^h1:[A-Za-z0-9+/]{43}=$/);

const schema = z.strictObject({
  $comment: z.string(),
  /** The oldest Go that every module below accepts, and the one that is fetched where there is none. */
  go: semver,
  /** Go's own checksums of the module `golang.org/toolchain` at that version. */
  goToolchainSums: z.strictObject({ amd64: goSum, arm64: goSum }),
  pulumi: semver,
  plugins: z.strictObject({ kubernetes: semver, minio: semver, postgresql: semver, random: semver }),
  kubernetes: semver,
  kubernetesStaging: semver,
  kubeNetworkPolicies: semver,
  tektonPipelines: semver,
  tektonTriggers: semver,
  barmanCloud: semver,
  certManager: semver,
  clusterApi: semver,
  karpenter: semver,
  kueue: semver,
  prometheusOperator: semver,
  coredns: semver,
  localPathProvisioner: semver,
  minio: semver,
  mc: semver,
  buildkit: semver,
  actionlint: semver,
  node: semver,
  debian: z.strictObject({
    suite: z.string(),
    containerd: debianVersion,
    runc: debianVersion,
    "etcd-server": debianVersion,
    "containernetworking-plugins": debianVersion,
    debootstrap: debianVersion,
    iptables: debianVersion,
    postgresql: debianVersion,
    postgis: debianVersion,
    /** What the tests of other clients run. */
    gdal: debianVersion,
    qgis: debianVersion,
    torch: debianVersion,
    torchvision: debianVersion,
  }),
  pgstac: semver,
  odm: semver,
  nvidiaDevicePlugin: semver,
});

/** The versions that the project pins; the one place that code reads them from. */
export const versions = schema.parse(JSON.parse(readFileSync(join(checkout, "versions.json"), "utf8")));
export type Versions = z.infer<typeof schema>;
