"""Coordinate reference systems of the findings (OGC API Features, part 2): which there are, and boxes in them."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import HTTPException, Query

_OGC = "http://www.opengis.net/def/crs"
_STEPS = 8
"""Points along each side of a box: a straight side is a curve in another system."""


@dataclass(frozen=True)
class Crs:
    """A system by the address that OGC gives it; `srid` is PostGIS' number for it."""

    uri: str
    srid: int
    north_first: bool = False
    """Whether the latitude comes before the longitude, which in PostGIS it never does."""


CRS84 = Crs(f"{_OGC}/OGC/1.3/CRS84", 4326)
SYSTEMS = (CRS84, Crs(f"{_OGC}/EPSG/0/4326", 4326, north_first=True), Crs(f"{_OGC}/EPSG/0/28992", 28992))
STORAGE = CRS84


def system(uri: str | None, parameter: str) -> Crs:
    """The system of a request's parameter, CRS84 without one; raises HTTPException 400 that names all."""
    for known in SYSTEMS:
        if uri in (known.uri, None):
            return known
    there_are = ", ".join(known.uri for known in SYSTEMS)
    raise HTTPException(400, f"{parameter}: {uri!r} is not a system of this service; there are {there_are}")


class Box(list[float]):
    """West, south, east and north in `crs`, easting first."""

    def __init__(self, bounds: list[float], crs: Crs) -> None:
        super().__init__(bounds)
        self.crs = crs

    @property
    def outline(self) -> dict[str, Any]:
        """The box as a GeoJSON polygon with points along its sides, as CQL2 in the coordinates of EPSG:4326."""
        west, south, east, north = self
        corners = [(west, south), (east, south), (east, north), (west, north)]
        ring = [
            [x + (to_x - x) * step / _STEPS, y + (to_y - y) * step / _STEPS]
            for (x, y), (to_x, to_y) in zip(corners, [*corners[1:], corners[0]], strict=True)
            for step in range(_STEPS)
        ]
        polygon: dict[str, Any] = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
        if self.crs.srid == STORAGE.srid:
            return polygon
        placed = {"op": "st_setsrid", "args": [polygon, self.crs.srid]}
        return {"op": "st_transform", "args": [placed, STORAGE.srid]}


def box_query(
    bbox: Annotated[str | None, Query(description="Four numbers: a box in the system of bbox-crs.")] = None,
    bbox_crs: Annotated[str | None, Query(alias="bbox-crs", description="The box's system; else CRS84.")] = None,
) -> Box | None:
    """The box of a request; raises HTTPException 400 when it is none."""
    crs = system(bbox_crs, "bbox-crs")
    if bbox is None:
        return None
    try:
        numbers = [float(number) for number in bbox.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) == 6:  # with heights, which findings do not have
        numbers = [*numbers[:2], *numbers[3:5]]
    if len(numbers) != 4 or not all(abs(number) < 1e9 for number in numbers):
        raise HTTPException(400, f"bbox: {bbox!r} is not four numbers: least and greatest easting and northing")
    if crs.north_first:
        numbers = [numbers[1], numbers[0], numbers[3], numbers[2]]
    west, south, east, north = numbers
    if crs.srid == STORAGE.srid and not (max(abs(west), abs(east)) <= 180 and max(abs(south), abs(north)) <= 90):
        raise HTTPException(
            400, f"bbox: {bbox!r} is not on Earth in {crs.uri}; see the order of its axes, and bbox-crs"
        )
    if west > east or south > north:
        raise HTTPException(400, f"bbox: {bbox!r} has its least coordinates behind its greatest; turn it round")
    return Box([west, south, east, north], crs)
