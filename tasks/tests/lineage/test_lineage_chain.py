"""Lineage of what real steps left in a real object store and catalogue, asked as the intern."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from chain import IMAGE, Uploaded, catalogued, detected, published, stitched, uploaded
from servers import Postgres

from dronelake.database import connect
from dronelake.detect.boxes import Box
from dronelake.detect.finding import Finding
from dronelake.detect.rows import Source, replace
from dronelake.errors import NotFound
from dronelake.keys import MODEL_BUCKET, RAW_BUCKET, Flight
from dronelake.lineage.command import main
from dronelake.lineage.pgstac import readers
from dronelake.lineage.walk import Lineage, lineage
from dronelake.manifest import load
from dronelake.settings import DatabaseSettings
from dronelake.storage import Store, StoredObject


@dataclass(frozen=True)
class Lake:
    """A flight whose photos taught a model, which found one thing on the flight's orthophoto."""

    reader: DatabaseSettings
    source: Uploaded
    photos: list[str]
    orthophoto: StoredObject
    model: StoredObject
    finding: str

    def ask(self, subject: str) -> Lineage:
        with readers(self.reader)() as reader:
            return lineage(reader, subject)


def _at(stored: StoredObject) -> str:
    return f"{stored.uri}?versionId={stored.version_id}"


@pytest.fixture
def lake(
    store: Store,
    flight: Flight,
    tmp_path: Path,
    postgres: Postgres,
    database: DatabaseSettings,
    monkeypatch: pytest.MonkeyPatch,
) -> Lake:
    source = uploaded(store, flight, tmp_path / "photos")
    photos = load(store, RAW_BUCKET, flight.manifest_key, source.version).photos
    images = [StoredObject(RAW_BUCKET, photo.key, photo.version_id, photo.size, photo.etag) for photo in photos]
    orthophoto = stitched(store, source)
    model = published(store, flight.project.replace(" ", "-"), images[:2])
    detected(store, flight, orthophoto, model)
    catalogued(monkeypatch, source, orthophoto, "flight", "orthophoto", "results")
    made = Source(flight.project, flight.name, orthophoto, 0.02, model.key.split("/")[0], model, model, "detection-1")
    corners = ((5.1, 52.1), (5.1, 52.2), (5.2, 52.2), (5.2, 52.1))
    thing = Finding("Muskusrat klem", 0.9, Box(0, 0.9, 0, 0, 8, 8), (5.1, 52.1), corners, (0, 0))
    picture = StoredObject("ai-results", flight.result_key("pictures/1.jpg"), "picture-version", 1, "")
    with connect(postgres.settings(database.pgdatabase, "pipeline_detect")) as writer:
        replace(writer, made, [thing], [picture])
        row = writer.execute("SELECT id FROM detections.finding").fetchone()
    assert row is not None
    for name, value in postgres.env(database.pgdatabase, "catalog").items():
        monkeypatch.setenv(name, value)
    reader = postgres.settings(database.pgdatabase, "catalog")
    return Lake(reader, source, [_at(image) for image in images], orthophoto, model, f"finding:{row[0]}")


def test_a_finding_ends_at_every_photo_by_version(lake: Lake, capsys: pytest.CaptureFixture[str]) -> None:
    told = lake.ask(lake.finding)
    nodes = {node.id: node for node in told.made_of}
    assert {node.id for node in told.made_of if node.kind == "photo"} == set(lake.photos)
    result, orthophoto = nodes[told.subject.made_of[0]], nodes[_at(lake.orthophoto)]
    assert (result.kind, set(result.made_of)) == ("result", {orthophoto.id, _at(lake.model)})
    for node in (result, orthophoto):
        assert node.facts["code_version"] == "tasks:test"
        assert node.facts["images"] == {"dronelake": IMAGE}
    flight, dataset = nodes[orthophoto.made_of[0]], nodes[nodes[_at(lake.model)].made_of[0]]
    assert flight.version == lake.source.version
    assert set(flight.made_of) == set(lake.photos)
    assert (dataset.kind, list(dataset.made_of)) == ("dataset", lake.photos[:2])
    assert told.made_into == []

    main([lake.finding])
    printed = capsys.readouterr().out
    for node in told.made_of:
        assert node.id in printed
    main([lake.finding, "--json"])
    assert json.loads(capsys.readouterr().out) == json.loads(told.model_dump_json())


def test_a_photo_leads_forward_to_all_that_was_made_of_it(lake: Lake) -> None:
    taught, other = lake.ask(lake.photos[0]), lake.ask(lake.photos[2])
    kinds = [node.kind for node in taught.made_into]
    assert sorted(kinds) == ["dataset", "finding", "flight", "model", "orthophoto", "result"]
    assert {node.kind for node in other.made_into} == {"flight", "orthophoto", "result", "finding"}
    result = next(node for node in other.made_into if node.kind == "result")
    assert _at(lake.model) in result.made_of, "a result names its model too"
    assert taught.made_of == []


def test_a_model_answers_on_which_version_of_the_dataset_it_was_trained(lake: Lake, store: Store) -> None:
    told = lake.ask(f"s3://{MODEL_BUCKET}/{lake.model.key}")
    dataset = told.made_of[0]
    stored = store.head(MODEL_BUCKET, lake.model.key.replace("model.onnx", "dataset.json"))
    assert dataset.id == _at(stored)
    assert [node.id for node in told.made_of[1:]] == lake.photos[:2]
    assert told.notes == [f"no version was given: this is the newest that the catalogue has, {_at(lake.model)}"]
    assert [node.kind for node in told.made_into] == ["result", "finding"]


def test_the_same_thing_is_found_by_its_item_and_its_object(lake: Lake) -> None:
    by_object = lake.ask(_at(lake.orthophoto))
    assert by_object.subject.item is not None
    assert lake.ask(by_object.subject.item) == by_object
    assert lake.ask(f"s3://drone-raw/{lake.source.flight.manifest_key}").subject.version == lake.source.version


def test_the_older_version_of_an_orthophoto_keeps_its_own_lineage(
    lake: Lake, store: Store, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = stitched(store, lake.source, gsd_m=0.03)
    for name, value in postgres.env(lake.reader.pgdatabase, "pipeline_catalog").items():
        monkeypatch.setenv(name, value)
    catalogued(monkeypatch, lake.source, newer, "orthophoto")
    assert lake.ask(newer.uri).subject.version == newer.version_id
    assert lake.ask(newer.uri).made_into == []
    assert [node.kind for node in lake.ask(_at(lake.orthophoto)).made_into] == ["result", "finding"]


@pytest.mark.parametrize(
    ("subject", "told"),
    [
        ("999999", r"no finding:999999; it has 1 flights .*1 findings \(the newest is finding:\d+\)"),
        ("sample-dike-x", r"no sample-dike-x; it has 1 flights \(the newest is [a-z0-9-]+\)"),
        ("s3://drone-ortho/p/f/p-merged.geotiff", r"no s3://drone-ortho/p/f/p-merged.geotiff; it has"),
    ],
)
def test_what_the_catalogue_does_not_have_is_answered_with_what_it_has(lake: Lake, subject: str, told: str) -> None:
    with pytest.raises(NotFound, match=told):
        lake.ask(subject)


def test_another_version_is_answered_with_those_there_are(lake: Lake) -> None:
    with pytest.raises(NotFound, match=f"no version 1 of .*; it has {lake.orthophoto.version_id}"):
        lake.ask(f"{lake.orthophoto.uri}?versionId=1")
