"""The similarity that puts a flight on the map."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from dronelake.errors import BadInput
from dronelake.stitch.align import align, check_track, similarity

DOWN = np.array([0.0, 0.0, -1.0])


def track(rng: np.random.Generator, lines: int, photos: int, apart: float = 30.0) -> np.ndarray:
    """Camera centres of a nadir flight in metres, shape (lines * photos, 3)."""
    places = [(15.0 * photo, apart * line, 40.0) for line in range(lines) for photo in range(photos)]
    return np.array(places) + rng.normal(0, 0.8, (lines * photos, 3))


def somewhere(rng: np.random.Generator) -> tuple[float, np.ndarray, np.ndarray]:
    """A random similarity from the solver's frame to the map."""
    scale = float(np.exp(rng.uniform(-3, 4)))
    return scale, Rotation.random(random_state=int(rng.integers(1 << 31))).as_matrix(), rng.uniform(-5e5, 5e5, 3)


def seen_from(model: tuple[float, np.ndarray, np.ndarray], places: np.ndarray) -> np.ndarray:
    """Map positions in the solver's frame."""
    scale, rotation, translation = model
    return (places - translation) @ rotation / scale


@settings(max_examples=40)
@given(seed=st.integers(0, 10_000))
def test_an_exact_similarity_is_found_exactly(seed: int) -> None:
    rng = np.random.default_rng(seed)
    model = somewhere(rng)
    target = track(rng, 3, 6)
    scale, rotation, _ = similarity(seen_from(model, target), target)
    assert scale == pytest.approx(model[0], rel=1e-6)
    assert rotation == pytest.approx(model[1], abs=1e-6)
    assert np.linalg.det(rotation) == pytest.approx(1)


@settings(max_examples=40)
@given(seed=st.integers(0, 10_000), noise=st.floats(0.01, 0.8), outliers=st.integers(0, 4))
def test_noise_is_averaged_and_outliers_have_no_say(seed: int, noise: float, outliers: int) -> None:
    rng = np.random.default_rng(seed)
    model = somewhere(rng)
    truth = track(rng, 3, 6)
    given_positions = truth + rng.normal(0, noise, truth.shape)
    wrong = rng.choice(len(truth), outliers, replace=False)
    given_positions[wrong] += rng.choice([-1, 1], (outliers, 3)) * rng.uniform(30, 300, (outliers, 3))
    fit = align(seen_from(model, truth), given_positions, sd=noise)
    assert not fit.inliers[wrong].any()
    assert fit.inliers.sum() >= 12
    error = np.linalg.norm(fit.apply(seen_from(model, truth)) - truth, axis=1)
    assert error.max() < 4 * noise
    assert fit.rms()["total"] < 3 * noise


@settings(max_examples=40)
@given(seed=st.integers(0, 10_000))
def test_a_straight_track_is_levelled_by_the_gimbal(seed: int) -> None:
    rng = np.random.default_rng(seed)
    model = somewhere(rng)
    truth = np.column_stack([np.arange(8) * 12.0, np.zeros(8), np.full(8, 40.0)])
    given_positions = truth + rng.normal(0, 0.3, truth.shape)
    looking = np.tile(DOWN, (8, 1))
    fit = align(seen_from(model, truth), given_positions, source_views=looking @ model[1], target_views=looking, sd=0.3)
    tilt = np.degrees(np.arccos(np.clip((fit.rotation @ model[1].T @ DOWN) @ DOWN, -1, 1)))
    assert tilt < 3.0
    ground = truth - [0, 0, 40.0]
    assert np.abs(fit.apply(seen_from(model, ground)) - ground).max() < 3.0


def test_a_gimbal_that_is_off_by_two_degrees_hardly_turns_a_wide_flight() -> None:
    rng = np.random.default_rng(1)
    model = somewhere(rng)
    truth = track(rng, 4, 6)
    off = Rotation.from_euler("x", 2, degrees=True).apply(np.tile(DOWN, (24, 1)))
    looking = np.tile(DOWN, (24, 1)) @ model[1]
    fit = align(seen_from(model, truth), truth, source_views=looking, target_views=off, sd=0.3)
    assert np.abs(fit.apply(seen_from(model, truth)) - truth).max() < 0.1


def test_a_straight_track_without_gimbal_is_refused_in_plain_words() -> None:
    line = np.column_stack([np.arange(8) * 12.0, np.zeros(8), np.full(8, 40.0)])
    with pytest.raises(BadInput, match=r"straight line.*parallel or crossing line"):
        align(line / 7, line)
    check_track(line, has_views=True)


def test_two_positions_do_not_place_a_flight() -> None:
    with pytest.raises(BadInput, match="at least 3"):
        check_track(np.array([[0.0, 0.0, 40.0], [30.0, 50.0, 40.0]]), has_views=True)


def test_positions_of_another_flight_are_refused() -> None:
    rng = np.random.default_rng(3)
    with pytest.raises(BadInput, match="GPS positions only"):
        align(track(rng, 3, 6), rng.uniform(-500, 500, (18, 3)), sd=0.5)


def test_the_same_positions_give_the_same_fit() -> None:
    rng = np.random.default_rng(5)
    source, target = track(rng, 3, 6), track(rng, 3, 6)
    first, second = align(source, target), align(source, target)
    assert (first.rotation == second.rotation).all()
    assert first.scale == second.scale
