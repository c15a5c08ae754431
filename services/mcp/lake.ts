import { readFileSync } from "node:fs";
import { JsonClient } from "./catalogue/http";
import { Objects } from "./objects";
import type { LakeSettings } from "./settings";

/** What the tools read from. */
export interface Lake {
  readonly catalogue: JsonClient;
  readonly objects: Objects;
  /** The time now, from which "yesterday" counts. */
  readonly now: () => Date;
}

/** Opens nothing yet: a server that does not answer is told by the tool that needs it. */
export function lakeOf({ catalogue, store }: LakeSettings): Lake {
  const authority = (file: string | undefined) => (file ? readFileSync(file, "utf8") : undefined);
  return {
    catalogue: new JsonClient(catalogue.url, authority(catalogue.caFile)),
    objects: new Objects({ ...store, ca: authority(store.caFile) }),
    now: () => new Date(),
  };
}
