"""The reader of the lake's own database: items from pgSTAC, findings from `detections.finding`."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from threading import BoundedSemaphore
from typing import Any

import psycopg
from psycopg.rows import class_row, dict_row
from psycopg.types.json import Jsonb

from dronelake.catalog.ids import id_prefix
from dronelake.database import connect
from dronelake.errors import BadInput
from dronelake.keys import MODEL_BUCKET, ORTHO_BUCKET, RAW_BUCKET, Flight, parse_output, parse_raw
from dronelake.lineage.reader import FindingRow, Item, Known
from dronelake.lineage.subject import BUCKETS
from dronelake.settings import DatabaseSettings

_ITEMS = "SELECT pgstac.content_hydrate(items) AS item FROM pgstac.items WHERE "
_NEWEST = " ORDER BY content -> 'properties' ->> 'created' DESC NULLS LAST, id DESC"
# An item's text is large and kept apart from its row: the condition on the id keeps the others' from being read.
_HOLDING = """collection = %(bucket)s AND starts_with(id, %(prefix)s)
  AND jsonb_path_exists(content -> 'assets', '$.* ? (@.href == $href && ($any == true || @.version == $version))',
    %(asset)s)"""
_DERIVED = "collection = %(collection)s AND starts_with(id, %(prefix)s) AND content -> 'links' @> %(link)s"
_TRAINED = "collection = %(collection)s AND content -> 'properties' -> 'lake:dataset' -> 'images' @> %(image)s"
_FINDING = """SELECT id AS number, class AS name, score, ARRAY[ST_X(position), ST_Y(position)] AS position,
  orthophoto_key, orthophoto_version, model_name, model_version, picture_key, picture_version, run,
  to_char(found_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS found_at
  FROM detections.finding WHERE """
_NEWEST_ITEM = "SELECT id FROM pgstac.items WHERE collection = %s" + _NEWEST + " LIMIT 1"

_SESSION = {
    "search_path": "pgstac, public",  # pgSTAC's functions look for each other there
    "default_transaction_read_only": "on",
    "statement_timeout": "30s",
}


class PgstacReader:
    """Reads by a connection of a role that may read both; every question is one query."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        for setting, value in _SESSION.items():
            connection.execute("SELECT set_config(%s, %s, false)", (setting, value))

    def named(self, identifier: str) -> list[Item]:
        return self._items("id = %(id)s", id=identifier)

    def holding(self, bucket: str, key: str, version: str | None) -> list[Item]:
        asset = {"href": f"s3://{bucket}/{key}", "version": version or "", "any": version is None}
        return self._items(_HOLDING, bucket=bucket, prefix=_prefix(bucket, key), asset=Jsonb(asset))

    def derived_from(self, collection: str, item: Item) -> list[Item]:
        link = [{"rel": "derived_from", "href": f"collections/{item['collection']}/items/{item['id']}"}]
        return self._items(_DERIVED, collection=collection, prefix=_names(item), link=Jsonb(link))

    def trained_on(self, bucket: str, key: str, version: str) -> list[Item]:
        image = [{"href": f"s3://{bucket}/{key}", "version": version}]
        return self._items(_TRAINED, collection=MODEL_BUCKET, image=Jsonb(image))

    def finding(self, number: int) -> FindingRow | None:
        return next(iter(self._findings("id = %(number)s", number=number)), None)

    def findings(self, orthophoto_version: str, model_version: str) -> list[FindingRow]:
        where = "orthophoto_version = %(orthophoto)s AND model_version = %(model)s ORDER BY id"
        return self._findings(where, orthophoto=orthophoto_version, model=model_version)

    def known(self) -> dict[str, Known]:
        items = self._connection.execute("SELECT collection, count(*) FROM pgstac.items GROUP BY collection").fetchall()
        counts = dict(items)
        told = {}
        for collection in BUCKETS:
            newest = self._connection.execute(_NEWEST_ITEM, (collection,)).fetchone()
            told[collection] = Known(counts.get(collection, 0), newest[0] if newest else None)
        findings = self._connection.execute("SELECT count(*), max(id) FROM detections.finding").fetchone()
        count, newest_number = findings if findings is not None else (0, None)
        return told | {"finding": Known(count, None if newest_number is None else f"finding:{newest_number}")}

    def _items(self, where: str, **values: Any) -> list[Item]:
        with self._connection.cursor(row_factory=dict_row) as cursor:
            return [row["item"] for row in cursor.execute(_ITEMS + where + _NEWEST, values)]

    def _findings(self, where: str, **values: Any) -> list[FindingRow]:
        with self._connection.cursor(row_factory=class_row(FindingRow)) as cursor:
            return cursor.execute(_FINDING + where, values).fetchall()


def readers(database: DatabaseSettings, connections: int = 1) -> Callable[[], AbstractContextManager[PgstacReader]]:
    """Gives readers, at most `connections` at once: who comes while all are taken waits until one is given back."""
    free = BoundedSemaphore(connections)

    @contextmanager
    def reader() -> Iterator[PgstacReader]:
        with free, connect(database) as connection:
            yield PgstacReader(connection)

    return reader


def _prefix(bucket: str, key: str) -> str:
    """What the ids of the items that can hold an object begin with."""
    try:
        if bucket == MODEL_BUCKET:
            return id_prefix(key.split("/", 1)[0])
        flight = parse_raw(key).flight if bucket == RAW_BUCKET else parse_output(key)
    except BadInput:
        return "-"  # as no id begins: a key of no flight is in no item
    return _of_flight(flight)


def _names(item: Item) -> str:
    """What the ids of the items that can be made of an item begin with: a flight's stay with its flight."""
    if item["collection"] not in (RAW_BUCKET, ORTHO_BUCKET):
        return ""
    said = item["properties"]
    return id_prefix(str(said["lake:project"]), str(said["lake:flight"]))


def _of_flight(flight: Flight) -> str:
    return id_prefix(flight.project, flight.name)
