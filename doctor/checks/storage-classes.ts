import { suggestion } from "../../config/suggest";
import { type Check, type Finding, fail, ok, warn } from "../check";
import { type VolumeNeed, volumeNeeds } from "../volumes";

const DEFAULT = "storageclass.kubernetes.io/is-default-class";

export interface StorageClass {
  readonly metadata: { readonly name: string; readonly annotations?: Record<string, string> };
  readonly provisioner: string;
  readonly parameters?: Record<string, string>;
  readonly volumeBindingMode?: string;
  readonly allowVolumeExpansion?: boolean;
}

/** Claims wait for ever for a storage class that is not there, and are bound to the wrong node by one that binds at once. */
export const storageClasses: Check = {
  title: "storage classes",
  asksCluster: true,
  async run({ environment, cluster }) {
    const classes = await cluster.list<StorageClass>("/apis/storage.k8s.io/v1/storageclasses");
    return judgeClasses(volumeNeeds(environment), classes);
  },
};

export function judgeClasses(needs: readonly VolumeNeed[], classes: readonly StorageClass[]): Finding[] {
  const names = [...new Set(needs.map((need) => need.storageClass))];
  return names.flatMap((name) => {
    const of = needs.filter((need) => need.storageClass === name);
    return name === undefined ? judgeDefault(of, classes) : judgeNamed(name, of, classes);
  });
}

function judgeNamed(name: string, needs: readonly VolumeNeed[], classes: readonly StorageClass[]): Finding[] {
  const found = classes.find(({ metadata }) => metadata.name === name);
  if (found) return judge(found, needs);
  const names = classes.map(({ metadata }) => metadata.name);
  const near = suggestion(name, names);
  const choices = names.length > 0 ? `name one of ${names.join(", ")}` : "install a provisioner with a storage class";
  return [
    fail(
      `there is no storage class ${name}, for ${purposes(needs)}`,
      near ? `did you mean ${near}?` : `make it, or ${choices}`,
    ),
  ];
}

function judgeDefault(needs: readonly VolumeNeed[], classes: readonly StorageClass[]): Finding[] {
  const [first, ...others] = classes.filter(({ metadata }) => metadata.annotations?.[DEFAULT] === "true");
  if (!first) {
    const mend = `set cluster.storageClass, or annotate a class with ${DEFAULT}=true`;
    return [fail(`no storage class is the default one, for ${purposes(needs)}`, mend)];
  }
  if (others.length === 0) return judge(first, needs);
  const names = [first, ...others].map(({ metadata }) => metadata.name).join(", ");
  return [
    warn(
      `several storage classes are the default one (${names}): the newest is taken`,
      "set cluster.storageClass, or leave one the default",
    ),
  ];
}

function judge(found: StorageClass, needs: readonly VolumeNeed[]): Finding[] {
  const { name } = found.metadata;
  const findings: Finding[] = [];
  if (found.volumeBindingMode !== "WaitForFirstConsumer") {
    const what = `${name} binds a volume before its pod has a node: pods are drawn to where their volumes happen to be`;
    findings.push(warn(what, "use a class with volumeBindingMode WaitForFirstConsumer"));
  }
  if (!found.allowVolumeExpansion) {
    findings.push(
      warn(
        `${name} has no volumes that grow`,
        "use a class with allowVolumeExpansion: true, or size the volumes for good",
      ),
    );
  }
  const filesystem = found.parameters?.["csi.storage.k8s.io/fstype"] ?? found.parameters?.fsType;
  if (needs.some(({ xfs }) => xfs) && filesystem !== "xfs") {
    const what = `${name} ${filesystem ? `makes ${filesystem}` : "does not say which filesystem it makes"}, and MinIO wants xfs for its drives`;
    findings.push(warn(what, "name a class with csi.storage.k8s.io/fstype: xfs, or make sure that its disks are xfs"));
  }
  return findings.length > 0 ? findings : [ok(`${name}, for ${purposes(needs)}`)];
}

function purposes(needs: readonly VolumeNeed[]): string {
  return needs.map(({ purpose }) => purpose).join(", ");
}
