import { manifests } from "../sandbox/toolchain/manifests";
import { type Manifest, readManifests } from "./manifest";

interface Schema {
  properties: Record<string, Schema>;
}

/** Upstream's resource definitions but those for ACME, as the controllers serve them that are installed. */
export function certManagerDefinitions(): Manifest[] {
  return readManifests(manifests("cert-manager-crds"), "cert-manager.io_").map((object) =>
    /^(cluster)?issuers[.]/.test(object.metadata.name) ? withCaAlone(object) : object,
  );
}

/** An issuer of another kind would be taken and never served. What such a kind needs is also most of the text by far. */
function withCaAlone(object: Manifest): Manifest {
  const made = structuredClone(object);
  const { versions } = made.spec as { versions: { schema: { openAPIV3Schema: Schema } }[] };
  for (const { schema } of versions) {
    const { spec } = schema.openAPIV3Schema.properties;
    if (spec) spec.properties = Object.fromEntries(Object.entries(spec.properties).filter(([key]) => key === "ca"));
  }
  return made;
}
