"""From an engine's raw GeoTIFF to a Cloud Optimized GeoTIFF in the wanted CRS."""

from pathlib import Path

import rasterio
from rasterio.enums import ColorInterp, MaskFlags, Resampling
from rasterio.errors import RasterioError
from rasterio.shutil import copy as gdal_copy
from rasterio.vrt import WarpedVRT

from dronelake.errors import BadInput

_BLOCK = 512
_JPEG_QUALITY = 92


def write_cog(source: Path, target: Path, crs: str, gsd_m: float | None = None, workers: int = 2) -> None:
    """Write `source` (RGB uint8 with mask, alpha or nodata) as a COG, warped only when its CRS or GSD is another.

    JPEG in YCbCr with a lossless mask: a tenth of the size of a lossless file, at a quality whose traces a detector
    does not see. Raises BadInput when `source` has no CRS or is not an image of 8-bit red, green and blue.
    """
    try:
        with rasterio.open(source) as raw:
            if raw.crs is None:
                raise BadInput(f"{source.name} has no coordinate reference system, so it is not an orthophoto")
            if raw.count < 3 or raw.dtypes[0] != "uint8":
                raise BadInput(
                    f"{source.name} has {raw.count} bands of {raw.dtypes[0]}; red, green and blue of 8 bits are needed"
                )
            same_size = gsd_m is None or abs(raw.res[0] / gsd_m - 1) < 1e-6
            if raw.crs == rasterio.CRS.from_user_input(crs) and same_size and _has_mask(raw) and raw.count == 3:
                _copy(raw, target, workers)
                return
            with _warped(raw, crs, gsd_m) as warped:
                _copy(warped, target, workers)
    except RasterioError as error:
        raise BadInput(f"{source.name} cannot be read as a raster: {error}") from error


def _has_mask(raw: rasterio.DatasetReader) -> bool:
    return MaskFlags.per_dataset in raw.mask_flag_enums[0] and MaskFlags.alpha not in raw.mask_flag_enums[0]


def _warped(raw: rasterio.DatasetReader, crs: str, gsd_m: float | None) -> WarpedVRT:
    """A view of red, green, blue and alpha in `crs`; the grid's edges lie on whole multiples of the GSD."""
    transform, width, height = rasterio.warp.calculate_default_transform(
        raw.crs, crs, raw.width, raw.height, *raw.bounds, resolution=gsd_m
    )
    options = {} if gsd_m is None else dict(zip(("transform", "width", "height"), rasterio.warp.aligned_target(
        transform, width, height, gsd_m), strict=True))  # fmt: skip
    has_alpha = ColorInterp.alpha in raw.colorinterp
    return WarpedVRT(raw, crs=crs, resampling=Resampling.cubic, add_alpha=not has_alpha, **options)


def _copy(dataset: rasterio.DatasetReader | WarpedVRT, target: Path, workers: int) -> None:
    with rasterio.Env(GDAL_NUM_THREADS=str(workers), GDAL_CACHEMAX=256):
        gdal_copy(
            dataset,
            target,
            driver="COG",
            compress="JPEG",
            quality=_JPEG_QUALITY,
            blocksize=_BLOCK,
            overviews="IGNORE_EXISTING",
            overview_resampling="AVERAGE",
            overview_quality=_JPEG_QUALITY,
            bigtiff="IF_SAFER",
            num_threads=str(workers),
        )
