"""The interface of every stitch engine: photos and options in, a raw orthophoto and what is known of it out."""

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from dronelake.stitch.photos import Photo


@dataclass(frozen=True)
class Options:
    """What the environment asks for."""

    crs: str
    """The orthophoto's CRS, `EPSG:<n>`, already chosen."""
    gsd_m: float | None = None
    """Ground sample distance in metres; None takes the photos' own."""
    workers: int = 2
    seed: int = 7


@dataclass(frozen=True)
class Job:
    """One flight on disk."""

    photos: list[Photo]
    work_dir: Path
    options: Options


@dataclass(frozen=True)
class RawOrthophoto:
    """What an engine made, before the gate has looked at it.

    `path` is a GeoTIFF of 3 bands uint8 with a mask (or alpha); `report` goes into report.json as it is.
    """

    path: Path
    report: dict[str, Any] = field(default_factory=dict)


class Engine(Protocol):
    """Makes a raw orthophoto; raises the errors of dronelake.errors by class."""

    name: str

    def run(self, job: Job, clock: "Clock") -> RawOrthophoto: ...


class Clock:
    """Progress lines with the seconds since the start, and how long each stage took."""

    def __init__(self) -> None:
        self._start = time.monotonic()
        self._stage_start = self._start
        self.stages: dict[str, float] = {}

    def say(self, text: str) -> None:
        print(f"[{time.monotonic() - self._start:6.1f} s] {text}", flush=True)

    def done(self, stage: str, text: str) -> None:
        """End a stage: note its seconds and say what came of it."""
        now = time.monotonic()
        self.stages[stage] = round(now - self._stage_start, 2)
        self._stage_start = now
        self.say(text)
