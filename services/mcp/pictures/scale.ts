import sharp from "sharp";

/** More is no camera's picture, and would fill the memory. */
const MOST_PIXELS = 300_000_000;
const QUALITY = 80;

// A preview a second is all that is asked for: no threads and no cache beside the server's own memory.
sharp.concurrency(1);
sharp.cache(false);

export interface Scaled {
  readonly jpeg: Buffer;
  readonly width: number;
  readonly height: number;
  /** Pixels of the picture itself. */
  readonly original: { readonly width: number; readonly height: number };
}

/**
 * Scales a picture (a file's bytes, or `raw` pixels) down to at most `size` px, upright, as a JPEG without the EXIF and so without the
 * place where it was taken. Throws sharp's error for what is no picture.
 */
export async function scale(
  bytes: Uint8Array,
  size: number,
  raw?: { readonly width: number; readonly height: number },
): Promise<Scaled> {
  const options = raw ? { raw: { width: raw.width, height: raw.height, channels: 3 as const } } : {};
  const picture = sharp(bytes, { ...options, limitInputPixels: MOST_PIXELS, failOn: "error" }).autoOrient();
  const { width: wide, height: high, autoOrient } = await picture.metadata();
  const { data, info } = await picture
    .resize({ width: size, height: size, fit: "inside", withoutEnlargement: true })
    .flatten({ background: "white" })
    .jpeg({ quality: QUALITY })
    .toBuffer({ resolveWithObject: true });
  const original = { width: autoOrient?.width ?? wide, height: autoOrient?.height ?? high };
  return { jpeg: data, width: info.width, height: info.height, original };
}
