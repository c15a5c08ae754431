"""Small real rasters for the stitch tests."""

from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from rasterio.transform import from_origin
from scipy.ndimage import gaussian_filter

WEST, NORTH = 136_000.0, 455_500.0
"""In RD New, near Utrecht; every raster starts here unless told otherwise."""


def picture(rows: int, cols: int, seed: int = 0) -> np.ndarray:
    """A textured RGB picture (3, rows, cols) uint8."""
    noise = np.random.default_rng(seed).normal(0, 1, (3, rows, cols))
    soft = gaussian_filter(noise, (0, 3, 3))
    return np.clip(120 + soft / soft.std() * 40, 1, 255).astype(np.uint8)


def write_raster(
    path: Path,
    data: np.ndarray | None = None,
    *,
    crs: str | None = "EPSG:28992",
    west: float = WEST,
    north: float = NORTH,
    gsd: float = 0.1,
    mask: np.ndarray | None = None,
    **profile: Any,
) -> Path:
    """Write RGB data as a plain GeoTIFF, with a mask where given."""
    data = picture(700, 900) if data is None else data
    path.parent.mkdir(parents=True, exist_ok=True)
    about = {
        "driver": "GTiff",
        "count": data.shape[0],
        "height": data.shape[1],
        "width": data.shape[2],
        "dtype": data.dtype,
        "transform": from_origin(west, north, gsd, gsd),
        "crs": crs,
    }
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True), rasterio.open(path, "w", **{**about, **profile}) as target:
        target.write(data)
        if mask is not None:
            target.write_mask(mask)
    return path
