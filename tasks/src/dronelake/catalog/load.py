"""Items into pgSTAC: validated first, then written by pypgstac's Loader, one loader a collection at a time."""

from typing import Any

import psycopg
import pystac
from pypgstac.load import Loader, Methods

from dronelake.catalog.collections import refresh
from dronelake.catalog.item import to_document
from dronelake.catalog.validate import validate
from dronelake.database import only_one
from dronelake.errors import BadInput
from dronelake.migrations import pgstac


def load(connection: psycopg.Connection, items: list[pystac.Item]) -> list[str]:
    """Upsert items; returns their ids. Raises BadInput, before anything is written, when one is not valid."""
    documents = [to_document(item) for item in items]
    for document in documents:
        _check(document)
    for collection in sorted({str(document["collection"]) for document in documents}):
        chosen = [document for document in documents if document["collection"] == collection]
        with only_one(connection, f"load {collection}"), pgstac.client(connection) as database:
            if connection.execute("SELECT 1 FROM pgstac.collections WHERE id = %s", (collection,)).fetchone() is None:
                raise BadInput(f"the catalogue has no collection {collection!r}; run `dronelake migrate` first")
            Loader(database).load_items(iter(chosen), Methods.upsert)
            refresh(connection, collection)
    return [str(document["id"]) for document in documents]


def exists(connection: psycopg.Connection, collection: str, identifier: str) -> bool:
    """Whether the catalogue has the item."""
    query = "SELECT 1 FROM pgstac.items WHERE collection = %s AND id = %s"
    return connection.execute(query, (collection, identifier)).fetchone() is not None


def _check(document: dict[str, Any]) -> None:
    validate(document)
    if "\\" in str(document["id"]) or _has_backslash(document):
        raise BadInput(f"STAC item {document['id']!r} holds a backslash, which pgSTAC cannot load; rename its source")


def _has_backslash(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_has_backslash(key) or _has_backslash(inner) for key, inner in value.items())
    if isinstance(value, list):
        return any(_has_backslash(inner) for inner in value)
    return isinstance(value, str) and "\\" in value
