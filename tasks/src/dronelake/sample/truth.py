"""What is known of the sample flight, and how findings are held against it."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pyproj import Transformer
from scipy.optimize import linear_sum_assignment

from dronelake.errors import BadInput

CRS = "EPSG:28992"
MATCH_M = 1.0
"""A finding farther than this from a thing of its class is not a finding of that thing."""


@dataclass(frozen=True)
class Spot:
    """One thing or finding: its class and the middle of its box, in metres in EPSG:28992."""

    name: str
    east: float
    north: float


@dataclass(frozen=True)
class Score:
    """Findings held against the truth, for one class or all; distances in metres, sorted."""

    matched: int
    false: int
    missed: int
    errors_m: tuple[float, ...]

    @property
    def precision(self) -> float:
        """Share of the findings that are real; 1 when nothing was found."""
        return self.matched / (self.matched + self.false) if self.matched + self.false else 1.0

    @property
    def recall(self) -> float:
        """Share of the things that were found; 1 when there is nothing to find."""
        return self.matched / (self.matched + self.missed) if self.matched + self.missed else 1.0

    def percentile(self, percent: float) -> float | None:
        """A percentile of the position errors in metres; None when nothing matched."""
        return float(np.percentile(self.errors_m, percent)) if self.errors_m else None

    def report(self) -> dict[str, Any]:
        """The figures as JSON takes them."""
        median, worst = self.percentile(50), self.percentile(95)
        return {
            "matched": self.matched,
            "false": self.false,
            "missed": self.missed,
            "precision": round(self.precision, 4),
            "recall": round(self.recall, 4),
            "error_median_m": None if median is None else round(median, 4),
            "error_p95_m": None if worst is None else round(worst, 4),
        }


def match(truth: Iterable[Spot], findings: Iterable[Spot], reach_m: float = MATCH_M) -> Score:
    """Pair findings with things of the same class, each once, so that most pairs and then least distance result."""
    things, found = list(truth), list(findings)
    errors: list[float] = []
    for name in sorted({spot.name for spot in things}):
        ours = np.array([(spot.east, spot.north) for spot in things if spot.name == name])
        theirs = np.array([(spot.east, spot.north) for spot in found if spot.name == name]).reshape(-1, 2)
        distance = np.hypot(*(ours[:, None] - theirs[None]).transpose(2, 0, 1))
        # A pair out of reach costs more than all pairs within reach together, so it is chosen only when none is left.
        cost = np.where(distance <= reach_m, distance, reach_m * (1 + min(distance.shape, default=0)) + 1)
        rows, cols = linear_sum_assignment(cost)
        errors += [
            float(distance[row, col]) for row, col in zip(rows, cols, strict=True) if distance[row, col] <= reach_m
        ]
    return Score(len(errors), len(found) - len(errors), len(things) - len(errors), tuple(sorted(errors)))


def spots(collection: Mapping[str, Any]) -> list[Spot]:
    """The points of a GeoJSON FeatureCollection (EPSG:4326) with a property `class`.

    Polygons count by the middle of their bounding box. Raises BadInput for anything else.
    """
    to_rd = Transformer.from_crs("EPSG:4326", CRS, always_xy=True)
    result = []
    for number, feature in enumerate(collection.get("features", ())):
        try:
            name = feature["properties"]["class"]
            kind, coordinates = feature["geometry"]["type"], feature["geometry"]["coordinates"]
            ring = {"Point": [coordinates], "Polygon": coordinates[0]}[kind]
            east, north = to_rd.transform([point[0] for point in ring], [point[1] for point in ring])
        except (KeyError, IndexError, TypeError) as error:
            raise BadInput(f"feature {number} is no point or polygon with a property 'class': {error}") from error
        result.append(Spot(str(name), (min(east) + max(east)) / 2, (min(north) + max(north)) / 2))
    return result


def read(path: Path) -> list[Spot]:
    """The spots of a GeoJSON file; raises BadInput when it is none."""
    try:
        return spots(json.loads(path.read_text()))
    except (OSError, ValueError) as error:
        raise BadInput(f"{path} cannot be read as GeoJSON: {error}") from error


def score(truth: list[Spot], findings: list[Spot], gsd_m: float) -> dict[str, Any]:
    """The figures of all classes together and of each, and whether they keep what the sample flight promises."""
    whole = match(truth, findings)
    median, worst = whole.percentile(50), whole.percentile(95)
    names = sorted({spot.name for spot in truth} | {spot.name for spot in findings})
    return {
        **whole.report(),
        "gsd_m": gsd_m,
        "passed": whole.recall >= 0.9
        and whole.precision >= 0.9
        and median is not None
        and median <= 2 * gsd_m
        and worst is not None
        and worst <= 0.5,
        "classes": {
            name: match(
                [spot for spot in truth if spot.name == name], [spot for spot in findings if spot.name == name]
            ).report()
            for name in names
        },
    }
