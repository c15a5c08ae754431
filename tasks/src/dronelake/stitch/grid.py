"""A north-up raster grid in a projected CRS."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from rasterio.transform import Affine

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Grid:
    """`rows` by `cols` square cells of `cell_m` metres; `west` and `north` are the outer edges of the first cell."""

    west: float
    north: float
    cell_m: float
    rows: int
    cols: int

    @property
    def shape(self) -> tuple[int, int]:
        return self.rows, self.cols

    @property
    def transform(self) -> Affine:
        return Affine(self.cell_m, 0, self.west, 0, -self.cell_m, self.north)

    @classmethod
    def covering(cls, points: Array, cell_m: float) -> "Grid":
        """The grid over points (n, 2), its edges on whole multiples of the cell."""
        west, south = np.floor(points.min(axis=0) / cell_m)
        east, north = np.ceil(points.max(axis=0) / cell_m)
        return cls(west * cell_m, north * cell_m, cell_m, int(north - south), int(east - west))

    def coarser(self, factor: int) -> "Grid":
        """The same ground in cells `factor` times as long; the last row and column may reach beyond."""
        rows, cols = -(-self.rows // factor), -(-self.cols // factor)
        return Grid(self.west, self.north, self.cell_m * factor, rows, cols)

    def centres(self, rows: range, cols: range, step: float = 1.0) -> tuple[Array, Array]:
        """x and y of the cells' centres, each of shape (len(rows), len(cols)); `step` cells from one to the next."""
        x = self.west + (np.arange(len(cols)) * step + cols.start + 0.5) * self.cell_m
        y = self.north - (np.arange(len(rows)) * step + rows.start + 0.5) * self.cell_m
        grid_x, grid_y = np.meshgrid(x, y)
        return grid_x, grid_y

    def span(self, points: Array) -> tuple[range, range]:
        """Rows and columns of the cells that cover points (n, 2), cut to the grid, at least one each."""
        low, high = points.min(axis=0), points.max(axis=0)
        top = int(np.clip((self.north - high[1]) // self.cell_m - 1, 0, self.rows - 1))
        bottom = int(np.clip((self.north - low[1]) // self.cell_m + 2, top + 1, self.rows))
        left = int(np.clip((low[0] - self.west) // self.cell_m - 1, 0, self.cols - 1))
        right = int(np.clip((high[0] - self.west) // self.cell_m + 2, left + 1, self.cols))
        return range(top, bottom), range(left, right)
