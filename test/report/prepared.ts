/** Changes as pull requests make them, and the dangers that a report must name in each. */
import type { Outcome } from "../../report/outcome";

// biome-ignore lint/suspicious/noExplicitAny: a stack's values and a resource's inputs, as the program has them
type Any = any;

export interface Prepared {
  /** What the pull request changes in the stack's file. */
  readonly values?: (values: Any) => void;
  /** What it changes in the program: the inputs and options of the resource `type name`. */
  readonly resources?: Readonly<Record<string, (props: Any, opts: Any) => void>>;
  /** Rules in the order of the report; a rule once. */
  readonly dangers: readonly string[];
  readonly outcome: Outcome;
  /** Whether the policy pack is asked too. */
  readonly policies?: true;
}

const resource = (title: string, change: (props: Any, opts: Any) => void) => ({ [title]: change });

/** The stack that all of them begin with: prod, with a second pool, on a cluster that has Tekton. */
export function begin(values: Any): void {
  values.tekton = { install: false };
  values.objectStore.pools.push({ name: "p1", nodes: 4, drivesPerNode: 2, driveSize: "1Ti" });
}

export const prepared: Readonly<Record<string, Prepared>> = {
  nothing: { dangers: [], outcome: "no change" },
  "new-image": {
    values: ({ images }) => {
      images.tasks = `registry.example.org/drone-data-lake/tasks:0.2.0@sha256:${"9".repeat(64)}`;
    },
    dangers: [],
    outcome: "changes",
  },
  "more-gpus": {
    values: ({ gpu }) => {
      gpu.maxNodes = 4;
    },
    dangers: [],
    outcome: "changes",
  },
  "larger-drives": {
    values: ({ objectStore }) => {
      objectStore.pools[0].driveSize = "2Ti";
    },
    dangers: ["data-lost", "volumes-changed"],
    outcome: "error",
  },
  "pool-removed": {
    values: ({ objectStore }) => {
      objectStore.pools.pop();
    },
    dangers: ["data-lost", "redundancy-lowered"],
    outcome: "error",
  },
  "less-parity": {
    values: ({ objectStore }) => {
      objectStore.parity = 2;
    },
    dangers: ["redundancy-lowered"],
    outcome: "dangerous changes",
  },
  "kept-shorter": {
    values: ({ database, buckets }) => {
      database.backup.keep = 7;
      buckets["drone-raw"].retainDays = 30;
      buckets["drone-ortho"] = { noncurrentDays: 10 };
    },
    dangers: ["retention-lowered"],
    outcome: "dangerous changes",
  },
  unprotected: {
    resources: resource("minio:index/s3Bucket:S3Bucket drone-raw", (_, opts) => {
      opts.protect = false;
    }),
    dangers: ["protection-removed"],
    outcome: "dangerous changes",
  },
  "let-in": {
    values: ({ database }) => {
      database.exposure.allowedCidrs.push("198.51.100.0/24");
    },
    dangers: ["network-opened"],
    outcome: "dangerous changes",
  },
  "intern-writes": {
    resources: resource("minio:index/iamPolicy:IamPolicy identities-stagiair", (props) => {
      const document = JSON.parse(props.policy);
      document.Statement.push({ Effect: "Allow", Action: ["s3:PutObject"], Resource: ["arn:aws:s3:::ai-results/*"] });
      props.policy = JSON.stringify(document);
    }),
    dangers: ["iam-widened"],
    outcome: "dangerous changes",
  },
  superuser: {
    resources: resource("postgresql:index/role:Role lake-stagiair", (props) => {
      props.superuser = true;
    }),
    dangers: ["database-rights-widened"],
    outcome: "policy violation",
    policies: true,
  },
  "versions-suspended": {
    resources: resource("minio:index/s3BucketVersioning:S3BucketVersioning drone-ortho", (props) => {
      props.versioningConfiguration = { status: "Suspended" };
    }),
    dangers: ["versioning-off"],
    outcome: "dangerous changes",
  },
  "plain-http": {
    resources: resource("pulumi:providers:minio object-store", (props) => {
      props.minioSsl = false;
    }),
    dangers: ["tls-off"],
    outcome: "dangerous changes",
  },
  "secrets-read": {
    resources: resource("kubernetes:rbac.authorization.k8s.io/v1:Role pipelines-reconciler", (props) => {
      props.rules.push({ apiGroups: [""], resources: ["secrets"], verbs: ["get"] });
    }),
    dangers: ["rbac-widened"],
    outcome: "dangerous changes",
  },
};
