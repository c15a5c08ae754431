"""The blended mosaic at full resolution, window by window, so that memory does not grow with the flight."""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock

import cv2
import numpy as np
import numpy.typing as npt
import rasterio
from rasterio.windows import Window

from dronelake.errors import BadInput
from dronelake.stitch.camera import Pose
from dronelake.stitch.engine import Clock, Options
from dronelake.stitch.grid import Grid
from dronelake.stitch.seams import CoarsePhoto, plan_seams
from dronelake.stitch.surface import Surface

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

_TILE = 1024
_COARSE = 16
_MAP_STEP = 8
"""Ground points are projected every 8 pixels and the photo coordinates interpolated between: a smooth function, to
within a hundredth of a pixel, at 1/64 of the price."""
_CACHE_BYTES = 512 << 20
_MAX_PIXELS = 12_000_000_000


def native_gsd(poses: Sequence[Pose], surface: Surface) -> float:
    """The photos' own ground sample distance in metres (median over the photos), cut to two digits that count."""
    values = []
    for pose in poses:
        ground = surface.at(np.array([pose.centre[0]]), np.array([pose.centre[1]]))[0]
        values.append((pose.centre[2] - ground) / float(np.mean(pose.params[:2])))
    gsd = float(np.median(values))
    if gsd <= 0:
        raise BadInput("the cameras came out below the ground; check that the photos look down")
    digits = 1 - int(np.floor(np.log10(gsd)))
    return float(np.floor(gsd * 10**digits) / 10**digits)


def write_mosaic(path: Path, poses: Sequence[Pose], surface: Surface, options: Options, clock: Clock) -> float:
    """Write the mosaic as a tiled GeoTIFF of RGB uint8 with an internal mask; returns its GSD in metres."""
    gsd = options.gsd_m or native_gsd(poses, surface)
    low, high = float(np.min(surface.heights)), float(np.max(surface.heights))
    grid = Grid.covering(np.concatenate([pose.footprint(z) for pose in poses for z in (low, high)]), gsd)
    if grid.rows * grid.cols > _MAX_PIXELS:
        raise BadInput(
            f"the orthophoto would have {grid.rows * grid.cols / 1e9:.0f} Gpx at {gsd * 100:.2f} cm; "
            "set STITCH_GSD_M larger or split the flight"
        )
    photos = plan_seams(poses, surface, grid.coarser(_COARSE), options.workers)
    clock.done("seams", f"seams and exposure of {len(poses)} photos")
    profile = {
        "driver": "GTiff",
        "width": grid.cols,
        "height": grid.rows,
        "count": 3,
        "dtype": "uint8",
        "crs": options.crs,
        "transform": grid.transform,
        "tiled": True,
        "blockxsize": 512,
        "blockysize": 512,
        "photometric": "RGB",
        "bigtiff": "if_safer",
        "sparse_ok": True,
    }
    renderer = _Renderer(poses, photos, surface, grid)
    with (
        rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True),
        rasterio.open(path, "w", **profile) as target,
        ThreadPoolExecutor(options.workers) as pool,
    ):
        for windows in _rows(grid):
            for window, tile in zip(windows, pool.map(renderer.tile, windows), strict=True):
                target.write(tile[:3], window=window)
                target.write_mask(tile[3], window=window)
    return gsd


def _rows(grid: Grid) -> Iterator[list[Window]]:
    """The grid's tiles row by row, every other row backwards, so that neighbours follow each other."""
    for number, top in enumerate(range(0, grid.rows, _TILE)):
        lefts = list(range(0, grid.cols, _TILE))
        yield [
            Window(left, top, min(_TILE, grid.cols - left), min(_TILE, grid.rows - top))
            for left in (lefts if number % 2 == 0 else reversed(lefts))
        ]


class _Renderer:
    """Renders tiles; thread safe, with decoded photos kept as far as memory was set aside for them."""

    def __init__(self, poses: Sequence[Pose], photos: Sequence[CoarsePhoto], surface: Surface, grid: Grid) -> None:
        self._poses = poses
        self._photos = photos
        self._surface = surface
        self._grid = grid
        self._images: OrderedDict[int, Bytes] = OrderedDict()
        self._lock = Lock()

    def tile(self, window: Window) -> Bytes:
        """RGB and mask of one window, shape (4, rows, cols)."""
        rows, cols = int(window.height), int(window.width)
        total = np.zeros((rows, cols, 3), np.float32)
        weights = np.zeros((rows, cols), np.float32)
        maps_of = _TileMaps(self._grid, self._surface, window)
        for index, photo in enumerate(self._photos):
            weight = _patch(photo, photo.weight, window)
            if weight is None or not weight.any():
                continue
            pose = self._poses[index]
            col_map, row_map = maps_of.pixels(pose)
            inside = (col_map >= 0) & (row_map >= 0)
            inside &= (col_map <= pose.photo.width - 1) & (row_map <= pose.photo.height - 1)
            share = np.where(inside, weight, 0)
            if not share.any():
                continue
            colour = cv2.remap(self._image(index), col_map, row_map, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
            shift = _patch(photo, photo.shift, window)
            assert shift is not None
            total += share[..., None] * (colour * photo.gain + shift)
            weights += share
        mask = weights > 0
        rgb = total / np.where(mask, weights, 1)[..., None]
        result = np.zeros((4, rows, cols), np.uint8)
        result[:3] = np.clip(np.rint(rgb), 0, 255).astype(np.uint8).transpose(2, 0, 1)
        result[3] = np.where(mask, 255, 0)
        return result

    def _image(self, index: int) -> Bytes:
        """The photo in RGB, (rows, cols, 3)."""
        with self._lock:
            image = self._images.pop(index, None)
        if image is None:
            flags = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
            read = cv2.imread(str(self._poses[index].photo.path), flags)
            assert read is not None, self._poses[index].photo.path
            image = np.asarray(cv2.cvtColor(read, cv2.COLOR_BGR2RGB), dtype=np.uint8)
        with self._lock:
            self._images[index] = image
            while len(self._images) > 1 and sum(kept.nbytes for kept in self._images.values()) > _CACHE_BYTES:
                self._images.popitem(last=False)
        return image


class _TileMaps:
    """Photo coordinates of every pixel of a window, from a coarse lattice of ground points."""

    def __init__(self, grid: Grid, surface: Surface, window: Window) -> None:
        self._shape = int(window.height), int(window.width)
        rows = -(-self._shape[0] // _MAP_STEP) + 1
        cols = -(-self._shape[1] // _MAP_STEP) + 1
        top, left = int(window.row_off), int(window.col_off)
        # One lattice point every 8 pixels, the first on the first pixel's centre.
        self._x, self._y = grid.centres(range(top, top + rows), range(left, left + cols), _MAP_STEP)
        self._z = surface.at(self._x, self._y)
        row, col = np.arange(self._shape[0], dtype=np.float32), np.arange(self._shape[1], dtype=np.float32)
        self._cols, self._rows = np.meshgrid(col / _MAP_STEP, row / _MAP_STEP)

    def pixels(self, pose: Pose) -> tuple[Floats, Floats]:
        """Columns and rows in the photo, each (rows, cols) float32; far outside where the camera cannot see."""
        lattice = np.nan_to_num(pose.pixels(self._x, self._y, self._z), nan=-1e6).astype(np.float32)
        both = cv2.remap(
            np.ascontiguousarray(lattice.transpose(1, 2, 0)),
            self._cols,
            self._rows,
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        return np.ascontiguousarray(both[..., 0]), np.ascontiguousarray(both[..., 1])


def _patch(photo: CoarsePhoto, values: Floats, window: Window) -> Floats | None:
    """A photo's coarse values at every pixel of a window; None when the window is not over them, 0 outside of them."""
    top, left = window.row_off / _COARSE - photo.row, window.col_off / _COARSE - photo.col
    bottom, right = top + window.height / _COARSE, left + window.width / _COARSE
    if bottom < -1 or right < -1 or top > values.shape[0] + 1 or left > values.shape[1] + 1:
        return None
    rows = ((np.arange(int(window.height)) + 0.5) / _COARSE + top - 0.5).astype(np.float32)
    cols = ((np.arange(int(window.width)) + 0.5) / _COARSE + left - 0.5).astype(np.float32)
    col_map, row_map = np.meshgrid(cols, rows)
    found = cv2.remap(values, col_map, row_map, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=0)
    return np.asarray(found, dtype=np.float32)
