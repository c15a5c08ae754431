"""Offline validation: the schemas that are kept decide, and nothing is fetched."""

import copy
import json
import socket
from pathlib import Path
from typing import Any

import pytest

import dronelake.catalog.schemas as schemas
from dronelake.catalog.collections import COLLECTION_IDS, collections
from dronelake.catalog.validate import validate
from dronelake.errors import BadInput

_FILE = "https://stac-extensions.github.io/file/v2.1.0/schema.json"
_PROJECTION = "https://stac-extensions.github.io/projection/v2.0.0/schema.json"
_ITEM: dict[str, Any] = {
    "type": "Feature",
    "stac_version": "1.1.0",
    "id": "a",
    "geometry": {"type": "Point", "coordinates": [5.0, 52.0]},
    "bbox": [5.0, 52.0, 5.0, 52.0],
    "properties": {"datetime": "2026-05-01T12:00:00Z", "proj:code": "EPSG:28992"},
    "links": [{"rel": "collection", "href": "collections/drone-raw"}],
    "collection": "drone-raw",
    "assets": {"photo": {"href": "s3://drone-raw/a", "file:size": 3, "file:checksum": "1220" + "0" * 64}},
    "stac_extensions": [_FILE, _PROJECTION],
}


def _with(path: tuple[str, ...], value: Any) -> dict[str, Any]:
    document = copy.deepcopy(_ITEM)
    place = document
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return document


def test_needs_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the validation opened a socket")

    monkeypatch.setattr(socket, "socket", refuse)
    validate(_ITEM)
    for collection in collections():
        validate(collection.to_dict(include_self_link=False))


def test_there_are_four_collections_and_no_others() -> None:
    assert COLLECTION_IDS == ("drone-raw", "drone-ortho", "ai-models", "ai-results")


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (_with(("stac_version",), "1.0.0"), "it must be 1.1.0"),
        (_with(("type",), "Catalog"), "neither an item nor a collection"),
        (_with(("properties", "datetime"), "yesterday"), "item-spec.*properties/datetime"),
        (_with(("geometry",), {"type": "Point"}), "item-spec"),
        (_with(("bbox",), [1, 2]), "bbox"),
        (_with(("assets", "photo", "file:checksum"), "not hex"), "file/v2.1.0.*file:checksum"),
        (_with(("properties", "proj:code"), 28992), "projection/v2.0.0.*proj:code"),
        (_with(("stac_extensions",), ["https://example.org/unknown/v1.0.0/schema.json"]), "is not kept with the code"),
    ],
)
def test_refuses_what_a_schema_refuses(document: dict[str, Any], reason: str) -> None:
    with pytest.raises(BadInput, match=reason):
        validate(document)


def test_each_kept_schema_is_the_one_that_its_name_says() -> None:
    for path in Path(schemas.__path__[0]).glob("*.json"):
        name, version = path.stem.rsplit("-v", 1)
        title = json.loads(path.read_text())
        assert name in title["$id"]
        assert version in json.dumps(title)
