"""Windows: they cover the raster exactly, overlap enough and never leave it."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dronelake.detect.windows import starts, windows
from dronelake.errors import BadInput

lengths = st.integers(1, 900)
sizes = st.integers(2, 320)


@given(lengths, lengths, sizes, st.data())
def test_every_pixel_is_covered_and_none_outside(width: int, height: int, size: int, data: st.DataObject) -> None:
    overlap = data.draw(st.integers(0, size // 2))
    seen = np.zeros((height, width), dtype=bool)
    for window in windows(width, height, size, overlap):
        assert window.left >= 0
        assert window.top >= 0
        assert window.width == min(size, width)
        assert window.height == min(size, height)
        part = seen[window.top : window.top + window.height, window.left : window.left + window.width]
        assert part.shape == (window.height, window.width)
        part[:] = True
    assert seen.all()


@given(lengths, sizes, st.data())
def test_neighbours_overlap_so_that_a_shorter_thing_is_whole_in_one(
    length: int, size: int, data: st.DataObject
) -> None:
    overlap = data.draw(st.integers(0, size - 1))
    begins = starts(length, size, overlap)
    assert begins == sorted(set(begins))
    for one, other in itertools.pairwise(begins):
        assert one + size - other >= overlap


def test_only_sides_with_raster_beyond_are_inner() -> None:
    first, *_, last = windows(500, 300, 320, 96)
    assert first.inner == (False, False, True, False)
    assert last.inner == (True, False, False, False)


def test_an_overlap_of_a_whole_window_is_refused() -> None:
    with pytest.raises(BadInput, match="cannot overlap"):
        starts(1000, 320, 320)
