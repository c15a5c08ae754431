"""What counts as the same when a run is done again, and what does not."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from georasters import picture, write_raster
from hypothesis import given
from hypothesis import strategies as st

from dronelake.rerun.findings import PIXELS, SCORE, compare_findings
from dronelake.rerun.orthophotos import compare_orthophotos, shift_px

THRESHOLDS = {"trap": 0.6, "damage": 0.7}
GSD_M = 0.02
_DEGREE = GSD_M / 111_320.0


def feature(name: str = "trap", score: float = 0.9, east: float = 0.0, north: float = 0.0) -> dict[str, Any]:
    """A finding so many pixels east and north of a place on the equator."""
    place = [5 + east * _DEGREE, north * _DEGREE]
    about = {"class": name, "score": score}
    return {"type": "Feature", "geometry": {"type": "Point", "coordinates": place}, "properties": about}


def test_the_same_findings_in_another_order_are_identical() -> None:
    found = [feature(east=10.0 * number, score=0.7 + number / 100) for number in range(9)]
    assert compare_findings(found, found[::-1], THRESHOLDS, GSD_M).word == "identical"
    assert compare_findings([], [], THRESHOLDS, GSD_M).word == "identical"


@pytest.mark.parametrize(
    ("again", "word"),
    [
        ([feature(score=0.905)], "within the bound"),
        ([feature(east=PIXELS - 0.1)], "within the bound"),
        ([feature(), feature(east=50, score=0.6 + SCORE / 2)], "within the bound"),
        ([feature(score=0.92)], "different"),
        ([feature(east=PIXELS + 0.1)], "different"),
        ([feature("damage")], "different"),
        ([], "different"),
        ([feature(), feature(east=50)], "different"),
    ],
)
def test_findings_may_differ_by_so_much(again: list[dict[str, Any]], word: str) -> None:
    verdict = compare_findings([feature()], again, THRESHOLDS, GSD_M)
    assert verdict.word == word
    assert bool(verdict.faults) == (word == "different")


@given(st.lists(st.tuples(st.sampled_from(["trap", "damage"]), st.floats(0.75, 1), st.integers(0, 40)), max_size=8))
def test_a_finding_that_is_left_out_is_never_overlooked(things: list[tuple[str, float, int]]) -> None:
    found = [feature(name, score, east=5.0 * place) for name, score, place in things]
    assert compare_findings(found, found, THRESHOLDS, GSD_M).word == "identical"
    for number in range(len(found)):
        assert compare_findings(found, found[:number] + found[number + 1 :], THRESHOLDS, GSD_M).word == "different"


@pytest.fixture
def pixels() -> np.ndarray[Any, Any]:
    return picture(1200, 1100)


def test_the_same_bytes_are_identical(tmp_path: Path, pixels: np.ndarray[Any, Any]) -> None:
    one = write_raster(tmp_path / "one.tif", pixels)
    assert compare_orthophotos(one, one).word == "identical"


def test_a_little_noise_is_within_the_bound(tmp_path: Path, pixels: np.ndarray[Any, Any]) -> None:
    noise = np.random.default_rng(1).integers(-3, 4, pixels.shape)
    one = write_raster(tmp_path / "one.tif", pixels)
    again = write_raster(tmp_path / "again.tif", np.clip(pixels + noise, 0, 255).astype(np.uint8))
    verdict = compare_orthophotos(one, again)
    assert verdict.word == "within the bound"
    assert verdict.figures["overlap"] == 1.0
    assert 0 < verdict.figures["grey_levels"] < 3


@pytest.mark.parametrize(
    ("again", "fault"),
    [
        (lambda pixels: np.roll(pixels, 5, axis=2), r"shifted by 5.0 pixels, 2 is the bound"),
        (lambda pixels: pixels[:, :, :800], r"share 72\.7% of the ground, 98% is the bound"),
    ],
)
def test_another_place_or_less_ground_is_different(
    tmp_path: Path, pixels: np.ndarray[Any, Any], again: Any, fault: str
) -> None:
    one = write_raster(tmp_path / "one.tif", pixels)
    other = write_raster(tmp_path / "again.tif", np.ascontiguousarray(again(pixels)))
    verdict = compare_orthophotos(one, other)
    assert verdict.word == "different"
    assert len(verdict.faults) == 1
    assert re.search(fault, verdict.faults[0])


@given(st.integers(-20, 20), st.integers(-20, 20))
def test_a_shift_is_measured_in_pixels(down: int, right: int) -> None:
    texture = np.random.default_rng(3).normal(size=(96, 96))
    assert shift_px(texture, np.roll(texture, (down, right), (0, 1))) == pytest.approx(float(np.hypot(down, right)))
