import { rule } from "./rule";

/** What nobody can remove is not to be where everything can be destroyed. */
export const bucketRule = rule(["buckets", "protect"], ({ buckets, protect }) =>
  Object.entries(buckets)
    .filter(([, { retainDays }]) => retainDays !== undefined && !protect)
    .map(([bucket]) => ({
      path: `buckets.${bucket}.retainDays`,
      message:
        "found with protect false; what nobody can remove stands in the way of a destroy: leave one of the two out",
    })),
);
