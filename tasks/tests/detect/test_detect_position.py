"""From pixels to the world."""

import math

import pytest
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer

from dronelake.detect.boxes import Box
from dronelake.detect.finding import locate

RD = Affine(0.025, 0, 119_300, 0, -0.025, 438_980)
pixels = st.floats(0, 5000)


@given(pixels, pixels, st.floats(1, 100), st.floats(1, 100), st.floats(0, 6.28))
def test_a_position_goes_there_and_back(left: float, top: float, wide: float, high: float, turn: float) -> None:
    transform = RD @ Affine.rotation(math.degrees(turn))
    box = Box(0, 0.9, left, top, left + wide, top + high)
    finding = locate([box], ["Muskusrat klem"], transform, "EPSG:28992")[0]
    east, north = Transformer.from_crs("EPSG:4326", "EPSG:28992", always_xy=True).transform(*finding.position)
    column, row = ~transform @ (east, north)
    # A hundredth of a pixel is a quarter of a millimetre.
    assert (column, row) == pytest.approx((left + wide / 2, top + high / 2), abs=0.05)


def test_the_outline_is_the_boxs_corners_in_the_world() -> None:
    finding = locate([Box(1, 0.9, 0, 0, 40, 80)], ["a", "b"], RD, "EPSG:28992")[0]
    to_rd = Transformer.from_crs("EPSG:4326", "EPSG:28992", always_xy=True)
    corners = [to_rd.transform(*corner) for corner in finding.outline]
    expected = [(119_300, 438_980), (119_301, 438_980), (119_301, 438_978), (119_300, 438_978)]
    for corner, place in zip(corners, expected, strict=True):
        assert corner == pytest.approx(place, abs=1e-3)
    assert finding.name == "b"


def test_findings_come_by_class_and_then_the_surest_first() -> None:
    boxes = [Box(1, 0.9, 0, 0, 1, 1), Box(0, 0.4, 0, 0, 1, 1), Box(0, 0.8, 5, 5, 6, 6)]
    found = locate(boxes, ["a", "b"], RD, "EPSG:28992")
    assert [(finding.name, finding.score) for finding in found] == [("a", 0.8), ("a", 0.4), ("b", 0.9)]
