"""A frame camera with mild distortion, and where it was when it looked down."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Camera:
    """Brown's model with one radial term; all in pixels, x to the right, y down, the corner at (0, 0).

    The principal point is `offset` pixels from the picture's middle.
    """

    width: int
    height: int
    focal: float
    offset: tuple[float, float]
    k1: float

    @staticmethod
    def of_size(width: int, height: int) -> "Camera":
        """The sample's camera: an 8.8 mm lens before a sensor 13.2 mm wide, whatever the number of pixels."""
        scale = width / 1600
        return Camera(width, height, width * 8.8 / 13.2, (2.2 * scale, -1.6 * scale), -0.018)

    def rays(self, x: Numbers, y: Numbers) -> Numbers:
        """Directions (..., 3) in the camera's frame (x right, y down, z ahead) of pixel places; z is 1."""
        u = (x - self.width / 2 - self.offset[0]) / self.focal
        v = (y - self.height / 2 - self.offset[1]) / self.focal
        flat_u, flat_v = u.copy(), v.copy()
        for _ in range(6):
            bend = 1 + self.k1 * (flat_u**2 + flat_v**2)
            flat_u, flat_v = u / bend, v / bend
        return np.stack([flat_u, flat_v, np.ones_like(flat_u)], axis=-1)

    def pixels(self, points: Numbers) -> Numbers:
        """Pixel places (..., 2) of points (..., 3) in the camera's frame, ahead of it."""
        flat = points[..., :2] / points[..., 2:]
        bend = 1 + self.k1 * (flat**2).sum(axis=-1, keepdims=True)
        middle = (self.width / 2 + self.offset[0], self.height / 2 + self.offset[1])
        return np.asarray(flat * bend * self.focal + middle)


@dataclass(frozen=True)
class Pose:
    """Where the camera was (east, north, up in metres) and how it hung.

    `yaw` is the direction of the picture's upper edge, clockwise from grid north; `pitch` and `roll` are how far it was
    off the vertical: forward and to the right, all in radians.
    """

    place: tuple[float, float, float]
    yaw: float
    pitch: float
    roll: float

    def axes(self) -> Numbers:
        """The rotation (3, 3) that turns directions of the camera's frame into east, north, up."""
        cos, sin = np.cos(self.yaw), np.sin(self.yaw)
        # Level: the picture's right is to the right of the heading, its down is backwards, ahead is straight down.
        level = np.array([[cos, -sin, 0.0], [-sin, -cos, 0.0], [0.0, 0.0, -1.0]])
        tilt_x = np.array(
            [
                [1.0, 0.0, 0.0],
                [0.0, np.cos(self.pitch), -np.sin(self.pitch)],
                [0.0, np.sin(self.pitch), np.cos(self.pitch)],
            ]
        )
        tilt_y = np.array(
            [
                [np.cos(self.roll), 0.0, np.sin(self.roll)],
                [0.0, 1.0, 0.0],
                [-np.sin(self.roll), 0.0, np.cos(self.roll)],
            ]
        )
        return np.asarray(level @ tilt_x @ tilt_y)

    def project(self, camera: Camera, ground: Numbers) -> Numbers:
        """Pixel places (points, 2) of ground points (points, 3) in metres east, north, up."""
        return camera.pixels((ground - np.asarray(self.place)) @ self.axes())
