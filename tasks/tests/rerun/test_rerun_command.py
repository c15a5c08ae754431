"""A stitching and a detection done again from a real lake, of which nothing is changed."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from chain import Uploaded, catalogued
from georasters import write_raster
from onnxfile import square_finder
from servers import Postgres

from dronelake.catalog.command import main as catalog
from dronelake.detect.command import main as detect
from dronelake.detect.publish import publish
from dronelake.errors import BadInput, LakeError
from dronelake.keys import MODEL_BUCKET, ORTHO_BUCKET, RAW_BUCKET, RESULT_BUCKET, Flight, encode
from dronelake.rerun.command import main
from dronelake.settings import DatabaseSettings
from dronelake.stitch.command import main as stitch
from dronelake.storage import Store, StoredObject
from dronelake.upload import upload

Again = Callable[[str], dict[str, Any]]


@pytest.fixture
def orthophoto(
    store: Store,
    flight: Flight,
    tmp_path: Path,
    database: DatabaseSettings,
    postgres: Postgres,
    monkeypatch: pytest.MonkeyPatch,
) -> StoredObject:
    """A flight of one georeferenced raster with a white-hot square on it, stitched, searched and catalogued."""
    ground = np.full((3, 600, 800), 60, dtype=np.uint8)
    ground[0, 96:112, 192:208] = 255
    ground[1:, 96:112, 192:208] = 0
    write_raster(tmp_path / "photos" / "west.tif", ground, gsd=0.04)
    source = Uploaded(flight, str(upload(store, flight, tmp_path / "photos", "operator", "tasks:test")["version_id"]))
    _set(monkeypatch, **source.env, WORK_DIR=str(tmp_path / "work"), RESULTS_DIR=str(tmp_path / "results"))
    _set(monkeypatch, STITCH_ENGINE="gdal", CODE_VERSION="tasks:test", RUN_NAME="by-test", STEP_IMAGE="tasks@sha256:1")
    stitch([])
    made = store.head(ORTHO_BUCKET, flight.ortho_key())
    _set(monkeypatch, **postgres.env(database.pgdatabase, "pipeline_detect"))
    name = _model(store, flight, tmp_path)
    _set(monkeypatch, ORTHO_KEY=encode(made.key), ORTHO_VERSION=made.version_id, MODEL_NAME=name)
    detect([])
    _set(monkeypatch, **postgres.env(database.pgdatabase, "pipeline_catalog"))
    catalogued(monkeypatch, source, made, "flight", "orthophoto", "results")
    _set(monkeypatch, **postgres.env(database.pgdatabase, "catalog"))
    return made


def _model(store: Store, flight: Flight, folder: Path) -> str:
    weights, name = square_finder(64, 8), flight.project.replace(" ", "-")
    card = {"name": name, "classes": ["a", "b"], "gsd_m": 0.08, "tile_px": 64, "overlap_px": 16}
    card |= {"thresholds": {"a": 0.6, "b": 0.6}, "onnx": {"sha256": hashlib.sha256(weights).hexdigest()}}
    (folder / "model").mkdir()
    (folder / "model" / "model.onnx").write_bytes(weights)
    (folder / "model" / "model.json").write_text(json.dumps(card))
    publish(store, folder / "model", name)
    return name


def _set(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    for name, value in values.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Again:
    """Runs the command and reads what it printed last."""

    def run(subject: str) -> dict[str, Any]:
        capsys.readouterr()
        try:
            main([subject, str(tmp_path / "again")])
        finally:
            printed = capsys.readouterr().out
        told: dict[str, Any] = json.loads(printed[printed.index("{\n") :])
        return told

    return run


def _contents(store: Store) -> set[tuple[str, str, str]]:
    buckets = (RAW_BUCKET, ORTHO_BUCKET, MODEL_BUCKET, RESULT_BUCKET)
    return {(bucket, found.key, found.version_id) for bucket in buckets for found in store.versions(bucket)}


def _at(stored: StoredObject) -> str:
    return f"{stored.uri}?versionId={stored.version_id}"


def test_a_stitching_comes_out_the_same_and_the_lake_stays_as_it_is(
    store: Store, flight: Flight, orthophoto: StoredObject, again: Again, tmp_path: Path
) -> None:
    # Since then a photo was replaced, and the flight uploaded anew: what was recorded is what counts.
    write_raster(tmp_path / "photos" / "west.tif", np.full((3, 600, 800), 90, dtype=np.uint8), gsd=0.04)
    upload(store, flight, tmp_path / "photos", "operator", "tasks:test")
    before = _contents(store)
    told = again(_at(orthophoto))
    assert told["verdict"] == "identical"
    assert told["recorded"]["images"] == {"dronelake": "tasks@sha256:1"}
    assert told["recorded"]["code_version"] == "tasks:test"
    assert _contents(store) == before
    assert (tmp_path / "again" / "again.tif").read_bytes() == store.read(ORTHO_BUCKET, orthophoto.key)


def test_a_detection_comes_out_the_same_by_the_card_of_then(
    store: Store, flight: Flight, orthophoto: StoredObject, again: Again, tmp_path: Path
) -> None:
    card = json.loads((tmp_path / "model" / "model.json").read_text())
    card["thresholds"] = {"a": 0.99, "b": 0.99}
    (tmp_path / "model" / "model.json").write_text(json.dumps(card))
    publish(store, tmp_path / "model", card["name"])
    before = _contents(store)
    told = again(f"s3://{RESULT_BUCKET}/{flight.result_key('result.json')}")
    assert told["verdict"] == "identical"
    assert (told["compared"]["matched"], told["compared"]["again"]) == (1, 1)
    assert told["recorded"]["orthophoto"] == orthophoto.version_id
    assert _contents(store) == before


def test_findings_that_nobody_can_find_again_are_told_and_fail(
    store: Store,
    flight: Flight,
    orthophoto: StoredObject,
    again: Again,
    database: DatabaseSettings,
    postgres: Postgres,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = json.loads(store.read(RESULT_BUCKET, flight.result_key("findings.geojson")))
    found["features"][0]["geometry"]["coordinates"][0] += 0.001
    changed = store.put(RESULT_BUCKET, flight.result_key("findings.geojson"), json.dumps(found).encode())
    result = json.loads(store.read(RESULT_BUCKET, flight.result_key("result.json")))
    result["geojson"]["version"] = changed.version_id
    store.put(RESULT_BUCKET, flight.result_key("result.json"), json.dumps(result).encode())
    _set(monkeypatch, **postgres.env(database.pgdatabase, "pipeline_catalog"))
    catalog(["results"])
    _set(monkeypatch, **postgres.env(database.pgdatabase, "catalog"))
    with pytest.raises(LakeError, match=r"came out differently: a with score .* was found once only") as caught:
        again("finding:1")
    assert caught.value.exit_code == 1


def test_what_no_run_made_and_a_folder_in_use_are_refused(
    store: Store, flight: Flight, orthophoto: StoredObject, tmp_path: Path
) -> None:
    with pytest.raises(BadInput, match="is a photo of which the catalogue has no run"):
        main([f"s3://{RAW_BUCKET}/{flight.photo_key('west.tif')}", str(tmp_path / "again")])
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    with pytest.raises(BadInput, match="is not an empty folder"):
        main([_at(orthophoto), str(tmp_path / "mine")])
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.txt"]
