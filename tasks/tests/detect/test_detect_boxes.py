"""Doubles among boxes, and boxes at the sides of tiles."""

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dronelake.detect.boxes import Box, merge, same_thing
from dronelake.detect.finding import is_whole, on_raster
from dronelake.detect.orthophoto import Tile
from dronelake.detect.windows import Window

coordinates = st.integers(0, 60).map(float)


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    left, top = draw(coordinates), draw(coordinates)
    wide, high = draw(st.integers(2, 30)), draw(st.integers(2, 30))
    score = draw(st.sampled_from([0.2, 0.5, 0.5, 0.9]))
    return Box(draw(st.integers(0, 1)), score, left, top, left + wide, top + high)


many = st.lists(boxes(), max_size=25)


@given(many)
def test_merging_again_changes_nothing(found: list[Box]) -> None:
    once = merge(found)
    assert merge(once) == once


@given(many, st.randoms(use_true_random=False))
def test_order_and_doubles_do_not_matter(found: list[Box], random: object) -> None:
    shuffled = list(found) + list(found[:5])
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert merge(shuffled) == merge(found)


@given(many)
def test_what_is_dropped_is_the_same_thing_as_something_better(found: list[Box]) -> None:
    kept = merge(found)
    for one, other in itertools.combinations(kept, 2):
        assert not same_thing(one, other)
    for box in set(found) - set(kept):
        assert any(same_thing(box, better) and better.score >= box.score for better in kept)


def test_classes_do_not_swallow_one_another() -> None:
    one, other = Box(0, 0.9, 0, 0, 10, 10), Box(1, 0.8, 0, 0, 10, 10)
    assert merge([other, one]) == [one, other]


def test_a_part_goes_with_its_whole() -> None:
    whole, part = Box(0, 0.9, 0, 0, 40, 10), Box(0, 0.8, 30, 0, 40, 10)
    assert merge([part, whole]) == [whole]


def tile(left: int, top: int, inner: tuple[bool, bool, bool, bool]) -> Tile:
    return Tile(Window(left, top, 512, 512, inner), np.zeros((3, 320, 320), dtype=np.uint8), (1.6, 1.6))


def test_a_tiles_box_lands_on_the_raster_at_its_scale() -> None:
    found = on_raster(Box(0, 0.9, 10, 20, 30, 60), tile(1000, 2000, (True,) * 4))
    assert found == Box(0, 0.9, 1016, 2032, 1048, 2096)


def test_a_box_at_an_inner_side_is_left_to_the_next_window() -> None:
    at_right = Box(0, 0.9, 280, 100, 319.5, 120)
    assert not is_whole(at_right, tile(0, 0, (False, False, True, True)), overlap_px=96)
    assert is_whole(at_right, tile(0, 0, (True, True, False, True)), overlap_px=96), "nothing lies beyond this side"


def test_what_is_longer_than_the_overlap_is_kept_though_it_is_cut() -> None:
    assert is_whole(Box(0, 0.9, 200, 100, 319.5, 120), tile(0, 0, (False, False, True, True)), overlap_px=96)
