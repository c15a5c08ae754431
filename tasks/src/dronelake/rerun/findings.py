"""Findings of a run held against those of the same run done again."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from dronelake.rerun.verdict import Verdict

SCORE = 0.01
"""Least difference of scores that counts: other processors and thread counts add the same numbers in another order."""
PIXELS = 2.0
"""Distance up to which two findings are one, in pixels of the orthophoto."""
_METRES_A_DEGREE = 111_320.0  # of latitude on WGS 84's mean sphere; the distances here are of centimetres

Feature = Mapping[str, Any]


def compare_findings(
    recorded: Sequence[Feature], again: Sequence[Feature], thresholds: Mapping[str, float], gsd_m: float
) -> Verdict:
    """Compare two lists of GeoJSON features in EPSG:4326; `gsd_m` is the orthophoto's.

    One that has no partner is a fault, unless its score is so near its class's threshold that it may fall either way.
    """
    pairs, without = _pairs(recorded, again, PIXELS * gsd_m)
    scores = [abs(one["properties"]["score"] - other["properties"]["score"]) for one, other in pairs]
    apart = [_distance_m(one, other) for one, other in pairs]
    faults = [
        f"{one['properties']['class']} with score {one['properties']['score']} at {_place(one)} was found once only"
        for one in without
        if one["properties"]["score"] - thresholds[one["properties"]["class"]] > SCORE
    ]
    faults += [
        f"{one['properties']['class']} at {_place(one)} has score {one['properties']['score']}, "
        f"then {other['properties']['score']}"
        for (one, other), difference in zip(pairs, scores, strict=True)
        if difference > SCORE
    ]
    figures = {
        "recorded": len(recorded),
        "again": len(again),
        "matched": len(pairs),
        "most_score_difference": round(max(scores, default=0.0), 4),
        "most_distance_m": round(max(apart, default=0.0), 4),
    }
    same = not without and max(scores, default=0.0) == 0.0 and max(apart, default=0.0) == 0.0
    return Verdict(same, figures, faults)


def _pairs(
    recorded: Sequence[Feature], again: Sequence[Feature], reach_m: float
) -> tuple[list[tuple[Feature, Feature]], list[Feature]]:
    """Findings of one class that are nearest to each other, each once, and those that stay alone."""
    near = sorted(
        (distance, i, j)
        for i, one in enumerate(recorded)
        for j, other in enumerate(again)
        if one["properties"]["class"] == other["properties"]["class"]
        and (distance := _distance_m(one, other)) <= reach_m
    )
    ours, theirs, pairs = set(range(len(recorded))), set(range(len(again))), []
    for _, i, j in near:
        if i in ours and j in theirs:
            ours.remove(i)
            theirs.remove(j)
            pairs.append((recorded[i], again[j]))
    return pairs, [recorded[i] for i in sorted(ours)] + [again[j] for j in sorted(theirs)]


def _distance_m(one: Feature, other: Feature) -> float:
    (x, y), (u, v) = one["geometry"]["coordinates"], other["geometry"]["coordinates"]
    return _METRES_A_DEGREE * math.hypot((x - u) * math.cos(math.radians(y)), y - v)


def _place(one: Feature) -> str:
    longitude, latitude = one["geometry"]["coordinates"]
    return f"{latitude:.7f}, {longitude:.7f}"
