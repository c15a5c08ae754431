"""A ground surface from the sparse points of structure from motion."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.interpolate import LinearNDInterpolator
from scipy.ndimage import gaussian_filter, map_coordinates
from scipy.spatial import cKDTree

from dronelake.errors import BadInput
from dronelake.stitch.camera import Pose

Array = npt.NDArray[np.float64]

_MAX_CELLS = 4_000_000
_MIN_CELL_M = 0.5
_SMOOTH_CELLS = 1.0
_NEIGHBOURS = 12


@dataclass(frozen=True)
class Surface:
    """Heights (rows, cols) in metres on a grid whose first cell's centre is at `west`, `north`; north is up."""

    heights: Array
    west: float
    north: float
    cell_m: float

    def at(self, x: Array, y: Array) -> Array:
        """Heights in metres at (x, y) of the CRS, any shape, linear between cells, held at the edges."""
        rows, cols = (self.north - y) / self.cell_m, (x - self.west) / self.cell_m
        found: Array = map_coordinates(self.heights, [rows, cols], order=1, mode="nearest")
        return found


def surface_from_points(points: Array, errors: Array, tracks: Array, poses: Sequence[Pose]) -> Surface:
    """Grid points (n, 3) in metres, with reprojection errors (px) and numbers of sightings, under the photos.

    Linear over a triangulation of the points that pass the filters, held level outside of them, lightly smoothed.
    """
    good = points[(tracks >= 3) & (errors < 2.0)]
    if len(good) < 50:
        good = points
    good = without_outliers(good)
    if len(good) < 4:
        raise BadInput("structure from motion found too few points for an elevation model; fly with more overlap")
    ground = float(np.median(good[:, 2]))
    corners = np.concatenate([pose.footprint(ground) for pose in poses])
    low, high = corners.min(axis=0), corners.max(axis=0)
    spacing = float(np.sqrt(np.prod(high - low) / _MAX_CELLS))
    cell = max(_MIN_CELL_M, float(np.ceil(spacing * 10) / 10))
    x, y = np.arange(low[0], high[0] + cell, cell), np.arange(high[1], low[1] - cell, -cell)
    grid_x, grid_y = np.meshgrid(x, y)
    origin = good[:, :2].mean(axis=0)
    flat = good[:, :2] - origin
    heights = LinearNDInterpolator(flat, good[:, 2])(grid_x - origin[0], grid_y - origin[1])
    holes = np.isnan(heights)
    heights[holes] = _beyond(flat, good[:, 2], grid_x[holes] - origin[0], grid_y[holes] - origin[1])
    return Surface(gaussian_filter(heights, _SMOOTH_CELLS), float(x[0]), float(y[0]), cell)


def without_outliers(points: Array) -> Array:
    """`points` (n, 3) without those whose height strays from their neighbours' median by far more than these do."""
    if len(points) <= _NEIGHBOURS:
        return points
    _, near = cKDTree(points[:, :2]).query(points[:, :2], k=_NEIGHBOURS + 1)
    around = points[near[:, 1:], 2]
    middle = np.median(around, axis=1)
    spread = 1.4826 * np.median(np.abs(around - middle[:, None]), axis=1)
    kept: Array = points[np.abs(points[:, 2] - middle) <= 3.0 * spread + 0.3]
    return kept


def _beyond(flat: Array, heights: Array, x: Array, y: Array) -> Array:
    """Heights outside of the triangulation: the median of the points that are nearest."""
    if not len(x):
        return np.empty(0)
    k = min(8, len(flat))
    _, near = cKDTree(flat).query(np.column_stack([x, y]), k=k)
    found: Array = np.median(heights[near.reshape(len(x), k)], axis=1)
    return found
