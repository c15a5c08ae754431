"""Where a point on the ground is in a photo: orthority's Brown camera, fed with pycolmap's pose."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from orthority.camera import BrownCamera, FrameCamera

from dronelake.stitch.photos import Photo

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Pose:
    """A registered photo: camera centre in the orthophoto's CRS and EXIF heights (m), and its lens."""

    photo: Photo
    centre: Array
    """Shape (3,)."""
    rotation: Array
    """World from camera, shape (3, 3); the camera looks along +z with y down, as COLMAP's."""
    params: Array
    """fx, fy, cx, cy, k1, k2, p1, p2 of COLMAP's OPENCV model in pixels of the full photo."""

    @cached_property
    def camera(self) -> FrameCamera:
        """Orthority's camera of the same pose and lens."""
        return brown_camera((self.photo.width, self.photo.height), self.centre, self.rotation, self.params)

    @cached_property
    def off_nadir(self) -> float:
        """Degrees between the optical axis and straight down."""
        return float(np.degrees(np.arccos(np.clip(-self.rotation[2, 2], -1.0, 1.0))))

    def pixels(self, x: Array, y: Array, z: Array) -> Array:
        """(column, row) of ground points of one shape (...), shape (2, ...); centre of the first pixel is 0, 0.

        NaN where the lens model has left its domain, far outside the photo, and would fold points back into it.
        """
        world = np.stack([x.ravel(), y.ravel(), z.ravel()])
        local = self.rotation.T @ (world - self.centre[:, None])
        tangent = np.hypot(local[0], local[1]) / np.where(local[2] > 0, local[2], np.nan)
        found: Array = self.camera.world_to_pixel(world)
        found[:, ~(tangent <= self._reach)] = np.nan
        return found.reshape(2, *x.shape)

    @cached_property
    def _reach(self) -> float:
        """The largest tangent of the angle off the optical axis in the photo, with a tenth to spare."""
        corners = np.array([[0.0, 0.0, 1.0, 1.0], [0.0, 1.0, 0.0, 1.0]])
        corners *= np.array([[self.photo.width - 1.0], [self.photo.height - 1.0]])
        rays = self.rotation.T @ (self.camera.pixel_to_world_z(corners, self.centre[2] - 10.0) - self.centre[:, None])
        return 1.1 * float(np.max(np.hypot(rays[0], rays[1]) / rays[2]))

    def footprint(self, height: float) -> Array:
        """Corners (4, 2) of the photo on the level plane at `height` in metres."""
        width, rows = self.photo.width - 1.0, self.photo.height - 1.0
        corners = np.array([[0.0, width, width, 0.0], [0.0, 0.0, rows, rows]])
        return np.asarray(self.camera.pixel_to_world_z(corners, height), dtype=float)[:2].T


def brown_camera(size: tuple[int, int], centre: Array, rotation: Array, params: Array) -> FrameCamera:
    """Orthority's Brown camera for a COLMAP pose (`rotation`: world from camera) and OPENCV lens in pixels.

    Orthority looks along -z with y up, counts pixels from the centre of the first one (COLMAP from its corner) and
    gives principal point offsets over the longer side.
    """
    turned = rotation @ np.diag([1.0, -1.0, -1.0])
    omega = np.arctan2(-turned[1, 2], turned[2, 2])
    phi = np.arcsin(np.clip(turned[0, 2], -1.0, 1.0))
    kappa = np.arctan2(-turned[0, 1], turned[0, 0])
    fx, fy, cx, cy, k1, k2, p1, p2 = (float(value) for value in params)
    return BrownCamera(
        im_size=size,
        focal_len=(fx, fy),
        sensor_size=(float(size[0]), float(size[1])),
        cx=(cx - size[0] / 2) / max(size),
        cy=(cy - size[1] / 2) / max(size),
        k1=k1,
        k2=k2,
        p1=p1,
        p2=p2,
        xyz=(float(centre[0]), float(centre[1]), float(centre[2])),
        opk=(float(omega), float(phi), float(kappa)),
    )
