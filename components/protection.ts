import type { CustomResourceOptions } from "@pulumi/pulumi";

export interface DataOptions {
  /** Refuse to delete what holds data, and keep it when it leaves the program. */
  protect: boolean;
}

/** Options of a resource that holds data. */
export function dataOptions({ protect }: DataOptions): Pick<CustomResourceOptions, "protect" | "retainOnDelete"> {
  return { protect, retainOnDelete: protect };
}
