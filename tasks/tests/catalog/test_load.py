"""Loading into a real pgSTAC, as the role `pipeline_catalog`."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pystac
import pytest
from chain import Uploaded, detected, published, stitched, uploaded
from lake import rows
from servers import Postgres

from dronelake.catalog.command import main
from dronelake.catalog.flight import flight_item
from dronelake.catalog.load import load
from dronelake.database import connect
from dronelake.errors import BadInput
from dronelake.keys import Flight, encode
from dronelake.migrate import migrate
from dronelake.settings import DatabaseSettings
from dronelake.storage import Store, StoredObject


@pytest.fixture
def source(store: Store, project: str, tmp_path: Path) -> Uploaded:
    return uploaded(store, Flight(project, "1 'é'"), tmp_path / "photos")


@pytest.fixture
def orthophoto(store: Store, source: Uploaded, monkeypatch: pytest.MonkeyPatch) -> StoredObject:
    made = stitched(store, source)
    for name, value in {**source.env, "ORTHO_KEY": encode(made.key), "ORTHO_VERSION": made.version_id}.items():
        monkeypatch.setenv(name, value)
    return made


def _items(postgres: Postgres, database: DatabaseSettings) -> list[tuple[object, ...]]:
    with postgres.connect(database.pgdatabase, "catalog") as reader:
        return rows(reader, "SELECT collection, id FROM pgstac.items ORDER BY 1, 2")


def test_the_whole_chain_is_found_by_search_and_a_rerun_changes_nothing(
    store: Store, source: Uploaded, orthophoto: StoredObject, postgres: Postgres, database: DatabaseSettings
) -> None:
    detected(store, source.flight, orthophoto, published(store, "muskrat-bank"))
    for _ in range(2):
        for subject in ("flight", "orthophoto", "results", "model"):
            main([subject])
    assert [row[0] for row in _items(postgres, database)] == ["ai-models", "ai-results", "drone-ortho", "drone-raw"]
    with postgres.connect(database.pgdatabase, "catalog") as reader:
        reader.execute("SET search_path TO pgstac, public")
        search = json.dumps(
            {"bbox": [5.0999, 52.0999, 5.1011, 52.1011], "datetime": "2026-05-01T00:00:00Z/2026-05-02T00:00:00Z"}
        )
        found = rows(reader, "SELECT search(%s::jsonb)", search)[0][0]
        assert isinstance(found, dict)
        features = {feature["collection"]: feature for feature in found["features"]}
    assert set(features) == {"ai-results", "drone-ortho", "drone-raw"}
    hrefs = {link["href"] for link in features["ai-results"]["links"] if link["rel"] == "derived_from"}
    assert f"collections/drone-ortho/items/{features['drone-ortho']['id']}" in hrefs
    assert features["drone-ortho"]["assets"]["orthophoto"]["href"] == f"s3://drone-ortho/{orthophoto.key}"


def test_the_results_bring_their_model_with_them(
    store: Store, source: Uploaded, orthophoto: StoredObject, postgres: Postgres, database: DatabaseSettings
) -> None:
    detected(store, source.flight, orthophoto, published(store, "muskrat-bank"))
    main(["results"])
    assert [row[0] for row in _items(postgres, database)] == ["ai-models", "ai-results"]


def test_a_collection_tells_what_its_items_cover_and_a_migration_keeps_that(
    orthophoto: StoredObject, postgres: Postgres, database: DatabaseSettings
) -> None:
    main(["orthophoto"])
    with connect(postgres.settings(database.pgdatabase, "lake_owner")) as owner:
        migrate(owner)
        content = rows(owner, "SELECT content -> 'extent' FROM pgstac.collections WHERE id = 'drone-ortho'")[0][0]
    assert isinstance(content, dict)
    assert content["spatial"]["bbox"][0] == pytest.approx([5.1, 52.1, 5.101, 52.101])
    assert content["temporal"]["interval"][0][0].startswith("2026-05-01T10:00:00")


def test_many_loaders_at_once_leave_one_item_each(
    store: Store, project: str, tmp_path: Path, postgres: Postgres, database: DatabaseSettings
) -> None:
    sources = [uploaded(store, Flight(project, str(number)), tmp_path / str(number), ("1.jpg",)) for number in range(4)]

    def run(source: Uploaded) -> None:
        with connect(database) as connection:
            load(connection, [flight_item(store, source.flight.manifest_key, source.version)])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(run, sources * 2))
    assert len(_items(postgres, database)) == 4


def test_an_item_that_is_not_valid_is_never_loaded(
    store: Store, source: Uploaded, postgres: Postgres, database: DatabaseSettings
) -> None:
    good = flight_item(store, source.flight.manifest_key, source.version)
    wrong = pystac.Item.from_dict({**good.to_dict(include_self_link=False), "id": "wrong"})
    wrong.properties["processing:software"] = "one text"
    slashed = pystac.Item.from_dict({**good.to_dict(include_self_link=False), "id": "slashed"})
    slashed.properties["title"] = "a\\b"
    with connect(database) as connection:
        with pytest.raises(BadInput, match=r"'wrong' is not valid by .*processing"):
            load(connection, [good, wrong])
        with pytest.raises(BadInput, match="holds a backslash"):
            load(connection, [slashed])
    assert _items(postgres, database) == []


def test_a_catalogue_that_was_never_migrated_is_told(
    store: Store, source: Uploaded, database: DatabaseSettings
) -> None:
    item = flight_item(store, source.flight.manifest_key, source.version)
    item.collection_id = "other"
    with connect(database) as connection, pytest.raises(BadInput, match="run `dronelake migrate` first"):
        load(connection, [item])


def test_a_reader_cannot_load(store: Store, source: Uploaded, postgres: Postgres, database: DatabaseSettings) -> None:
    item = flight_item(store, source.flight.manifest_key, source.version)
    reader = postgres.settings(database.pgdatabase, "catalog")
    with pytest.raises(Exception, match="role catalog may not do this") as caught, connect(reader) as connection:
        load(connection, [item])
    assert isinstance(caught.value.__cause__, psycopg.errors.InsufficientPrivilege)
