"""Engine `gdal`: photos that are georeferenced rasters already, into one mosaic."""

from contextlib import ExitStack
from pathlib import Path

import numpy as np
import numpy.typing as npt
import rasterio
from rasterio.enums import ColorInterp, Resampling
from rasterio.errors import RasterioError
from rasterio.vrt import WarpedVRT
from rasterio.warp import transform_bounds
from rasterio.windows import Window, from_bounds

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
            warped = [stack.enter_context(_in_crs(raster, crs)) for raster in rasters]
            gsd = job.options.gsd_m or float(np.median([raster.res[0] for raster in warped]))
            corners = np.array([point for raster in warped for point in _corners(raster)])
            grid = Grid.covering(corners, gsd)
            target = stack.enter_context(rasterio.open(path, "w", **_profile(grid, crs)))
            for top in range(0, grid.rows, _TILE):
                for left in range(0, grid.cols, _TILE):
                    window = Window(left, top, min(_TILE, grid.cols - left), min(_TILE, grid.rows - top))
                    tile = _tile(warped, grid, window)
                    target.write(tile[:3], window=window)
                    target.write_mask(tile[3], window=window)
        clock.done("mosaic", f"mosaic of {len(job.photos)} rasters at {gsd * 100:.2f} cm")
        count = len(job.photos)
        report = {
            "photos": {"given": count, "registered": count, "left_out": [], "without_gps": []},
            "alignment": None,
        }
        return RawOrthophoto(path, report)


def _in_crs(raster: rasterio.DatasetReader, crs: str) -> WarpedVRT:
    return WarpedVRT(
        raster, crs=crs, resampling=Resampling.cubic, add_alpha=ColorInterp.alpha not in raster.colorinterp
    )


def _corners(raster: WarpedVRT) -> list[tuple[float, float]]:
    bounds = raster.bounds
    return [(bounds.left, bounds.bottom), (bounds.right, bounds.top)]


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


def _tile(rasters: list[WarpedVRT], grid: Grid, window: Window) -> npt.NDArray[np.uint8]:
    """RGB and mask (4, rows, cols) of one window."""
    rows, cols = int(window.height), int(window.width)
    result = np.zeros((4, rows, cols), np.uint8)
    west = grid.west + window.col_off * grid.cell_m
    north = grid.north - window.row_off * grid.cell_m
    bounds = west, north - rows * grid.cell_m, west + cols * grid.cell_m, north
    for raster in rasters:
        part = raster.bounds
        if part.left >= bounds[2] or part.right <= bounds[0] or part.bottom >= bounds[3] or part.top <= bounds[1]:
            continue
        place = from_bounds(*bounds, transform=raster.transform)
        data = raster.read(
            [1, 2, 3, raster.count], window=place, boundless=False, out_shape=(4, rows, cols)
        )  # fmt: skip
        fresh = (data[3] > 127) & (result[3] == 0)
        result[:3, fresh] = data[:3, fresh]
        result[3, fresh] = 255
    return result
