"""Orthority's camera, fed with a COLMAP pose, projects as COLMAP's own model does."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from dronelake.errors import BadInput
from dronelake.stitch.camera import Pose
from dronelake.stitch.photos import Photo
from dronelake.stitch.sfm import looking_down

CENTRE = np.array([136_045.0, 455_470.0, 61.0])


def pose(roll: float = 0.0, pitch: float = 0.0, yaw: float = 0.0, k1: float = 0.0) -> Pose:
    """A camera over RD New that looks down, turned by angles in degrees."""
    down = np.diag([1.0, -1.0, -1.0])
    rotation = Rotation.from_euler("zyx", [yaw, pitch, roll], degrees=True).as_matrix() @ down
    params = np.array([1400.0, 1410.0, 812.0, 590.0, k1, 0.01 * k1, 0.001, -0.0005])
    return Pose(Photo(Path("a.jpg"), "a", 1600, 1200, "c"), CENTRE, rotation, params)


def colmap_pixels(camera: Pose, world: np.ndarray) -> np.ndarray:
    """COLMAP's OPENCV model written out; places count from the corner of the first pixel."""
    x, y, z = camera.rotation.T @ (world - camera.centre)
    u, v = x / z, y / z
    fx, fy, cx, cy, k1, k2, p1, p2 = camera.params
    square = u * u + v * v
    bend = 1 + k1 * square + k2 * square**2
    return np.array(
        [
            fx * (u * bend + 2 * p1 * u * v + p2 * (square + 2 * u * u)) + cx,
            fy * (v * bend + p1 * (square + 2 * v * v) + 2 * p2 * u * v) + cy,
        ]
    )


@settings(max_examples=50)
@given(
    roll=st.floats(-25, 25),
    pitch=st.floats(-25, 25),
    yaw=st.floats(-180, 180),
    k1=st.floats(-0.05, 0.05),
    east=st.floats(-12, 12),
    north=st.floats(-9, 9),
)
def test_ground_points_land_where_colmap_puts_them(
    roll: float, pitch: float, yaw: float, k1: float, east: float, north: float
) -> None:
    camera = pose(roll, pitch, yaw, k1)
    ground = CENTRE + camera.rotation @ np.array([east, north, 40.0])
    found = camera.pixels(*(np.array([[value]]) for value in ground))[:, 0, 0]
    assert found == pytest.approx(colmap_pixels(camera, ground) - 0.5, abs=0.02)


def test_points_far_outside_do_not_fold_back_into_the_photo() -> None:
    camera = pose(k1=-0.3)
    x = CENTRE[0] + np.linspace(-400, 400, 401)[None]
    found = camera.pixels(x, np.full_like(x, CENTRE[1]), np.full_like(x, 20.0))
    inside = (found[0] >= 0) & (found[0] <= 1599)
    reach = np.abs(x - CENTRE[0])[inside]
    assert reach.max() < 40


def test_the_ground_behind_a_camera_is_nowhere() -> None:
    camera = pose()
    above = np.array([[CENTRE[2] + 5.0]])
    assert np.isnan(camera.pixels(np.array([[CENTRE[0]]]), np.array([[CENTRE[1]]]), above)).all()


def test_the_footprint_is_under_the_camera() -> None:
    corners = pose().footprint(21.0)
    assert corners.mean(axis=0) == pytest.approx(CENTRE[:2], abs=1.0)
    assert np.ptp(corners[:, 0]) == pytest.approx(1600 / 1400 * 40, rel=0.01)


def test_a_camera_tells_how_far_it_looks_from_straight_down() -> None:
    assert pose().off_nadir == pytest.approx(0, abs=1e-4)
    assert pose(pitch=30, yaw=70).off_nadir == pytest.approx(30)
    assert pose(roll=-95).off_nadir == pytest.approx(95)


def test_photos_that_look_aside_are_no_ground_for_a_mosaic() -> None:
    level, tilted, oblique = pose(roll=5), pose(pitch=35), pose(pitch=45)
    assert looking_down([level, tilted, oblique]) == ([level, tilted], ["a"])
    with pytest.raises(BadInput, match="every photo looks more than 40 degrees away from straight down"):
        looking_down([oblique, pose(pitch=90)])
