import { GetObjectCommand, HeadObjectCommand } from "@aws-sdk/client-s3";
import { databaseClient } from "../../sandbox/database";
import { SAMPLE } from "../../sandbox/flight";
import type { StackOutputs } from "../../sandbox/pulumi";
import { s3Client } from "../s3";

/** The flight that the recipes read: the sandbox's own. */
export const FLIGHT = `${SAMPLE.project}/${SAMPLE.flight}`;
export const ORTHOPHOTO = `${FLIGHT}/${SAMPLE.project}-merged.geotiff`;

/** What the lake holds of that flight, asked without any of the clients. */
export interface Truth {
  readonly manifest: { readonly photos: readonly { readonly key: string; readonly size: number }[] };
  /** VersionIDs. */
  readonly manifestVersion: string;
  readonly orthophotoVersion: string;
  readonly report: {
    readonly crs: string;
    /** Metres. */
    readonly gsd_m: number;
    /** Width and height. */
    readonly size_px: readonly [number, number];
    /** West, south, east and north in that CRS. */
    readonly bounds: readonly [number, number, number, number];
  };
  /** How many of each class. */
  readonly findings: Readonly<Record<string, number>>;
}

export async function truthOf(outputs: StackOutputs): Promise<Truth> {
  const s3 = s3Client(outputs, "stagiair");
  const read = async (Bucket: string, Key: string) => {
    const { Body, VersionId } = await s3.send(new GetObjectCommand({ Bucket, Key }));
    return { json: JSON.parse(await Body!.transformToString()), version: VersionId! };
  };
  const manifest = await read("drone-raw", `projects/${FLIGHT}/flight.json`);
  const { json: report } = await read("drone-ortho", `${FLIGHT}/report.json`);
  const { VersionId } = await s3.send(new HeadObjectCommand({ Bucket: "drone-ortho", Key: ORTHOPHOTO }));
  return {
    manifest: manifest.json,
    manifestVersion: manifest.version,
    orthophotoVersion: VersionId!,
    report,
    findings: await findingsOn(outputs, VersionId!),
  };
}

async function findingsOn(outputs: StackOutputs, orthophoto: string): Promise<Record<string, number>> {
  const client = databaseClient(outputs, "stagiair");
  await client.connect();
  try {
    const { rows } = await client.query<{ class: string; count: number }>(
      "select class, count(*)::int as count from detections.finding where orthophoto_version = $1 group by class",
      [orthophoto],
    );
    return Object.fromEntries(rows.map((row) => [row.class, row.count]));
  } finally {
    await client.end();
  }
}
