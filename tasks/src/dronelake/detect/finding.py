"""Findings: boxes with a name and a place in the world."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from affine import Affine
from pyproj import Transformer

from dronelake.detect.boxes import Box
from dronelake.detect.orthophoto import Tile

Place = tuple[float, float]
EDGE_PX = 2.0
"""A box that comes this near to a window's inner side may go on beyond it."""


@dataclass(frozen=True)
class Finding:
    """One thing: `box` in raster pixels; `position` and `outline` (not closed, clockwise seen) in EPSG:4326."""

    name: str
    score: float
    box: Box
    position: Place
    outline: tuple[Place, ...]
    mapped: Place
    """The position in the orthophoto's own coordinates."""


def on_raster(box: Box, tile: Tile) -> Box:
    """A box of a tile as a box of the raster."""
    x, y = tile.step
    return Box(
        box.number,
        box.score,
        tile.window.left + box.left * x,
        tile.window.top + box.top * y,
        tile.window.left + box.right * x,
        tile.window.top + box.bottom * y,
    )


def is_whole(box: Box, tile: Tile, overlap_px: int) -> bool:
    """Whether a tile shows all of a thing.

    What reaches a side with more raster beyond is left to the next window, where it is whole; unless it is too long
    for the overlap, so that no window might show it whole.
    """
    cols, rows = tile.window.width / tile.step[0], tile.window.height / tile.step[1]
    left, top, right, bottom = tile.window.inner
    cut = (
        (left and box.left < EDGE_PX)
        or (top and box.top < EDGE_PX)
        or (right and box.right > cols - EDGE_PX)
        or (bottom and box.bottom > rows - EDGE_PX)
    )
    return not cut or max(box.right - box.left, box.bottom - box.top) > overlap_px - 2 * EDGE_PX


def to_world(transform: Affine, crs: str) -> Callable[[Place], Place]:
    """The function from raster pixels to longitude and latitude (EPSG:4326)."""
    lift = Transformer.from_crs(crs, "EPSG:4326", always_xy=True)

    def place(pixel: Place) -> Place:
        longitude, latitude = lift.transform(*(transform @ pixel))
        return float(longitude), float(latitude)

    return place


def locate(boxes: Iterable[Box], classes: list[str], transform: Affine, crs: str) -> list[Finding]:
    """Boxes of the raster as findings, by class, then from the best score on."""
    place = to_world(transform, crs)
    return [
        Finding(
            name=classes[box.number],
            score=box.score,
            box=box,
            position=place(box.middle),
            outline=tuple(place(corner) for corner in box.corners),
            mapped=transform @ box.middle,
        )
        for box in sorted(boxes, key=lambda box: (box.number, -box.score, box))
    ]
