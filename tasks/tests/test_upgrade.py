"""An upgrade of pgSTAC with data in it: from releases that an environment may still have to the pinned one."""

import json
from pathlib import Path
from typing import Any

import psycopg
import pypgstac
import pytest
from chain import Uploaded, uploaded
from lake import rows
from psycopg.types.json import Jsonb
from servers import Postgres

from dronelake.catalog.collections import collections
from dronelake.catalog.flight import flight_item
from dronelake.catalog.item import to_document
from dronelake.catalog.load import load
from dronelake.database import connect
from dronelake.keys import Flight
from dronelake.migrate import migrate
from dronelake.migrations import ledger, pgstac
from dronelake.storage import Store

PINNED: str = pypgstac.__version__


@pytest.fixture
def source(store: Store, project: str, tmp_path: Path) -> Uploaded:
    return uploaded(store, Flight(project, "1 'é'"), tmp_path / "photos")


def _found(connection: psycopg.Connection) -> list[dict[str, Any]]:
    """Every item as a client finds it."""
    connection.execute("SET search_path TO pgstac, public")
    [[answer]] = rows(connection, "SELECT search(%s::jsonb)", json.dumps({"limit": 100}))
    assert isinstance(answer, dict)
    # Links to the next page are the server's business, and new releases word them in another way.
    return sorted(answer["features"], key=lambda feature: str(feature["id"]))


@pytest.mark.parametrize("older", ["0.8.6", "0.9.0", "0.9.6", "0.9.10"])
def test_an_upgrade_keeps_every_item_and_goes_on(
    older: str,
    store: Store,
    source: Uploaded,
    postgres: Postgres,
    bare_database: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    item = flight_item(store, source.flight.manifest_key, source.version)
    document = to_document(item)
    with connect(postgres.settings(bare_database, "lake_owner")) as owner:
        with monkeypatch.context() as earlier:
            earlier.setattr(pypgstac, "__version__", older)
            assert pgstac.migrate(owner) == (None, older)
        ledger.migrate(owner, ledger.steps())
        owner.execute("SET search_path TO pgstac, public")
        for collection in collections():
            owner.execute("SELECT create_collection(%s)", (Jsonb(collection.to_dict(include_self_link=False)),))
        for number in range(3):
            copied = {**document, "id": f"before-{number}"}
            owner.execute("SELECT create_item(%s)", (Jsonb(copied),))
        before = _found(owner)
        assert [feature["id"] for feature in before] == ["before-0", "before-1", "before-2"]

        assert migrate(owner)[0] == f"pgSTAC {older} → {PINNED}"
        assert _found(owner) == before
        assert migrate(owner)[0] == f"pgSTAC {PINNED} was there"
    with connect(postgres.settings(bare_database, "pipeline_catalog")) as cataloguing:
        load(cataloguing, [item])
        assert len(_found(cataloguing)) == 4
    with postgres.connect(bare_database, "catalog") as reader:
        assert len(_found(reader)) == 4


def test_an_upgrade_that_fails_leaves_the_release_that_was_there(
    store: Store, source: Uploaded, postgres: Postgres, bare_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with connect(postgres.settings(bare_database, "lake_owner")) as owner:
        with monkeypatch.context() as earlier:
            earlier.setattr(pypgstac, "__version__", "0.9.9")
            pgstac.migrate(owner)
        whole = pgstac._without_role_statements
        monkeypatch.setattr(
            pgstac, "_without_role_statements", lambda text: f"{whole(text)}; SELECT no_such_function();"
        )
        with pytest.raises(psycopg.errors.UndefinedFunction):
            migrate(owner)
        assert pgstac.installed(owner) == "0.9.9"
        monkeypatch.undo()
        assert migrate(owner)[0] == f"pgSTAC 0.9.9 → {PINNED}"
