import type { Address, Objects } from "../objects";
import { Problem, quoted } from "../problem";
import { overviewOf } from "./cog";
import { type Scaled, scale } from "./scale";

/** A photo of the largest cameras is about 60 MiB; an orthophoto is never read whole. */
const MOST_BYTES = 128 * 1024 ** 2;

/** A small JPEG of a picture in the lake, at most `size` px on its longest side. Throws Problem. */
export async function previewOf(
  objects: Objects,
  address: Address,
  size: number,
): Promise<Scaled & { versionId?: string }> {
  if (!/\.(jpe?g|png|webp|tiff?|geotiff)$/i.test(address.key)) {
    throw new Problem(`${quoted(address.key)} is not a picture`, "ask for a JPEG, PNG or TIFF file");
  }
  try {
    if (/\.(tiff?|geotiff)$/i.test(address.key)) {
      const { picture, original, versionId } = await overviewOf(objects, address, size);
      return { ...(await scale(picture.pixels, size, picture)), original, versionId };
    }
    const { bytes, versionId } = await objects.read(address, MOST_BYTES);
    return { ...(await scale(bytes, size)), versionId };
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw new Problem(
      `${quoted(address.key)} cannot be read as a picture (${quoted((error as Error).message)})`,
      "the file is damaged or of another kind than its name says: choose another one",
    );
  }
}
