"""The output gate: whatever the engine, a file passes here or the run fails.

Engines can end well and be wrong: OpenDroneMap without usable GPS writes a raster at the equator, its COG conversion
may fail with a warning, and a bad alignment puts a beautiful image in the neighbour's field.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import rasterio
import shapely
from rasterio.features import shapes
from rio_cogeo.cogeo import cog_validate
from shapely.geometry import LineString, MultiPoint, mapping, shape

from dronelake.errors import BadInput
from dronelake.stitch import crs as crs_module

_MIN_GSD_M, _MAX_GSD_M = 0.002, 1.0
_MIN_VALID_SHARE = 0.05
_MIN_VALID_PIXELS = 10_000
_MIN_TRACK_COVER = 0.9
_OVERVIEW_PX = 512


@dataclass(frozen=True)
class Passed:
    """What the gate measured of an orthophoto that it let through."""

    crs: str
    gsd_m: float
    bounds: tuple[float, float, float, float]
    """West, south, east, north in the CRS, metres."""
    footprint: dict[str, Any]
    """GeoJSON geometry of the valid pixels in EPSG:4326."""
    valid_share: float
    width: int
    height: int
    track_cover: float
    """Share of the flight's positions that are over the footprint."""

    def report(self) -> dict[str, Any]:
        return {
            "crs": self.crs,
            "gsd_m": round(self.gsd_m, 6),
            "bounds": [round(value, 3) for value in self.bounds],
            "footprint": self.footprint,
            "size_px": [self.width, self.height],
            "valid_share": round(self.valid_share, 4),
            "track_cover": round(self.track_cover, 4),
        }


def check(path: Path, crs: str, track: Sequence[tuple[float, float]]) -> Passed:
    """Let an orthophoto pass or raise BadInput naming every fault.

    `crs` is the CRS that it must have; `track` holds the flight's camera positions (lon, lat), empty when the photos
    have none (rasters that are georeferenced already), and then the place is not checked.
    """
    valid, errors, warnings = cog_validate(path, strict=True, quiet=True)
    faults = [] if valid else [f"it is not a valid COG ({'; '.join(errors + warnings)})"]
    with rasterio.open(path) as raster:
        faults += _structure_faults(raster)
        faults += _place_faults(raster, crs)
        if raster.crs is None:
            raise _refusal(path, faults)
        footprint, share = _footprint(raster)
        pixels = share * raster.width * raster.height
        if share < _MIN_VALID_SHARE or pixels < _MIN_VALID_PIXELS:
            faults.append(f"only {share:.1%} of it, {pixels:.0f} pixels, show anything")
        cover = 1.0
        if len(track) and not footprint.is_empty:
            cover, fault = _cover(footprint, raster.crs.to_string(), track)
            faults += fault
        if faults:
            raise _refusal(path, faults)
        return Passed(
            crs=crs,
            gsd_m=float(raster.res[0]),
            bounds=(raster.bounds.left, raster.bounds.bottom, raster.bounds.right, raster.bounds.top),
            footprint=_to_lonlat(footprint, raster.crs.to_string()),
            valid_share=share,
            width=raster.width,
            height=raster.height,
            track_cover=cover,
        )


def _refusal(path: Path, faults: list[str]) -> BadInput:
    return BadInput(
        f"the result {path.name} is not an orthophoto of this flight: {'; '.join(faults)}; nothing was uploaded. "
        "Check the photos' GPS positions and overlap, and fly or upload again"
    )


def _structure_faults(raster: rasterio.DatasetReader) -> list[str]:
    faults = []
    if not raster.profile.get("tiled"):
        faults.append("it is not tiled")
    if raster.compression is None:
        faults.append("it is not compressed")
    if max(raster.width, raster.height) > _OVERVIEW_PX and not raster.overviews(1):
        faults.append("it has no overviews")
    if raster.count < 3 or raster.dtypes[0] != "uint8":
        faults.append(f"it has {raster.count} bands of {raster.dtypes[0]}, not 8-bit red, green and blue")
    return faults


def _place_faults(raster: rasterio.DatasetReader, crs: str) -> list[str]:
    if raster.crs is None:
        return ["it has no coordinate reference system"]
    faults = []
    if raster.crs != rasterio.CRS.from_user_input(crs):
        faults.append(f"it is in {raster.crs.to_string()}, {crs} was asked for")
    transform = raster.transform
    if transform.b or transform.d or transform.a <= 0 or transform.e >= 0:
        faults.append("it is not north up")
    gsd_x, gsd_y = raster.res
    if not (_MIN_GSD_M <= gsd_x <= _MAX_GSD_M) or abs(gsd_x / gsd_y - 1) > 0.01:
        faults.append(f"its pixels are {gsd_x:.4g} by {gsd_y:.4g} m, {_MIN_GSD_M} to {_MAX_GSD_M} m is real")
    bounds = raster.bounds
    centre = np.array([[(bounds.left + bounds.right) / 2, (bounds.bottom + bounds.top) / 2]])
    if raster.crs.is_projected:
        lon, lat = crs_module.unproject(centre, raster.crs.to_string())[0]
        easting, northing = centre[0]
        # Without GPS, engines work in a local frame and label it with a zone: coordinates of metres, not of a place.
        near_null = abs(easting) < 10_000 and abs(northing) < 10_000
        if near_null or not np.isfinite([lon, lat]).all() or abs(lat) < 0.05:
            faults.append("it is at the equator or at the origin of its CRS, so it was made without real positions")
    return faults


def _footprint(raster: rasterio.DatasetReader) -> tuple[shapely.Geometry, float]:
    """Outline of the valid pixels in the raster's CRS, without holes, and their share; read from an overview."""
    scale = max(1.0, max(raster.width, raster.height) / _OVERVIEW_PX)
    rows, cols = max(1, round(raster.height / scale)), max(1, round(raster.width / scale))
    mask = raster.dataset_mask(out_shape=(rows, cols)) > 0
    transform = raster.transform @ rasterio.Affine.scale(raster.width / cols, raster.height / rows)
    parts = [shape(part) for part, value in shapes(mask.astype(np.uint8), mask=mask, transform=transform) if value]
    outline = shapely.union_all([shapely.Polygon(part.exterior) for part in parts])
    cell = float(abs(transform.a))
    return shapely.simplify(outline, cell), float(mask.mean())


def _cover(footprint: shapely.Geometry, crs: str, track: Sequence[tuple[float, float]]) -> tuple[float, list[str]]:
    positions = crs_module.project(np.asarray(track, dtype=float).reshape(-1, 2), crs)
    reach = shapely.buffer(footprint, 0.02 * float(np.sqrt(footprint.area)))
    cover = float(shapely.contains_xy(reach, positions[:, 0], positions[:, 1]).mean())
    if cover >= _MIN_TRACK_COVER:
        return cover, []
    line = LineString(positions) if len(positions) > 1 else MultiPoint(positions)
    away = f", {shapely.distance(footprint, line):.0f} m away from it" if cover == 0 else ""
    return cover, [f"it lies under {cover:.0%} of the flight's GPS positions only{away}"]


def _to_lonlat(geometry: shapely.Geometry, crs: str) -> dict[str, Any]:
    def lonlat(points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.round(crs_module.unproject(points, crs), 8)

    geojson: dict[str, Any] = mapping(shapely.transform(geometry, lonlat))
    return geojson
