"""Training tiles: what is labelled is what can be seen."""

import io
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dronelake.sample.things import CLASSES
from dronelake.sample.world import Plan, World, build

TRAINING = Path(__file__).parents[2] / "training"
sys.path.insert(0, str(TRAINING))

from tiles import Cut, View, cut, photograph, see  # noqa: E402


@pytest.fixture(scope="module")
def world() -> World:
    return build(
        Plan(
            seed=5,
            width_m=16.0,
            depth_m=16.0,
            cell_m=0.03,
            riverside_m=-36.0,
            traps=3,
            damages=3,
            distractors=2,
            margin_m=(2.0, 2.0),
            apart_m=2.8,
        )
    )


@pytest.mark.parametrize("how", [Cut(192, near=False, void_px=(25, 90)), Cut(128, near=True, void_px=(15, 60))])
def test_a_tile_is_the_same_for_the_same_numbers_and_its_labels_lie_inside(world: World, how: Cut) -> None:
    image, labels = cut(world, np.random.default_rng([1, 2]), how)
    assert (image, labels) == cut(world, np.random.default_rng([1, 2]), how)
    assert Image.open(io.BytesIO(image)).size == (how.side, how.side)
    for label in labels:
        assert label.x - label.width / 2 + 1e-9 >= 0
        assert label.x + label.width / 2 <= 1 + 1e-9
        assert label.number in range(len(CLASSES))


def test_tiles_near_things_show_things(world: World) -> None:
    how = Cut(128, near=True, void_px=(15, 60))
    shown = [len(cut(world, np.random.default_rng(seed), how)[1]) for seed in range(12)]
    assert sum(count > 0 for count in shown) >= 8


def test_a_label_is_where_the_thing_was_painted(world: World) -> None:
    """The ground with and without its things differs inside of the labelled boxes, and hardly elsewhere."""
    bare = build(Plan(**{**vars(world.plan), "traps": 0, "damages": 0, "distractors": 0}))
    thing = world.things[0]
    left, top, right, bottom = thing.box()
    view = View(side=128, east=(left + right) / 2, south=(top + bottom) / 2, turn=0.7, px_m=0.04)
    with_things = photograph(world, view, np.random.default_rng(3))
    without = photograph(bare, view, np.random.default_rng(3))
    differs = np.abs(with_things - without).max(axis=2) > 60
    rows, cols = np.nonzero(differs.reshape(128, 2, 128, 2).any(axis=(1, 3)))
    points = view.pixels(thing.outline)
    inside = (
        (cols >= points[:, 0].min() - 3)
        & (cols <= points[:, 0].max() + 3)
        & (rows >= points[:, 1].min() - 3)
        & (rows <= points[:, 1].max() + 3)
    )
    near = np.hypot(cols - 64, rows - 64) < 30
    assert near.sum() > 50
    assert inside[near].mean() > 0.9


def test_a_view_goes_from_the_ground_to_its_pixels_and_back() -> None:
    view = View(side=192, east=7.0, south=9.0, turn=1.1, px_m=0.041)
    pixels = np.array([[0.0, 0.0], [192.0, 0.0], [100.0, 40.0]])
    east, south = view.ground(pixels[:, 0].astype(np.float32), pixels[:, 1].astype(np.float32))
    assert view.pixels(np.stack([east, south], axis=1).astype(np.float64)) == pytest.approx(pixels, abs=1e-3)


def test_what_a_tile_hardly_shows_is_not_labelled(world: World) -> None:
    thing = world.things[0]
    left, top, right, bottom = thing.box()
    wide = right - left
    for share, expected in ((0.9, True), (0.1, False)):
        # The tile's left side passes through the thing so that `share` of it is to the right.
        view = View(side=64, east=right - share * wide + 32 * 0.04, south=(top + bottom) / 2, turn=0.0, px_m=0.04)
        labels, boxes = see(world, view)
        hit = any(box[0] < 0 for box in boxes) and any(label.x < label.width for label in labels)
        assert hit is expected
