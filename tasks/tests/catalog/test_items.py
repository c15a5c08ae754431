"""Items: what a user of the catalogue reads, for a chain as the steps leave it."""

import json
import re
from pathlib import Path
from typing import Any

import pystac
import pytest
from chain import FOOTPRINT, Uploaded, detected, published, stitched, uploaded
from hypothesis import given
from hypothesis import strategies as st
from names import SEGMENTS
from pictures import geotiff, jpeg
from servers import Minio

from dronelake.catalog.flight import flight_item
from dronelake.catalog.ids import item_id
from dronelake.catalog.item import to_document
from dronelake.catalog.model import model_item
from dronelake.catalog.orthophoto import orthophoto_item
from dronelake.catalog.rasters import bounds_of
from dronelake.catalog.results import result_item
from dronelake.catalog.validate import validate
from dronelake.errors import BadInput, Unavailable
from dronelake.keys import MODEL_BUCKET, ORTHO_BUCKET, RAW_BUCKET, RESULT_BUCKET, Flight
from dronelake.manifest import load
from dronelake.storage import Store, StoredObject
from dronelake.upload import upload

_VERSIONS = st.uuids().map(str)


@pytest.fixture
def flight(project: str) -> Flight:
    return Flight(project, "vlucht $(1) é")


@pytest.fixture
def source(store: Store, flight: Flight, tmp_path: Path) -> Uploaded:
    return uploaded(store, flight, tmp_path / "photos", ("1.jpg", "2 $(x) é.jpg", "3.tif"))


def _document(item: pystac.Item) -> dict[str, Any]:
    document = to_document(item)
    validate(document)
    return document


def _derived(document: dict[str, Any]) -> list[str]:
    return [link["href"] for link in document["links"] if link["rel"] == "derived_from"]


def test_a_flight_names_every_photo_by_version_and_checksum(store: Store, source: Uploaded) -> None:
    document = _document(flight_item(store, source.flight.manifest_key, source.version))
    assets = document["assets"]
    assert {asset["href"] for asset in assets.values()} == {
        f"s3://drone-raw/{source.flight.prefix}{name}" for name in ("1.jpg", "2 $(x) é.jpg", "3.tif", "flight.json")
    }
    for asset in assets.values():
        stored = store.head("drone-raw", asset["href"].removeprefix("s3://drone-raw/"), asset["version"])
        assert asset["file:size"] == stored.size
        assert asset["file:checksum"] == f"1220{stored.sha256}"
    properties = document["properties"]
    assert properties["datetime"] == "2026-05-01T10:00:00Z"
    assert properties["instruments"] == ["DJI FC300S"]
    assert properties["lake:time_source"] == "exif"
    assert document["bbox"] == pytest.approx([5.1, 52.1, 5.1001, 52.1])


def test_a_flight_whose_camera_tells_no_zone_says_so(store: Store, flight: Flight, tmp_path: Path) -> None:
    (tmp_path / "1.jpg").write_bytes(jpeg(1))
    (tmp_path / "2.jpg").write_bytes(jpeg(2, offset=None))
    version = str(upload(store, flight, tmp_path, "drone-operator", "tasks:test")["version_id"])
    assert flight_item(store, flight.manifest_key, version).properties["lake:time_source"] == "exif-local"


def test_an_orthophoto_says_what_it_was_made_of(store: Store, source: Uploaded) -> None:
    orthophoto = stitched(store, source)
    document = _document(orthophoto_item(store, orthophoto.key, orthophoto.version_id))
    properties = document["properties"]
    assert properties["proj:code"] == "EPSG:28992"
    assert properties["proj:shape"] == [1000, 2000]
    assert properties["proj:transform"] == [0.02, 0.0, 136000.0, 0.0, -0.02, 455020.0]
    assert properties["gsd"] == 0.02
    assert properties["processing:software"] == {"dronelake": "tasks:test", "engine": "sfm"}
    assert source.version in properties["processing:lineage"]
    assert properties["lake:run"] == f"orthophoto-{source.version}"
    assert document["geometry"]["coordinates"][0][0] == FOOTPRINT["coordinates"][0][0]
    assert document["assets"]["orthophoto"]["version"] == orthophoto.version_id
    flight_id = flight_item(store, source.flight.manifest_key, source.version).id
    assert _derived(document) == [f"collections/drone-raw/items/{flight_id}"]


def test_a_stitched_flight_is_where_its_cameras_looked(store: Store, source: Uploaded) -> None:
    before = _document(flight_item(store, source.flight.manifest_key, source.version))
    assert before["properties"]["lake:footprint_source"] == "positions"
    stitched(store, source)
    after = _document(flight_item(store, source.flight.manifest_key, source.version))
    assert after["properties"]["lake:footprint_source"] == "poses"
    assert after["geometry"] == FOOTPRINT
    assert after["id"] == before["id"]


def test_the_sky_is_told_where_somebody_looked(store: Store, flight: Flight, tmp_path: Path) -> None:
    (tmp_path / "1.jpg").write_bytes(jpeg(1))
    seen = Uploaded(flight, str(upload(store, flight, tmp_path, "drone-operator", "tasks:test", 35)["version_id"]))
    orthophoto = stitched(store, seen)
    for item in (
        flight_item(store, flight.manifest_key, seen.version),
        orthophoto_item(store, orthophoto.key, orthophoto.version_id),
    ):
        document = _document(item)
        assert document["properties"]["eo:cloud_cover"] == 35
        assert "https://stac-extensions.github.io/eo/v2.0.0/schema.json" in document["stac_extensions"]
    again = upload(store, flight, tmp_path, "drone-operator", "tasks:test")
    assert again["version_id"] == seen.version  # a repeated upload does not forget it
    corrected = upload(store, flight, tmp_path, "drone-operator", "tasks:test", 40)
    assert corrected["new_manifest"] is True


def test_an_older_orthophoto_keeps_its_own_report(
    store: Store, source: Uploaded, flight: Flight, tmp_path: Path
) -> None:
    first = stitched(store, source, gsd_m=0.05)
    second = stitched(store, uploaded(store, flight, tmp_path / "photos", ("4.jpg",)), gsd_m=0.01)
    assert orthophoto_item(store, first.key, first.version_id).properties["gsd"] == 0.05
    assert orthophoto_item(store, second.key, second.version_id).properties["gsd"] == 0.01


def test_georeferenced_rasters_are_where_their_header_says(store: Store, flight: Flight, tmp_path: Path) -> None:
    (tmp_path / "1.tif").write_bytes(geotiff(155_000, 463_100))
    (tmp_path / "2 $(x).tif").write_bytes(geotiff(155_100, 463_100))
    version = str(upload(store, flight, tmp_path, "drone-operator", "tasks:test")["version_id"])
    document = _document(flight_item(store, flight.manifest_key, version))
    # The origin of the Dutch grid (EPSG:28992: 155 000, 463 000) is the tower of Amersfoort, 5.38720 E, 52.15517 N.
    assert document["bbox"] == pytest.approx([5.38720, 52.15517, 5.39013, 52.15607], abs=1e-4)
    assert document["properties"]["lake:time_source"] == "upload"


def test_an_outage_is_not_a_flight_of_no_place(store: Store, minio: Minio, flight: Flight, tmp_path: Path) -> None:
    (tmp_path / "1.tif").write_bytes(geotiff(155_000, 463_100))
    version = str(upload(store, flight, tmp_path, "drone-operator", "tasks:test")["version_id"])
    photos = load(store, RAW_BUCKET, flight.manifest_key, version).photos
    away = Store(minio.settings.model_copy(update={"aws_endpoint_url_s3": "http://127.0.0.1:1"}))
    with pytest.raises(Unavailable, match=r"does not answer .*1\.tif"):
        bounds_of(away, photos)


def test_a_flight_of_no_place_is_refused(store: Store, flight: Flight, tmp_path: Path) -> None:
    source = uploaded(store, flight, tmp_path / "rasters", ("1.tif", "2.tif"))
    with pytest.raises(BadInput, match="has a GPS position or is a georeferenced raster"):
        flight_item(store, flight.manifest_key, source.version)


def test_a_model_is_described_by_its_card(store: Store, project: str) -> None:
    name = project.replace(" ", "-")
    weights = published(store, name)
    document = _document(model_item(store, name))
    properties = document["properties"]
    assert document["assets"]["model"]["version"] == weights.version_id
    assert properties["mlm:tasks"] == ["object-detection"]
    titles = [one["description"] for one in properties["mlm:output"][0]["classification:classes"]]
    assert titles == ["Muskusrat klem", "Beschadiging oever"]
    assert properties["mlm:input"][0]["input"]["shape"] == [-1, 3, 640, 640]


def test_a_model_says_what_it_was_trained_on(store: Store, project: str, source: Uploaded) -> None:
    manifest = load(store, RAW_BUCKET, source.flight.manifest_key, source.version)
    photos = [StoredObject(RAW_BUCKET, photo.key, photo.version_id, 1, "") for photo in manifest.photos]
    name = project.replace(" ", "-")
    published(store, name, photos)
    document = _document(model_item(store, name))
    dataset = store.head(MODEL_BUCKET, f"{name}/dataset.json")
    assert document["assets"]["dataset"]["version"] == dataset.version_id
    assert document["properties"]["lake:dataset"] == {
        "version": dataset.version_id,
        "images": [{"href": photo.uri, "version": photo.version_id} for photo in photos],
        "generated": 0,
    }


def test_each_model_version_keeps_its_own_card(store: Store, project: str) -> None:
    name = project.replace(" ", "-")
    first, second = published(store, name), published(store, name)
    assert model_item(store, name).properties["version"] == second.version_id
    assert model_item(store, name, first.version_id).assets["model"].extra_fields["version"] == first.version_id
    with pytest.raises(BadInput, match=r"names version 3b1fb9b2 of model.onnx; publish it"):
        model_item(store, name, "3b1fb9b2")


def test_a_result_leads_back_to_orthophoto_and_model(store: Store, source: Uploaded, flight: Flight) -> None:
    orthophoto, model = stitched(store, source), published(store, "muskrat-bank")
    detected(store, flight, orthophoto, model)
    item, _ = result_item(store, orthophoto.key, orthophoto.version_id)
    document = _document(item)
    assert _derived(document) == [
        f"collections/drone-ortho/items/{orthophoto_item(store, orthophoto.key, orthophoto.version_id).id}",
        f"collections/ai-models/items/{model_item(store, 'muskrat-bank', model.version_id).id}",
    ]
    assert set(document["assets"]) == {"result", "findings", "picture-0001"}
    assert document["properties"]["lake:findings"] == 1
    assert orthophoto.version_id in document["id"]
    assert model.version_id in document["id"]


def test_the_result_of_another_version_is_not_taken(store: Store, source: Uploaded, flight: Flight) -> None:
    first, second = stitched(store, source, gsd_m=0.05), stitched(store, source, gsd_m=0.01)
    detected(store, flight, first, published(store, "muskrat-bank"))
    with pytest.raises(
        BadInput, match=rf"no result in ai-results is of .* version {second.version_id}; detect on it first"
    ):
        result_item(store, second.key, second.version_id)
    assert result_item(store, first.key, first.version_id)[1].orthophoto.version == first.version_id


def test_an_orthophoto_of_unknown_origin_is_refused(store: Store, flight: Flight) -> None:
    stray = store.put(ORTHO_BUCKET, flight.ortho_key(), b"cog")
    with pytest.raises(BadInput, match="does not say which flight it was made of"):
        orthophoto_item(store, stray.key, stray.version_id)


def test_a_broken_report_or_result_is_named(store: Store, source: Uploaded, flight: Flight) -> None:
    orthophoto = stitched(store, source, crs="RD", gsd_m=-1)
    with pytest.raises(BadInput, match=r"report\.json .*crs: .*gsd_m: "):
        orthophoto_item(store, orthophoto.key, orthophoto.version_id)
    store.put(RESULT_BUCKET, flight.result_key("result.json"), json.dumps({"project": "p"}).encode())
    with pytest.raises(BadInput, match=r"result\.json .*orthophoto: "):
        result_item(store, orthophoto.key, orthophoto.version_id)


@given(SEGMENTS, SEGMENTS, _VERSIONS, _VERSIONS)
def test_ids_are_safe_in_addresses_and_differ_where_versions_do(
    project: str, flight: str, one: str, other: str
) -> None:
    first, second = (item_id(project, flight, versions=(version,)) for version in (one, other))
    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", first)
    assert len(first) <= 130
    assert first == item_id(project, flight, versions=(one,))
    assert (first == second) == (one == other)
