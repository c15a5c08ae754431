"""Engine `gdal`: photos that are georeferenced rasters already, into one mosaic."""

from contextlib import ExitStack
from pathlib import Path

import numpy as np
import numpy.typing as npt
import rasterio
from rasterio.coords import BoundingBox
from rasterio.enums import ColorInterp, Resampling
from rasterio.errors import RasterioError
from rasterio.vrt import WarpedVRT
from rasterio.warp import transform_bounds
from rasterio.windows import Window

from dronelake.errors import BadInput
from dronelake.stitch.engine import Clock, Job, RawOrthophoto
from dronelake.stitch.grid import Grid
from dronelake.stitch.photos import Photo

_TILE = 2048


def read_rasters(paths: list[tuple[Path, str]]) -> list[Photo]:
    """Read (path, owner's name) pairs; a raster's position is its centre. Raises BadInput naming what is unusable."""
    photos, faults = [], []
    for path, name in paths:
        try:
            with rasterio.open(path) as raster:
                if raster.crs is None or raster.transform.is_identity:
                    faults.append(f"{name} carries no georeference")
                elif raster.count < 3 or raster.dtypes[0] != "uint8":
                    faults.append(f"{name} has {raster.count} bands of {raster.dtypes[0]}, 8-bit RGB is needed")
                else:
                    raster.read(1, window=Window(0, raster.height - 1, raster.width, 1))  # a cut file fails here
                    west, south, east, north = transform_bounds(raster.crs, "EPSG:4326", *raster.bounds)
                    position = ((west + east) / 2, (south + north) / 2)
                    photos.append(Photo(path, name, raster.width, raster.height, "raster", position=position))
        except RasterioError as error:
            faults.append(f"{name} cannot be read ({error})")
    if faults:
        raise BadInput(
            f"{len(faults)} of {len(paths)} rasters cannot be used: {'; '.join(faults[:10])}"
            f"{' and more' if len(faults) > 10 else ''}; engine gdal takes georeferenced 8-bit RGB rasters, "
            "photos with GPS in their EXIF go to engine sfm or odm"
        )
    return photos


class GdalEngine:
    name = "gdal"

    def run(self, job: Job, clock: Clock) -> RawOrthophoto:
        """Mosaic the rasters; where they overlap the one that is first by name is on top."""
        crs = job.options.crs
        path = job.work_dir / "mosaic.tif"
        with ExitStack() as stack:
            stack.enter_context(rasterio.Env(GDAL_NUM_THREADS=str(job.options.workers), GDAL_TIFF_INTERNAL_MASK=True))
            rasters = [stack.enter_context(rasterio.open(photo.path)) for photo in job.photos]
            natural = [stack.enter_context(_in_crs(raster, crs)) for raster in rasters]
            gsd = job.options.gsd_m or float(np.median([raster.res[0] for raster in natural]))
            extents = [raster.bounds for raster in natural]
            corners = np.array([point for extent in extents for point in _corners(extent)])
            grid = Grid.covering(corners, gsd)
            warped = [stack.enter_context(_in_crs(raster, crs, grid)) for raster in rasters]
            target = stack.enter_context(rasterio.open(path, "w", **_profile(grid, crs)))
            for top in range(0, grid.rows, _TILE):
                for left in range(0, grid.cols, _TILE):
                    window = Window(left, top, min(_TILE, grid.cols - left), min(_TILE, grid.rows - top))
                    tile = _tile(list(zip(warped, extents, strict=True)), grid, window)
                    target.write(tile[:3], window=window)
                    target.write_mask(tile[3], window=window)
        clock.done("mosaic", f"mosaic of {len(job.photos)} rasters at {gsd * 100:.2f} cm")
        count = len(job.photos)
        report = {
            "photos": {"given": count, "registered": count, "left_out": [], "without_gps": []},
            "alignment": None,
        }
        return RawOrthophoto(path, report)


def _in_crs(raster: rasterio.DatasetReader, crs: str, grid: Grid | None = None) -> WarpedVRT:
    """A view of the raster with alpha in `crs`, on its own pixels or on those of `grid`."""
    place = {} if grid is None else {"transform": grid.transform, "width": grid.cols, "height": grid.rows}
    add_alpha = ColorInterp.alpha not in raster.colorinterp
    return WarpedVRT(raster, crs=crs, resampling=Resampling.cubic, add_alpha=add_alpha, **place)


def _corners(extent: BoundingBox) -> list[tuple[float, float]]:
    return [(extent.left, extent.bottom), (extent.right, extent.top)]


def _profile(grid: Grid, crs: str) -> dict[str, object]:
    return {
        "driver": "GTiff",
        "width": grid.cols,
        "height": grid.rows,
        "count": 3,
        "dtype": "uint8",
        "crs": crs,
        "transform": grid.transform,
        "tiled": True,
        "blockxsize": 512,
        "blockysize": 512,
        "photometric": "RGB",
        "bigtiff": "if_safer",
        "sparse_ok": True,
    }


def _tile(rasters: list[tuple[WarpedVRT, BoundingBox]], grid: Grid, window: Window) -> npt.NDArray[np.uint8]:
    """RGB and mask (4, rows, cols) of one window of views that are on `grid`, each with where it shows anything."""
    result = np.zeros((4, int(window.height), int(window.width)), np.uint8)
    west, north = grid.transform @ (window.col_off, window.row_off)
    east, south = grid.transform @ (window.col_off + window.width, window.row_off + window.height)
    for raster, extent in rasters:
        if extent.left >= east or extent.right <= west or extent.bottom >= north or extent.top <= south:
            continue
        data = raster.read([1, 2, 3, raster.count], window=window)
        fresh = (data[3] > 127) & (result[3] == 0)
        result[:3, fresh] = data[:3, fresh]
        result[3, fresh] = 255
    return result
