"""The flight plan: parallel lines over the world, with overlap, and the small errors of a real flight."""

from dataclasses import dataclass

import numpy as np

from dronelake.sample.camera import Camera, Pose

FORWARD_OVERLAP = 0.77
SIDE_OVERLAP = 0.67
GSD_M = 0.025
"""On the mean ground below the flight."""
LINES = 3
GPS_SIGMA_M = (0.015, 0.015, 0.025)
"""Errors of a fixed RTK solution: east, north, up."""


@dataclass(frozen=True)
class Shot:
    """One photograph: where the camera truly was, and where its receiver said it was (east, north, up in metres)."""

    number: int
    pose: Pose
    measured: tuple[float, float, float]
    exposure_s: float
    light: float


@dataclass(frozen=True)
class FlightPlan:
    """Sizes of the flight in metres: `base` between photographs, `spacing` between lines, `above` the mean ground."""

    camera: Camera
    lines: int
    photos_a_line: int
    base: float
    spacing: float
    above: float

    @staticmethod
    def of(photos: int, camera: Camera) -> "FlightPlan":
        """The plan for about `photos` photographs in LINES lines (fewer photographs than 2 a line: one line)."""
        lines = LINES if photos >= 2 * LINES else 1
        above = GSD_M * camera.focal * (1600 / camera.width)
        across, along = above * camera.width / camera.focal, above * camera.height / camera.focal
        return FlightPlan(
            camera, lines, -(-photos // lines), along * (1 - FORWARD_OVERLAP), across * (1 - SIDE_OVERLAP), above
        )

    @property
    def footprint(self) -> tuple[float, float]:
        """Metres across and along the line of flight that one photograph shows of the mean ground."""
        return self.above * self.camera.width / self.camera.focal, self.above * self.camera.height / self.camera.focal

    @property
    def covered(self) -> tuple[float, float]:
        """Metres from west to east and from south to north that the photographs show together."""
        across, along = self.footprint
        return (self.photos_a_line - 1) * self.base + along, (self.lines - 1) * self.spacing + across

    def shots(
        self, rng: np.random.Generator, count: int, middle: tuple[float, float], ground_m: float
    ) -> tuple[Shot, ...]:
        """The first `count` photographs, lines flown there and back, around `middle` (east, north in metres)."""
        shots = []
        for number in range(count):
            line, step = divmod(number, self.photos_a_line)
            if line % 2:
                step = self.photos_a_line - 1 - step
            # Each line at a height of its own: flat flights leave focal length and height hard to tell apart.
            up = ground_m + self.above + (-0.6, 0.7, -0.2)[line % 3] + rng.normal(0, 0.2)
            east = middle[0] + (step - (self.photos_a_line - 1) / 2) * self.base + rng.normal(0, 0.15)
            north = middle[1] + (line - (self.lines - 1) / 2) * self.spacing + rng.normal(0, 0.2)
            yaw = np.pi / 2 + (np.pi if line % 2 else 0) + rng.normal(0, np.radians(1.5))
            pitch, roll = rng.normal(0, np.radians(1.1), 2)
            place = (float(east), float(north), float(up))
            noise = rng.normal(0, GPS_SIGMA_M)
            measured = (place[0] + float(noise[0]), place[1] + float(noise[1]), place[2] + float(noise[2]))
            pose = Pose(place, float(yaw), float(pitch), float(roll))
            light = float(np.clip(rng.normal(1.0, 0.03), 0.92, 1.08))
            shots.append(Shot(number + 1, pose, measured, 1 / 800, light))
        return tuple(shots)
