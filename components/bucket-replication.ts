import * as pulumi from "@pulumi/pulumi";
import type { ReplicationConfig } from "../config/schema-replication";
import { keepBuckets } from "./bucket-upkeep";
import { contentHash } from "./hash";

/** Name of the pods, as network policies select them. */
export const REPLICATION = "replication";

/**
 * Makes each of `BUCKETS` copy every new version, delete marker and object that is there already to the bucket of the
 * same name at `copy`, unless it is only to look; fails where one does not. What is removed for good stays in the copy.
 */
export const REPLICATION_SCRIPT = `set -u
status=0
copies() {
  mc replicate ls --json "lake/$1" 2>&1 | grep -F "\\"$RULE\\"" > /tmp/found
}
for bucket in $BUCKETS; do
  remote="copy/$PREFIX$bucket"
  if test "$MODE" = set; then
    if copies "$bucket"; then
      # The credentials may be others.
      mc replicate update "lake/$bucket" --id "$RULE" --remote-bucket "$remote" > /tmp/set 2>&1 || { cat /tmp/set; status=1; }
    else
      mc replicate rm "lake/$bucket" --all --force > /tmp/set 2>&1
      mc replicate add "lake/$bucket" --id "$RULE" --priority 1 --remote-bucket "$remote" \\
        --replicate delete-marker,existing-objects > /tmp/set 2>&1 || cat /tmp/set
    fi
  fi
  if copies "$bucket"; then
    echo "$bucket is copied to $ENDPOINT"
  else
    echo "$bucket is not copied to $ENDPOINT: $(mc replicate ls --json "lake/$bucket" 2>&1 | tail -n 1); an up sets it again"
    status=1
  fi
done
exit $status
`;

export interface BucketReplicationArgs {
  /** Namespace of the object store. */
  namespace: pulumi.Input<string>;
  /** Image with `mc`. */
  image: string;
  /** Where to, and which buckets. */
  config: ReplicationConfig;
}

/** Copies of buckets in another object store. */
export class BucketReplication extends pulumi.ComponentResource {
  constructor(
    name: string,
    { namespace, image, config }: BucketReplicationArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("drone-data-lake:index:BucketReplication", name, {}, opts);
    const { endpoint, credentialsSecret, bucketPrefix, buckets } = config;
    const fromSecret = (variable: string, key: string) => ({
      name: variable,
      valueFrom: { secretKeyRef: { name: credentialsSecret, key } },
    });
    const env = [
      fromSecret("COPY_ACCESS_KEY", "accessKey"),
      fromSecret("COPY_SECRET_KEY", "secretKey"),
      { name: "MC_HOST_copy", value: endpoint.replace("://", "://$(COPY_ACCESS_KEY):$(COPY_SECRET_KEY)@") },
      { name: "ENDPOINT", value: endpoint },
      { name: "PREFIX", value: bucketPrefix },
      { name: "BUCKETS", value: buckets.join(" ") },
      { name: "RULE", value: `copy-${contentHash(endpoint, bucketPrefix)}` },
    ];
    const upkeep = { namespace, image, script: REPLICATION_SCRIPT, env, rules: config, schedule: "37 3 * * *" };
    keepBuckets(name, upkeep, this);
    this.registerOutputs({});
  }
}
