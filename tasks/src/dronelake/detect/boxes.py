"""Boxes that the model finds, and how doubles among them are removed."""

from collections.abc import Iterable
from dataclasses import dataclass

import shapely
from shapely import STRtree

DOUBLE_IOU = 0.45
"""Boxes of one class that share more than this of their union are one thing."""
DOUBLE_PART = 0.7
"""So are boxes of which one covers this much of the smaller: a thing cut by a window's side, and the whole of it."""


@dataclass(frozen=True, order=True)
class Box:
    """A box of class `number`, in pixels of the raster or of a tile from the upper left corner on; score 0 to 1."""

    number: int
    score: float
    left: float
    top: float
    right: float
    bottom: float

    @property
    def middle(self) -> tuple[float, float]:
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    @property
    def area(self) -> float:
        return (self.right - self.left) * (self.bottom - self.top)

    @property
    def corners(self) -> tuple[tuple[float, float], ...]:
        """The four corners, from the upper left one on, clockwise."""
        return (self.left, self.top), (self.right, self.top), (self.right, self.bottom), (self.left, self.bottom)


def same_thing(one: Box, other: Box) -> bool:
    """Whether two boxes show one thing."""
    if one.number != other.number:
        return False
    wide = min(one.right, other.right) - max(one.left, other.left)
    high = min(one.bottom, other.bottom) - max(one.top, other.top)
    if wide <= 0 or high <= 0:
        return False
    shared = wide * high
    return shared > DOUBLE_IOU * (one.area + other.area - shared) or shared > DOUBLE_PART * min(one.area, other.area)


def merge(found: Iterable[Box]) -> list[Box]:
    """The best box of each thing, best first. Neither the order nor doubles of the input change the result."""
    boxes = sorted(set(found), key=lambda box: (-box.score, box))
    if not boxes:
        return []
    tree = STRtree([shapely.box(box.left, box.top, box.right, box.bottom) for box in boxes])
    dropped = [False] * len(boxes)
    kept = []
    for rank, box in enumerate(boxes):
        if dropped[rank]:
            continue
        kept.append(box)
        for other in tree.query(tree.geometries[rank]).tolist():
            if other > rank and same_thing(box, boxes[other]):
                dropped[other] = True
    return kept
