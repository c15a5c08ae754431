"""The rows of a run in `detections.finding`."""

from collections.abc import Sequence
from dataclasses import dataclass

import psycopg
from shapely import wkb
from shapely.geometry import Point, Polygon

from dronelake.database import only_one
from dronelake.detect.finding import Finding
from dronelake.storage import StoredObject

_DELETE = "DELETE FROM detections.finding WHERE orthophoto_version = %s AND model_version = %s"
_INSERT = """
INSERT INTO detections.finding (project, flight, class, score, position, box, gsd_m, orthophoto_key,
  orthophoto_version, model_name, model_version, picture_key, picture_version, run)
VALUES (%s, %s, %s, %s, ST_GeomFromWKB(%s, 4326), ST_GeomFromWKB(%s, 4326), %s, %s, %s, %s, %s, %s, %s, %s)
"""


@dataclass(frozen=True)
class Source:
    """What a run's findings were made of, and by which run."""

    project: str
    flight: str
    orthophoto: StoredObject
    gsd_m: float
    model_name: str
    weights: StoredObject
    card: StoredObject
    """Its thresholds decide what is a finding, so it is part of what the run is made of, beside the weights."""
    run: str


def replace(
    connection: psycopg.Connection, source: Source, findings: Sequence[Finding], pictures: Sequence[StoredObject]
) -> None:
    """Write the findings in place of those of an earlier run on the same orthophoto by the same model, or nothing.

    `pictures` has one object a finding, in the same order.
    """
    about = (source.orthophoto.key, source.orthophoto.version_id, source.model_name, source.weights.version_id)
    values = [
        (
            source.project,
            source.flight,
            finding.name,
            finding.score,
            wkb.dumps(Point(finding.position)),
            wkb.dumps(Polygon(finding.outline)),
            source.gsd_m,
            *about,
            shown.key,
            shown.version_id,
            source.run,
        )
        for finding, shown in zip(findings, pictures, strict=True)
    ]
    what = f"findings of orthophoto {source.orthophoto.version_id} by model {source.weights.version_id}"
    # Two runs at once: without it neither would see the other's rows, and the second would fail on the first's.
    with only_one(connection, what), connection.transaction(), connection.cursor() as cursor:
        cursor.execute(_DELETE, (source.orthophoto.version_id, source.weights.version_id))
        cursor.executemany(_INSERT, values)
