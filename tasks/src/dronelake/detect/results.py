"""What a run leaves in `ai-results`: pictures, findings as GeoJSON and, last, the result with its provenance."""

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

from dronelake.detect.finding import Finding
from dronelake.detect.rows import Source
from dronelake.keys import RESULT_BUCKET, Flight, slug
from dronelake.settings import RunSettings
from dronelake.storage import Store, StoredObject


def put_pictures(
    store: Store, flight: Flight, source: Source, findings: Sequence[Finding], jpegs: Sequence[bytes]
) -> list[StoredObject]:
    """Upload one picture a finding; returns their objects in the same order.

    They lie in a folder of their orthophoto and model versions, so that those of an earlier run, which may have found
    more, are never taken for this one's.
    """
    folder = f"pictures/{source.orthophoto.version_id[:8]}-{source.weights.version_id[:8]}"
    keys = [
        flight.result_key(f"{folder}/{number}-{slug(finding.name)}.jpg") for number, finding in enumerate(findings, 1)
    ]
    with ThreadPoolExecutor(8) as pool:
        return list(
            pool.map(lambda key, jpeg: store.put(RESULT_BUCKET, key, jpeg, content_type="image/jpeg"), keys, jpegs)
        )


def feature(finding: Finding, gsd_m: float) -> dict[str, Any]:
    """A finding as a GeoJSON feature in EPSG:4326: a point, with its box as a ring in the properties."""
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": list(finding.position)},
        "properties": {
            "class": finding.name,
            "score": round(finding.score, 4),
            # A right-handed ring, closed, as RFC 7946 has it.
            "box": [list(corner) for corner in (*finding.outline[::-1], finding.outline[-1])],
            "gsd_m": gsd_m,
        },
    }


def geojson(source: Source, findings: Sequence[Finding], pictures: Sequence[StoredObject]) -> dict[str, Any]:
    """The findings as a FeatureCollection, each with its picture."""
    features = []
    for finding, shown in zip(findings, pictures, strict=True):
        one = feature(finding, source.gsd_m)
        one["properties"] |= {"picture": shown.uri, "picture_version": shown.version_id}
        features.append(one)
    return {"type": "FeatureCollection", "features": features}


def put_findings(
    store: Store, flight: Flight, source: Source, findings: Sequence[Finding], pictures: Sequence[StoredObject]
) -> StoredObject:
    """Upload the findings as GeoJSON."""
    body = json.dumps(geojson(source, findings, pictures), ensure_ascii=False).encode()
    return store.put(RESULT_BUCKET, flight.result_key("findings.geojson"), body, content_type="application/geo+json")


def put_result(
    store: Store,
    flight: Flight,
    source: Source,
    run: RunSettings,
    settings: Mapping[str, Any],
    findings: Sequence[Finding],
    found: StoredObject,
    pictures: Sequence[StoredObject],
) -> StoredObject:
    """Upload the result, with how the model was run (`settings`): its being there says that all the rest is."""
    counts = {name: sum(finding.name == name for finding in findings) for name in {f.name for f in findings}}
    result = {
        "project": source.project,
        "flight": source.flight,
        "orthophoto": {"key": source.orthophoto.key, "version": source.orthophoto.version_id},
        "model": {
            "name": source.model_name,
            "key": source.weights.key,
            "version": source.weights.version_id,
            "card": {"key": source.card.key, "version": source.card.version_id},
        },
        "findings": len(findings),
        "classes": dict(sorted(counts.items())),
        "gsd_m": source.gsd_m,
        "geojson": {"key": found.key, "version": found.version_id},
        "pictures": [{"key": shown.key, "version": shown.version_id} for shown in pictures],
        "finished_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "code_version": run.code_version,
        "run": source.run,
        "images": {} if run.step_image is None else {"dronelake": run.step_image},
        "settings": dict(settings),
    }
    body = json.dumps(result, indent=1, ensure_ascii=False).encode()
    return store.put(RESULT_BUCKET, flight.result_key("result.json"), body, content_type="application/json")
