import { leastConnections } from "../catalogue-connections";
import type { Problem } from "./rule";
import { rule } from "./rule";

/** The catalogue's connections and address. */
export const catalogueRule = rule(["catalogue", "database", "endpoints"], ({ catalogue, database, endpoints }) => {
  const problems: Problem[] = [];
  const least = leastConnections(catalogue.replicas);
  if (database.connections.catalogue_reader < least) {
    problems.push({
      path: "database.connections.catalogue_reader",
      message: `found ${database.connections.catalogue_reader}; the catalogue's ${catalogue.replicas} pods, and one more while they are replaced, need at least ${least}`,
    });
  }
  if (catalogue.exposure.type !== "ClusterIP" && !endpoints.catalogue) {
    problems.push({
      path: "endpoints.catalogue",
      message: `missing; catalogue.exposure is ${catalogue.exposure.type}, and its certificate must name the host that clients call`,
    });
  }
  return problems;
});
