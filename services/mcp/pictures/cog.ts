import { BaseClient, BaseResponse, fromCustomClient, type GeoTIFFImage } from "geotiff";
import { type Address, type Objects, uriOf } from "../objects";
import { Problem, quoted } from "../problem";

/** Of a picture without overviews the whole would have to be read: 4096 x 4096 px is the most. */
const MOST_PIXELS = 4096 ** 2;
/** Headers and tiles are read in blocks of this many bytes, each once. */
const BLOCKS = { maxRanges: 0, blockSize: 64 * 1024 };

/** Bits of NewSubfileType. */
const MASK = 4;

export interface Overview {
  /** Red, green and blue of each pixel, row by row. */
  readonly picture: { readonly pixels: Uint8Array; readonly width: number; readonly height: number };
  readonly original: { readonly width: number; readonly height: number };
  readonly versionId?: string;
}

/** The smallest overview of a GeoTIFF that has `size` px on its longest side, read by ranges; white where the mask says that nothing is. */
export async function overviewOf(objects: Objects, address: Address, size: number): Promise<Overview> {
  const client = new ObjectClient(objects, address);
  try {
    return await smallest(client, address, size);
  } catch (error) {
    throw client.failure ?? error;
  }
}

async function smallest(client: ObjectClient, address: Address, size: number): Promise<Overview> {
  const tiff = await fromCustomClient(client, BLOCKS);
  const images: GeoTIFFImage[] = [];
  for (let at = 0; at < (await tiff.getImageCount()); at++) images.push(await tiff.getImage(at));
  const isMask = (image: GeoTIFFImage) => (Number(image.fileDirectory.getValue("NewSubfileType") ?? 0) & MASK) !== 0;
  const shown = images.filter((image) => !isMask(image)).sort((a, b) => a.getWidth() - b.getWidth());
  const full = shown.at(-1)!;
  const best = shown.find((image) => Math.max(image.getWidth(), image.getHeight()) >= size) ?? full;
  const [width, height] = [best.getWidth(), best.getHeight()];
  if (width * height > MOST_PIXELS) {
    throw new Problem(`${quoted(address.key)} has no overview of ${size} px`, "ask for a smaller size, or for a photo");
  }
  const pixels = Uint8Array.from((await best.readRGB({ interleave: true })) as ArrayLike<number>);
  const mask = images.find((image) => isMask(image) && image.getWidth() === width && image.getHeight() === height);
  if (mask) whiten(pixels, (await mask.readRasters({ interleave: true })) as unknown as ArrayLike<number>);
  return {
    picture: { pixels, width, height },
    original: { width: full.getWidth(), height: full.getHeight() },
    versionId: client.versionId,
  };
}

function whiten(pixels: Uint8Array, mask: ArrayLike<number>): void {
  for (let at = 0; at < mask.length; at++) if (mask[at] === 0) pixels.fill(255, 3 * at, 3 * at + 3);
}

/** Ranges of one object as geotiff asks for them. */
class ObjectClient extends BaseClient {
  versionId?: string;
  /** Why a range could not be had: geotiff says only that one could not. */
  failure?: unknown;

  constructor(
    private readonly objects: Objects,
    private readonly address: Address,
  ) {
    super(uriOf(address));
  }

  override async request({ headers }: { headers?: Record<string, string> } = {}): Promise<BaseResponse> {
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(headers?.Range ?? "") ?? [];
    if (first === undefined) throw new Error("geotiff asked for more than one range");
    // The version that the first range came from is the one of all of them.
    const address = { ...this.address, versionId: this.address.versionId ?? this.versionId };
    try {
      const { bytes, size, versionId } = await this.objects.range(address, Number(first), Number(last));
      this.versionId = versionId;
      return new RangeResponse(bytes, Number(first), size);
    } catch (error) {
      this.failure = error;
      throw error;
    }
  }
}

class RangeResponse extends BaseResponse {
  constructor(
    private readonly bytes: Buffer,
    private readonly first: number,
    private readonly size: number,
  ) {
    super();
  }

  override get ok(): boolean {
    return true;
  }
  override get status(): number {
    return 206;
  }
  override getHeader(name: string): string {
    const range = `bytes ${this.first}-${this.first + this.bytes.length - 1}/${this.size}`;
    return name.toLowerCase() === "content-range" ? range : "";
  }
  override async getData(): Promise<ArrayBuffer> {
    return Uint8Array.from(this.bytes).buffer;
  }
}
