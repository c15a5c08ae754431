"""What each step of the chain leaves in the object store, written as the step writes it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pictures import write_flight

from dronelake.catalog.command import main as catalog
from dronelake.keys import MODEL_BUCKET, ORTHO_BUCKET, RESULT_BUCKET, Flight, encode
from dronelake.storage import Store, StoredObject
from dronelake.upload import upload

IMAGE = "registry.example.org/tasks:test@sha256:" + 64 * "3"
FOOTPRINT = {
    "type": "Polygon",
    "coordinates": [[[5.1, 52.1], [5.101, 52.1], [5.101, 52.101], [5.1, 52.101], [5.1, 52.1]]],
}


@dataclass(frozen=True)
class Uploaded:
    flight: Flight
    version: str

    @property
    def env(self) -> dict[str, str]:
        return {"FLIGHT_KEY": encode(self.flight.manifest_key), "FLIGHT_VERSION": self.version}


def uploaded(
    store: Store, flight: Flight, folder: Path, names: tuple[str, ...] = ("1.jpg", "2.jpg", "3.jpg")
) -> Uploaded:
    write_flight(folder, list(names))
    return Uploaded(flight, str(upload(store, flight, folder, "drone-operator", "tasks:test")["version_id"]))


def stitched(store: Store, source: Uploaded, **changes: Any) -> StoredObject:
    """An orthophoto's object and, before it, its report; the pixels do not matter to the catalogue."""
    flight = source.flight
    report = {
        "engine": "sfm",
        "photos": {"given": 3, "registered": 3},
        "crs": "EPSG:28992",
        "gsd_m": 0.02,
        "bounds": [136000.0, 455000.0, 136040.0, 455020.0],
        "size_px": [2000, 1000],
        "footprint": FOOTPRINT,
        "alignment": {"rms_m": {"east": 0.1, "north": 0.1, "up": 0.2, "total": 0.24}},
    } | changes
    about = {"flight-key": encode(flight.manifest_key), "flight-version": source.version}
    report |= {"images": {"dronelake": IMAGE}}
    about |= {"engine": "sfm", "code-version": "tasks:test", "run": f"orthophoto-{source.version}"}
    store.put(ORTHO_BUCKET, flight.report_key(), json.dumps(report).encode(), metadata=about)
    return store.put(ORTHO_BUCKET, flight.ortho_key(), f"cog {report['gsd_m']}".encode(), metadata=about)


def published(store: Store, name: str, images: Sequence[StoredObject] = ()) -> StoredObject:
    """A model, what it was trained on if it was on `images`, and its card."""
    weights = store.put(MODEL_BUCKET, f"{name}/model.onnx", b"weights " + name.encode())
    card = {"name": name, "classes": ["Muskusrat klem", "Beschadiging oever"], "gsd_m": 0.02, "tile_px": 640}
    card["onnx"] = {"sha256": weights.sha256, "version": weights.version_id}
    if images:
        listed = [{"bucket": one.bucket, "key": one.key, "version_id": one.version_id} for one in images]
        body = json.dumps({"format": 1, "images": listed}).encode()
        dataset = store.put(MODEL_BUCKET, f"{name}/dataset.json", body)
        card["dataset"] = {"manifest_sha256": dataset.sha256, "version": dataset.version_id}
    store.put(MODEL_BUCKET, f"{name}/model.json", json.dumps(card).encode())
    return weights


def detected(store: Store, flight: Flight, orthophoto: StoredObject, model: StoredObject) -> StoredObject:
    """A detection's findings, one picture and, last, its result."""
    geojson = store.put(
        RESULT_BUCKET, flight.result_key("findings.geojson"), b'{"type":"FeatureCollection","features":[]}'
    )
    folder = f"pictures/{orthophoto.version_id[:8]}-{model.version_id[:8]}"
    picture = store.put(RESULT_BUCKET, flight.result_key(f"{folder}/1-muskusrat-klem.jpg"), b"\xff\xd8\xff\xd9")
    result = {
        "project": flight.project,
        "flight": flight.name,
        "orthophoto": {"key": orthophoto.key, "version": orthophoto.version_id},
        "model": {"name": model.key.split("/")[0], "version": model.version_id},
        "findings": 1,
        "classes": {"Muskusrat klem": 1},
        "geojson": {"key": geojson.key, "version": geojson.version_id},
        "pictures": [{"key": picture.key, "version": picture.version_id}],
        "finished_at": "2026-05-01T13:00:00Z",
        "code_version": "tasks:test",
        "images": {"dronelake": IMAGE},
        "run": f"detection-{orthophoto.version_id}",
    }
    return store.put(RESULT_BUCKET, flight.result_key("result.json"), json.dumps(result).encode())


def catalogued(monkeypatch: pytest.MonkeyPatch, source: Uploaded, orthophoto: StoredObject, *subjects: str) -> None:
    """Catalogue as the steps of the pipelines do."""
    ortho = {"ORTHO_KEY": encode(orthophoto.key), "ORTHO_VERSION": orthophoto.version_id}
    for name, value in {**source.env, **ortho}.items():
        monkeypatch.setenv(name, value)
    for subject in subjects:
        catalog([subject])
