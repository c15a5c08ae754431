import { getFlight } from "./get-flight";
import { getLineage } from "./get-lineage";
import { getPreview } from "./get-preview";
import { listDroneImages } from "./list-drone-images";
import { searchFindingsTool } from "./search-findings";
import type { Tool } from "./tool";

export const tools = [
  listDroneImages,
  getFlight,
  searchFindingsTool,
  getLineage,
  getPreview,
] as unknown as readonly Tool[];
