/** The provider's arguments: which are understood, and which are refused because the local build lacks what they ask for. */
import type { CheckFailure } from "../shared/provider";
import { isObject, type Properties, UNKNOWN, unwrapProperties, type Value } from "../shared/values";

export interface Settings {
  /** Path or content; undefined: the machine's own default. */
  kubeconfig?: string;
  context?: string;
  cluster?: string;
  namespace?: string;
  /** Take over fields that another manager owns, instead of failing with a conflict. */
  enablePatchForce: boolean;
  enableConfigMapMutable: boolean;
  enableSecretMutable: boolean;
  /** Treat every object as gone when the cluster cannot be reached. */
  deleteUnreachable: boolean;
  /** Leave every object as it is when the cluster cannot be reached. */
  skipUpdateUnreachable: boolean;
  /** Take over an object that exists already, instead of failing. */
  upsertExistingObjects: boolean;
}

const FLAGS = {
  enablePatchForce: "PULUMI_K8S_ENABLE_PATCH_FORCE",
  enableConfigMapMutable: "PULUMI_K8S_ENABLE_CONFIGMAP_MUTABLE",
  enableSecretMutable: "PULUMI_K8S_ENABLE_SECRET_MUTABLE",
  deleteUnreachable: "PULUMI_K8S_DELETE_UNREACHABLE",
  skipUpdateUnreachable: "PULUMI_K8S_SKIP_UPDATE_UNREACHABLE",
  upsertExistingObjects: "PULUMI_K8S_UPSERT_EXISTING_OBJECTS",
} as const;
const TEXTS = ["kubeconfig", "context", "cluster", "namespace"] as const;
/** Taken and without effect here: there are no warnings to suppress, and the identifier only matters when arguments change. */
const WITHOUT_EFFECT = new Set([
  "version",
  "clusterIdentifier",
  "suppressDeprecationWarnings",
  "suppressHelmHookWarnings",
]);
/** Options that may be given as long as they ask for nothing but what the local build does anyway. */
const FIXED: Record<string, Value> = { enableServerSideApply: true, alwaysRender: false };

function isTrue(value: Value | undefined): boolean {
  return value === true || value === "true";
}

export function checkSettings(news: Properties): CheckFailure[] {
  const failures: CheckFailure[] = [];
  for (const [key, raw] of Object.entries(unwrapProperties(news))) {
    if (raw === null || raw === UNKNOWN || raw === "" || key.startsWith("__")) continue;
    if (key in FLAGS || TEXTS.some((text) => text === key) || WITHOUT_EFFECT.has(key)) continue;
    if (key in FIXED && isTrue(raw) === FIXED[key]) continue;
    const value = typeof raw === "string" ? raw : JSON.stringify(raw);
    if (value === "{}" || value === "null") continue;
    failures.push({
      property: key,
      reason: `the local build of the kubernetes plugin does not support ${key}=${value}: leave it out, or use the official plugin`,
    });
  }
  return failures;
}

/** Throws nothing: `checkSettings` has been called before. An argument that is not known yet counts as not given. */
export function readSettings(args: Properties, variables: Record<string, string>): Settings {
  const given: Properties = {};
  for (const [key, value] of Object.entries(variables)) given[key.replace(/^kubernetes:(config:)?/, "")] = value;
  for (const [key, value] of Object.entries(unwrapProperties(args))) if (value !== UNKNOWN) given[key] = value;
  const settings = {} as Settings;
  for (const [flag, variable] of Object.entries(FLAGS)) {
    const value = given[flag];
    const set = value !== undefined && value !== null && value !== "";
    settings[flag as keyof typeof FLAGS] = set ? isTrue(value) : process.env[variable] === "true";
  }
  for (const key of TEXTS) {
    const value = given[key];
    if (typeof value === "string" && value !== "") settings[key] = value;
    else if (key === "kubeconfig" && isObject(value)) settings.kubeconfig = JSON.stringify(value);
  }
  return settings;
}
