import { z } from "zod";
import { ORTHO_KEY_TEMPLATE } from "./ortho-key";
import { positiveInt } from "./values";

const sizeClassSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z]([a-z0-9-]{0,13}[a-z0-9])?$/, "lower-case letters, digits and hyphens, at most 15")
    .describe("name of the class; it names a Task, and ends the name of a run that needed more memory"),
  photos: positiveInt.describe("most photos that a flight of this class has"),
  cpu: positiveInt.describe("cores of the stitching pod"),
  memoryGiB: positiveInt.describe("memory of the stitching pod in GiB, request and limit"),
  scratchGiB: positiveInt.describe("work volume of the stitching pod in GiB"),
  timeoutMinutes: positiveInt.describe("longest time that a stitching may take, in minutes"),
});

export type SizeClass = z.output<typeof sizeClassSchema>;

/** Options of OpenDroneMap that are not the config's to give, and why; `dronelake` refuses the first five too. */
const OWNED_ODM_OPTIONS: Record<string, string> = {
  "--project-path": "the pipeline sets it",
  "--rerun-all": "every run begins in an empty folder",
  "--end-with": "the orthophoto would be missing",
  "--skip-report": "the report says how many photos were used",
  "--skip-orthophoto": "the orthophoto would be missing",
  "--max-concurrency": "it is the size class's cpu",
  "--orthophoto-resolution": "say pipelines.gsdM, in m",
};

const odmArg = z
  .string("expected an option in quotes")
  .regex(/^(--.*|[^-$\s]\S*)$/s, "expected an option such as --dsm, or the value of the one before it, without spaces")
  .superRefine((arg, issues) => {
    const why = OWNED_ODM_OPTIONS[arg.split("=", 1)[0]!];
    if (why) issues.addIssue(`this option is not allowed here: ${why}`);
  });

export const pipelinesSchema = z.strictObject({
  engine: z.enum(["odm", "sfm", "gdal"]).default("odm").describe("what makes an orthophoto of photos"),
  crs: z
    .string()
    .regex(/^(auto|EPSG:\d{4,6})$/, "auto or a code such as EPSG:28992")
    .default("auto")
    .describe("CRS of the orthophoto; auto is EPSG:28992 in the Netherlands, else the local UTM zone"),
  gsdM: z
    .number()
    .positive()
    .optional()
    .describe(
      "ground sampling distance of the orthophoto in m; without it the photos', with engine odm no finer than 0.05",
    ),
  orthoKeyTemplate: z
    .string()
    .regex(
      ORTHO_KEY_TEMPLATE,
      "a key that begins with {project}/{flight}/, ends in -merged.geotiff, and has no other braces, backslashes or empty parts",
    )
    .default("{project}/{flight}/{project}-merged.geotiff")
    .describe("key of the orthophoto in drone-ortho; {project} and {flight} are filled in"),
  odmArgs: z.array(odmArg).default([]).describe("options of OpenDroneMap's command line, for engine odm"),
  sizeClasses: z.array(sizeClassSchema).min(1).describe("stitching sizes, smallest first"),
  shortTaskMinutes: positiveInt.default(15).describe("longest time of the planning and cataloguing tasks, in minutes"),
  detect: z
    .strictObject({
      cpu: positiveInt.default(2).describe("cores of the detection pod"),
      memoryGiB: positiveInt.default(4).describe("memory of the detection pod in GiB"),
      scratchGiB: positiveInt.default(10).describe("work volume of the detection pod in GiB"),
      timeoutMinutes: positiveInt.default(120).describe("longest time of a detection, in minutes"),
      gpus: z.int().min(0).default(0).describe("GPUs of the detection pod; needs a GPU pool"),
    })
    .prefault({})
    .describe("the detection task"),
  model: z
    .strictObject({
      name: z.string().min(1).default("muskrat-bank").describe("model in ai-models"),
      version: z.string().min(1).optional().describe("its VersionID; without it the latest"),
    })
    .prefault({})
    .describe("which model looks for traps and damage"),
  reconcile: z
    .strictObject({
      schedule: z.string().min(9).default("*/10 * * * *").describe("cron schedule"),
      quietMinutes: positiveInt
        .default(60)
        .describe("a flight without a manifest is closed after this many minutes without a new photo"),
      keepRunsDays: positiveInt
        .default(14)
        .describe("days after which a run that succeeded is removed, where all that it made is there"),
      timeoutMinutes: positiveInt
        .default(60)
        .describe("longest time of one look, in minutes; closing a flight reads its photos"),
    })
    .prefault({})
    .describe("the job that starts what an event missed"),
});

export type PipelinesConfig = z.output<typeof pipelinesSchema>;
