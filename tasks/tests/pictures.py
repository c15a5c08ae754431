"""Small real photos for the tests, with the EXIF that a drone writes."""

import io
from pathlib import Path

import numpy as np
import rasterio
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

_EXIF_IFD, _GPS_IFD = 0x8769, 0x8825


def jpeg(
    seed: int = 0,
    *,
    lon: float | None = 5.1,
    lat: float | None = 52.1,
    alt: float = 31.5,
    taken: str | None = "2026:05:01 12:00:00",
    offset: str | None = "+02:00",
    satellite: tuple[str, tuple[int, int, int]] | None = None,
    progressive: bool = False,
) -> bytes:
    """A JPEG of 96 x 64 px; the picture follows from the seed."""
    pixels = np.random.default_rng(seed).integers(0, 255, (64, 96, 3), dtype=np.uint8)
    image = Image.fromarray(pixels)
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "DJI", "FC300S"
    details = exif.get_ifd(_EXIF_IFD)
    if taken:
        details[0x9003] = taken
    if offset:
        details[0x9011] = offset
    gps = exif.get_ifd(_GPS_IFD)
    if lon is not None and lat is not None:
        gps[1], gps[2] = "S" if lat < 0 else "N", _sexagesimal(abs(lat))
        gps[3], gps[4] = "W" if lon < 0 else "E", _sexagesimal(abs(lon))
        gps[5], gps[6] = bytes([alt < 0]), IFDRational(round(abs(alt) * 1000), 1000)
    if satellite:
        gps[29], gps[7] = satellite[0], tuple(IFDRational(part) for part in satellite[1])
    output = io.BytesIO()
    image.save(output, "JPEG", exif=exif, progressive=progressive)
    return output.getvalue()


def tiff(seed: int = 0) -> bytes:
    """A TIFF of 96 x 64 px without any position."""
    output = io.BytesIO()
    Image.fromarray(np.random.default_rng(seed).integers(0, 255, (64, 96, 3), dtype=np.uint8)).save(output, "TIFF")
    return output.getvalue()


def geotiff(west: float, north: float, crs: str = "EPSG:28992", metres: float = 100.0) -> bytes:
    """A georeferenced raster of 64 x 64 px that covers a square."""
    pixels = np.full((3, 64, 64), 120, dtype=np.uint8)
    with rasterio.MemoryFile() as memory:
        with memory.open(
            driver="GTiff",
            width=64,
            height=64,
            count=3,
            dtype="uint8",
            crs=crs,
            transform=rasterio.transform.from_origin(west, north, metres / 64, metres / 64),
        ) as raster:
            raster.write(pixels)
        return bytes(memory.read())


def write_flight(folder: Path, names: list[str]) -> None:
    """A folder with a different good photo under each name."""
    folder.mkdir(exist_ok=True)
    for seed, name in enumerate(names):
        is_tiff = name.lower().endswith((".tif", ".tiff"))
        (folder / name).write_bytes(tiff(seed) if is_tiff else jpeg(seed, lon=5.1 + seed / 10_000))


def _sexagesimal(degrees: float) -> tuple[IFDRational, IFDRational, IFDRational]:
    whole = int(degrees)
    minutes = (degrees - whole) * 60
    return IFDRational(whole), IFDRational(int(minutes)), IFDRational(round((minutes - int(minutes)) * 60e6), 1_000_000)
