import { Problem, quoted } from "../problem";
import type { JsonClient } from "./http";
import { expectOk } from "./items";

/** What something was made of and what was made of it, as the catalogue's `/lineage` tells it. */
export async function lineageOf(client: JsonClient, of: string, versionId?: string): Promise<Record<string, unknown>> {
  const reply = await client.get("/lineage", { of, ...(versionId ? { versionId } : {}) });
  if (reply.status === 404 || reply.status === 400 || reply.status === 422) {
    const { detail } = (reply.body ?? {}) as { detail?: unknown };
    throw new Problem(
      `there is no lineage of ${quoted(of)}`,
      "name the number of a finding (search_findings), the id of an item, or an s3:// address with its version_id (list_drone_images, get_flight)",
      { answer: JSON.stringify(detail ?? reply.body).slice(0, 500) },
    );
  }
  return expectOk(reply) as Record<string, unknown>;
}
