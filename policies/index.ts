import { noClusterAdmin } from "./access/no-cluster-admin";
import { noWideSecretReads } from "./access/no-wide-secret-reads";
import { noWildcardRbac } from "./access/no-wildcard-rbac";
import { noSecretInClear } from "./credentials/no-secret-in-clear";
import { noWeakCredentials } from "./credentials/no-weak-credentials";
import { noSuperuserRoles } from "./database/no-superuser-roles";
import { ownerAndCost } from "./environment/owner-and-cost";
import { dangerousActionsDenied } from "./identities/dangerous-actions-denied";
import { noWildcardIam } from "./identities/no-wildcard-iam";
import { onlyPipelinesWriteOrthophotos } from "./identities/only-pipelines-write-orthophotos";
import { allowedRegistries } from "./images/allowed-registries";
import { imagesByDigest } from "./images/images-by-digest";
import { imagesHaveVersions } from "./images/images-have-versions";
import { clientsVerifyTls } from "./network/clients-verify-tls";
import { defaultDeny } from "./network/default-deny";
import { exposedEndpointsTls } from "./network/exposed-endpoints-tls";
import { noOpenLoadBalancer } from "./network/no-open-load-balancer";
import { bucketsEncrypted } from "./object-store/buckets-encrypted";
import { bucketsVersioned } from "./object-store/buckets-versioned";
import { lakeDataKept } from "./object-store/lake-data-kept";
import { noPublicBucket } from "./object-store/no-public-bucket";
import { productionTopology } from "./object-store/production-topology";
import { rawPhotosLocked } from "./object-store/raw-photos-locked";
import { webhookQueue } from "./object-store/webhook-queue";
import { gpuPlacement } from "./pipelines/gpu-placement";
import { noParamInScript } from "./pipelines/no-param-in-script";
import { noRemoteResolvers } from "./pipelines/no-remote-resolvers";
import { retriesBounded } from "./pipelines/retries-bounded";
import { runsHaveTimeouts } from "./pipelines/runs-have-timeouts";
import type { Policy } from "./policy";
import { disruptionBudgets } from "./workloads/disruption-budgets";
import { noHostAccess } from "./workloads/no-host-access";
import { ownServiceAccount } from "./workloads/own-service-account";
import { podsRestricted } from "./workloads/pods-restricted";
import { probesSet } from "./workloads/probes-set";
import { replicasSpread } from "./workloads/replicas-spread";
import { resourcesSet } from "./workloads/resources-set";

/** Everything that this project holds its environments to, by what it is about. */
export const policies: Readonly<Record<string, readonly Policy[]>> = {
  "The photos are private, kept and never lost": [
    noPublicBucket,
    bucketsVersioned,
    bucketsEncrypted,
    rawPhotosLocked,
    lakeDataKept,
    productionTopology,
    webhookQueue,
  ],
  "An identity can do its work and nothing else": [
    noWildcardIam,
    dangerousActionsDenied,
    onlyPipelinesWriteOrthophotos,
    noSuperuserRoles,
    noClusterAdmin,
    noWildcardRbac,
    noWideSecretReads,
  ],
  "No secret can be guessed or read": [noWeakCredentials, noSecretInClear],
  "What runs is what was reviewed": [imagesHaveVersions, imagesByDigest, allowedRegistries],
  "A pod is confined, sized and watched": [
    podsRestricted,
    noHostAccess,
    ownServiceAccount,
    resourcesSet,
    probesSet,
    replicasSpread,
    disruptionBudgets,
  ],
  "Nothing is reached by strangers": [defaultDeny, noOpenLoadBalancer, clientsVerifyTls, exposedEndpointsTls],
  "A flight cannot stop or take over the pipelines": [
    runsHaveTimeouts,
    retriesBounded,
    noParamInScript,
    noRemoteResolvers,
    gpuPlacement,
  ],
  "Somebody answers for it": [ownerAndCost],
};

/** The policies without their headings. */
export const allPolicies: readonly Policy[] = Object.values(policies).flat();
