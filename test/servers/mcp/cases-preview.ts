import type { Case } from "./case";

const tool = "get_preview";
const refuses = (asks: string, args: Case["args"], error: RegExp): Case => ({ tool, asks, args, refused: { error } });

/** What has no picture; what has one is looked at by itself. */
export const previewCases: readonly Case[] = [
  refuses("a finding that there is not", { of: "999" }, /no finding 999/),
  refuses("an item that there is not", { of: "nothing-like-it" }, /no item "nothing-like-it"/),
  refuses("a file that there is not", { of: "s3://drone-raw/projects/sample-dike/2026-05-01/none.jpg" }, /there is no/),
  refuses("an orthophoto that there is not", { of: "s3://drone-ortho/none/none/none-merged.geotiff" }, /there is no/),
  refuses(
    "a version that there is not",
    ({ orthophoto }) => ({
      of: `s3://drone-ortho/${orthophoto.key}`,
      version_id: "00000000-0000-0000-0000-000000000000",
    }),
    /there is no/,
  ),
  refuses(
    "a file that is no picture",
    { of: "s3://drone-raw/projects/sample-dike/2026-05-01/flight.json" },
    /not a picture/,
  ),
  refuses("a bucket that there is not", { of: "s3://other/a.jpg" }, /no bucket "other"/),
  refuses("what may not be read", { of: "s3://ai-models/muskrat-bank/secret.png" }, /cannot be read \(AccessDenied\)/),
  refuses("a model, which has no picture", ({ model }) => ({ of: `${model.name}-${model.version}` }), /has no picture/),
  refuses("a picture larger than life", { of: "1", size: 5000 }, /size/),
];
