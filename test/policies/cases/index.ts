import type { Cases } from "../resources";
import { access } from "./access";
import { credentials } from "./credentials";
import { identities } from "./identities";
import { images } from "./images";
import { network } from "./network";
import { objectStore } from "./object-store";
import { others } from "./others";
import { pipelines } from "./pipelines";
import { workloads } from "./workloads";

/** Cases of every policy, by its name. */
export const cases: Record<string, Cases> = {
  ...objectStore,
  ...identities,
  ...credentials,
  ...images,
  ...workloads,
  ...access,
  ...network,
  ...pipelines,
  ...others,
};
