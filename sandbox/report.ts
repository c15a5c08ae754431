import { databaseClient } from "./database";
import type { Instance } from "./instance";
import { elapsed, type Timing } from "./progress";
import type { StackOutputs } from "./pulumi";

/** A finding as a person wants to see it. Coordinates in degrees, WGS 84. */
export interface Finding {
  readonly class: string;
  readonly score: number;
  readonly longitude: number;
  readonly latitude: number;
  readonly picture_key: string | null;
}

/** The flight that went through, and what it became. */
export interface FlightResult {
  readonly project: string;
  readonly flight: string;
  readonly flightVersion: string;
  readonly orthoKey: string;
  readonly orthoVersion: string;
  readonly findings: readonly Finding[];
  readonly items: readonly { readonly collection: string; readonly id: string }[];
}

const FINDINGS_SHOWN = 20;

/** Reads the findings on one orthophoto version, and the STAC items of the flight, as the role that may only read. */
export async function readResult(
  outputs: StackOutputs,
  of: Omit<FlightResult, "findings" | "items">,
): Promise<FlightResult> {
  const client = databaseClient(outputs, "stagiair");
  await client.connect();
  try {
    const findings = await client.query<Finding>(
      `select class, score, st_x(position) as longitude, st_y(position) as latitude, picture_key
         from detections.finding where orthophoto_version = $1 order by class, score desc`,
      [of.orthoVersion],
    );
    const items = await client.query<{ collection: string; id: string }>(
      `select collection, id from pgstac.items
        where collection = 'ai-models' or (content->'properties'->>'lake:project' = $1 and content->'properties'->>'lake:flight' = $2)
        order by collection, id`,
      [of.project, of.flight],
    );
    return { ...of, findings: findings.rows, items: items.rows };
  } finally {
    await client.end();
  }
}

/** `Muskusrat klem   3` and the places, best first. */
export function findingLines(findings: readonly Finding[]): string[] {
  if (findings.length === 0) return ["  no findings"];
  const byClass = new Map<string, Finding[]>();
  for (const finding of findings) byClass.set(finding.class, [...(byClass.get(finding.class) ?? []), finding]);
  return [...byClass].flatMap(([name, of]) => [
    `  ${name}: ${of.length}`,
    ...of
      .slice(0, FINDINGS_SHOWN)
      .map(
        ({ latitude, longitude, score }) =>
          `    ${latitude.toFixed(7)}, ${longitude.toFixed(7)}   score ${score.toFixed(2)}`,
      ),
    ...(of.length > FINDINGS_SHOWN ? [`    and ${of.length - FINDINGS_SHOWN} more`] : []),
  ]);
}

/** Where to look, in lines. Secrets are named by the command that shows them. */
export function whereToLook(instance: Instance, outputs: StackOutputs, result: FlightResult | undefined): string[] {
  const { host, port, database } = outputs.postgresEndpoint;
  const lines = [
    "Where to look",
    `  variables for your shell   eval "$(npm run -s sandbox:env${instance.argument})"`,
    `  cluster                    kubectl --kubeconfig ${instance.kubeconfig} get pipelineruns -n drone-pipelines`,
    `  object store (S3)          ${outputs.objectStore.url} (its CA: ${outputs.objectStore.caFile})`,
    `  catalogue                  ${outputs.catalogueUrl} (/stac and /features; its CA: ${outputs.objectStore.caFile})`,
    `  tools for an AI assistant  ${outputs.mcpUrl} (docs/mcp.md says how to connect one)`,
    `  database                   psql -h ${host} -p ${port} -U stagiair ${database}`,
    '  keys and passwords         pulumi -C "$LAKE_PROJECT" stack output credentials --show-secrets -s sandbox',
  ];
  if (!result) return lines;
  const folder = `${result.project}/${result.flight}`;
  return [
    ...lines,
    `  photos                     s3://drone-raw/projects/${folder}/`,
    `  orthophoto                 s3://drone-ortho/${result.orthoKey}`,
    `  findings and pictures      s3://ai-results/${folder}/`,
    "  STAC items",
    ...result.items.map(({ collection, id }) => `    ${collection}/${id}`),
  ];
}

/** The times of the steps that took long enough to matter. */
export function timeLines(timings: readonly Timing[], total: number): string[] {
  const shown = timings.filter(({ seconds }) => seconds >= 1);
  return [
    "Times",
    ...shown.map(({ title, seconds }) => `  ${elapsed(seconds).padStart(7)}  ${title}`),
    `  ${elapsed(total).padStart(7)}  in all`,
  ];
}
