"""A catalogue with nothing in it, and one whose database goes away for a while."""

import pytest
import requests
from offline import assert_valid
from psycopg import sql
from pystac_client import Client
from servers import Postgres
from serving import serving

from dronelake.errors import BadInput, Denied, LakeError, Unavailable
from dronelake.serve.command import main
from dronelake.settings import DatabaseSettings

ASKED = ("/readyz", "/stac/search", "/stac/collections", "/features/collections/detections.finding/items")


def _statuses(url: str) -> set[int]:
    return {requests.get(f"{url}{path}", timeout=30).status_code for path in ASKED}


def test_an_empty_catalogue_has_its_collections_and_no_items(postgres: Postgres, database: DatabaseSettings) -> None:
    with serving(postgres, database.pgdatabase) as url:
        client = Client.open(f"{url}/stac")
        for collection in client.get_collections():
            assert_valid(collection)
        assert list(client.search().items()) == []
        assert requests.get(f"{url}/features/collections", timeout=30).json()["numberMatched"] == 1
        items = requests.get(f"{url}/features/collections/detections.finding/items", timeout=30).json()
        assert items["features"] == []


def test_it_says_so_while_the_database_is_away_and_goes_on_when_it_is_back(
    postgres: Postgres, database: DatabaseSettings
) -> None:
    name = sql.Identifier(database.pgdatabase)
    with serving(postgres, database.pgdatabase) as url, postgres.connect() as admin:
        assert _statuses(url) == {200}
        admin.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(name))
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (database.pgdatabase,)
        )
        assert _statuses(url) == {503}
        assert requests.get(f"{url}/healthz", timeout=30).status_code == 200
        admin.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(name))
        assert _statuses(url) == {200}


@pytest.mark.parametrize(
    ("changes", "error", "told"),
    [
        ({"PGDATABASE": "nothing"}, Unavailable, "database nothing at .* does not answer: .*PGDATABASE"),
        ({"PGPORT": "1"}, Unavailable, "does not answer.*PGPORT"),
        ({"PGPASSWORD": "wrong"}, Denied, "refuses role catalogue_reader.*PGPASSWORD"),
        ({"TLS_CERT_FILE": "/tmp/tls.crt"}, BadInput, "TLS_CERT_FILE and TLS_KEY_FILE go together".lower()),
    ],
)
def test_what_keeps_it_from_starting_is_told(
    postgres: Postgres,
    monkeypatch: pytest.MonkeyPatch,
    changes: dict[str, str],
    error: type[LakeError],
    told: str,
) -> None:
    for name, value in {**postgres.env("postgres", "catalogue_reader"), **changes}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(error, match=told):
        main([])
