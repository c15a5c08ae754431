import * as pulumi from "@pulumi/pulumi";
import { keepBuckets } from "./bucket-upkeep";
import type { BucketName } from "./names";

/** Name of the pods, as network policies select them. */
export const RETENTION = "retention";

/** Sets each bucket's default retention (`RULES`: `bucket=days` words), unless it is only to look; fails where one is not as it should be. */
export const RETENTION_SCRIPT = `set -u
status=0
for rule in $RULES; do
  bucket="\${rule%=*}" days="\${rule#*=}"
  test "$MODE" = look || mc retention set --quiet --default COMPLIANCE "\${days}d" "lake/$bucket" > /tmp/set 2>&1 || cat /tmp/set
  found="$(mc retention info --json --default "lake/$bucket")"
  case "$found" in
    *'"mode":"COMPLIANCE"'*'"validity":"'"\${days}DAYS"'"'*) echo "$bucket keeps every version for $days days" ;;
    *) echo "$bucket does not keep every version for $days days: $found; an up sets it again"; status=1 ;;
  esac
done
exit $status
`;

export interface BucketRetentionArgs {
  /** Namespace of the object store. */
  namespace: pulumi.Input<string>;
  /** Image with `mc`. */
  image: string;
  /** Days that each bucket keeps every version. */
  rules: Partial<Record<BucketName, number>>;
}

/** The default retention of buckets with object locks. */
export class BucketRetention extends pulumi.ComponentResource {
  constructor(name: string, { namespace, image, rules }: BucketRetentionArgs, opts?: pulumi.ComponentResourceOptions) {
    super("drone-data-lake:index:BucketRetention", name, {}, opts);
    const words = Object.entries(rules).map(([bucket, days]) => `${bucket}=${days}`);
    const env = [{ name: "RULES", value: words.join(" ") }];
    keepBuckets(name, { namespace, image, script: RETENTION_SCRIPT, env, rules, schedule: "17 3 * * *" }, this);
    this.registerOutputs({});
  }
}
