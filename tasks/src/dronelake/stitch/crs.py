"""Which coordinate reference system an orthophoto gets, and positions in it.

Inside the Netherlands that is RD New (EPSG:28992), the system of every water board's data; elsewhere the UTM zone of
WGS 84, so that a metre on the map is a metre on the ground to within 4 in 10,000.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyproj
from shapely.geometry import Point, Polygon

from dronelake.errors import BadInput

RD_NEW = "EPSG:28992"
WGS84 = "EPSG:4326"

# The European Netherlands in degrees (lon, lat), with sea arms closed and some 2 km to spare along the border: from
# Natural Earth 1:10m Admin 0 (public domain), buffered 1.5 km and simplified to 1.5 km. A wider edge is harmless, as
# RD New is defined and accurate across it, while UTM on a border dike would split one board's data over two systems.
_NETHERLANDS = Polygon(
    [
        (3.33, 51.29), (3.33, 51.38), (3.44, 51.45), (3.43, 51.55), (3.61, 51.63), (3.67, 51.73), (3.97, 51.87),
        (4.0, 51.92), (4.0, 52.0), (4.16, 52.04), (4.48, 52.33), (4.57, 52.51), (4.7, 52.89), (4.69, 53.06),
        (4.86, 53.23), (4.97, 53.3), (5.24, 53.42), (5.65, 53.48), (6.05, 53.47), (6.46, 53.57), (6.53, 53.55),
        (6.62, 53.48), (6.86, 53.46), (6.95, 53.35), (7.1, 53.32), (7.21, 53.25), (7.21, 52.96), (7.08, 52.82),
        (7.06, 52.64), (6.94, 52.54), (6.95, 52.5), (7.07, 52.37), (7.05, 52.23), (6.82, 52.08), (6.83, 51.96),
        (6.76, 51.9), (6.35, 51.81), (6.25, 51.84), (6.14, 51.82), (6.04, 51.76), (6.05, 51.7), (6.12, 51.65),
        (6.13, 51.58), (6.21, 51.51), (6.23, 51.39), (6.14, 51.27), (6.17, 51.15), (6.01, 51.04), (6.09, 50.87),
        (6.01, 50.74), (5.7, 50.74), (5.61, 50.82), (5.6, 50.86), (5.68, 50.92), (5.74, 51.02), (5.75, 51.09),
        (5.71, 51.14), (5.46, 51.24), (5.21, 51.25), (5.01, 51.38), (4.7, 51.41), (4.53, 51.4), (4.4, 51.34),
        (4.25, 51.33), (4.13, 51.26), (3.93, 51.19), (3.8, 51.19), (3.64, 51.26), (3.42, 51.23),
    ]
)  # fmt: skip


def utm_zone(lon: float, lat: float) -> str:
    """The WGS 84 UTM zone of a position in degrees, with the wider zones of Norway and Svalbard."""
    zone = int((lon + 180) // 6) % 60 + 1
    if 56 <= lat < 64 and 3 <= lon < 12:
        zone = 32
    elif 72 <= lat <= 84 and 0 <= lon < 42:
        zone = 31 if lon < 9 else 33 if lon < 21 else 35 if lon < 33 else 37
    return f"EPSG:{(32600 if lat >= 0 else 32700) + zone}"


def choose(setting: str, positions: Sequence[tuple[float, float]]) -> str:
    """The orthophoto's CRS as `EPSG:<n>` for camera positions (lon, lat) in degrees.

    `setting` is `auto` or `EPSG:<n>`; raises BadInput when that is no projected CRS in metres.
    """
    if setting != "auto":
        try:
            crs = pyproj.CRS.from_user_input(setting)
        except pyproj.exceptions.CRSError:
            raise BadInput(f"STITCH_CRS {setting!r} is not a known CRS; set auto or EPSG:<number>") from None
        units = {axis.unit_name for axis in crs.axis_info}
        if not crs.is_projected or units != {"metre"}:
            raise BadInput(f"STITCH_CRS {setting} is not a projected CRS in metres; an orthophoto needs one")
        return f"EPSG:{crs.to_epsg()}"
    lon, lat = (float(value) for value in np.median(np.asarray(positions, dtype=float), axis=0))
    return RD_NEW if _NETHERLANDS.covers(Point(lon, lat)) else utm_zone(lon, lat)


def project(positions: npt.NDArray[np.float64], crs: str) -> npt.NDArray[np.float64]:
    """WGS 84 (lon, lat) in degrees, shape (n, 2), to (x, y) of `crs` in metres, shape (n, 2)."""
    return _transform(positions, WGS84, crs)


def unproject(positions: npt.NDArray[np.float64], crs: str) -> npt.NDArray[np.float64]:
    """(x, y) of `crs` in metres, shape (n, 2), to WGS 84 (lon, lat) in degrees, shape (n, 2)."""
    return _transform(positions, crs, WGS84)


def _transform(positions: npt.NDArray[np.float64], source: str, target: str) -> npt.NDArray[np.float64]:
    x, y = pyproj.Transformer.from_crs(source, target, always_xy=True).transform(positions[:, 0], positions[:, 1])
    return np.column_stack([x, y])
