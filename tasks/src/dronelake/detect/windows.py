"""How an orthophoto is cut into windows that overlap."""

from collections.abc import Iterator
from dataclasses import dataclass

from dronelake.errors import BadInput


@dataclass(frozen=True)
class Window:
    """A rectangle of the raster in pixels; `inner`: which sides (left, top, right, bottom) have more raster beyond."""

    left: int
    top: int
    width: int
    height: int
    inner: tuple[bool, bool, bool, bool]


def starts(length: int, size: int, overlap: int) -> list[int]:
    """Where windows of `size` begin along `length`, all inside and at least `overlap` over one another, evenly spread.

    One window, which may be shorter than `size`, when the length is not longer.
    """
    if not 0 <= overlap < size:
        raise BadInput(f"windows of {size} pixels cannot overlap by {overlap}; correct the model's card")
    if length <= size:
        return [0]
    count = -(-(length - overlap) // (size - overlap))
    return [round(number * (length - size) / (count - 1)) for number in range(count)]


def windows(width: int, height: int, size: int, overlap: int) -> Iterator[Window]:
    """Windows that cover a raster of `width` x `height` pixels, row by row."""
    for top in starts(height, size, overlap):
        for left in starts(width, size, overlap):
            right, bottom = min(left + size, width), min(top + size, height)
            inner = (left > 0, top > 0, right < width, bottom < height)
            yield Window(left, top, right - left, bottom - top, inner)
