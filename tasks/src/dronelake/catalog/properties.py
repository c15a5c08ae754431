"""The properties that people search by: queryables of the API, and what collections sum up of their items."""

from dataclasses import dataclass
from typing import Any, Literal

import psycopg
from psycopg.types.json import Jsonb

from dronelake.keys import MODEL_BUCKET, ORTHO_BUCKET, RAW_BUCKET, RESULT_BUCKET

_MOST_VALUES = 200
"""A list that is longer helps nobody, and is sent with every answer about the collection: it is left out."""


@dataclass(frozen=True)
class Property:
    """One property of items; `kind` is what its values are. Numbers are summed up as a range, texts as a list."""

    name: str
    title: str
    kind: Literal["text", "texts", "number"]
    collections: tuple[str, ...]

    @property
    def definition(self) -> dict[str, Any]:
        """Its JSON schema, for clients that build forms of it."""
        types: dict[str, dict[str, Any]] = {
            "text": {"type": "string"},
            "texts": {"type": "array", "items": {"type": "string"}},
            "number": {"type": "number"},
        }
        return {"title": self.title, **types[self.kind]}

    @property
    def wrapper(self) -> str:
        """The function of pgSTAC that makes a value of the database's of it."""
        return {"text": "to_text", "texts": "to_text_array", "number": "to_float"}[self.kind]


_FLOWN = (RAW_BUCKET, ORTHO_BUCKET, RESULT_BUCKET)
PROPERTIES = (
    Property("lake:project", "Project", "text", _FLOWN),
    Property("lake:flight", "Flight", "text", _FLOWN),
    Property("platform", "What carried the camera", "text", _FLOWN),
    Property("instruments", "Cameras", "texts", _FLOWN),
    Property("eo:cloud_cover", "Cloud cover in percent, where it was given at upload", "number", _FLOWN),
    Property("gsd", "Ground sampling distance in metres a pixel", "number", (ORTHO_BUCKET, RESULT_BUCKET)),
    Property(
        "lake:classes", "Classes that the model knows, or that were found", "texts", (MODEL_BUCKET, RESULT_BUCKET)
    ),
    Property("lake:model", "Name of the model", "text", (MODEL_BUCKET, RESULT_BUCKET)),
    Property("lake:model_version", "VersionID of the model", "text", (MODEL_BUCKET, RESULT_BUCKET)),
    Property("lake:findings", "Number of findings", "number", (RESULT_BUCKET,)),
    Property(
        "lake:trained_gsd_m", "Ground sampling distance of the training, metres a pixel", "number", (MODEL_BUCKET,)
    ),
)


def upsert_queryables(connection: psycopg.Connection) -> None:
    """Have the API name the properties; those that are there as they should be are left alone."""
    rows = connection.execute("SELECT name, collection_ids, definition, property_wrapper FROM pgstac.queryables")
    present = {name: rest for name, *rest in rows}
    with connection.transaction():
        for each in PROPERTIES:
            wanted = [list(each.collections), each.definition, each.wrapper]
            if present.get(each.name) == wanted:
                continue
            connection.execute("DELETE FROM pgstac.queryables WHERE name = %s", (each.name,))
            connection.execute(
                "INSERT INTO pgstac.queryables (name, collection_ids, definition, property_wrapper) "
                "VALUES (%s, %s, %s, %s)",
                (each.name, wanted[0], Jsonb(each.definition), each.wrapper),
            )


def summaries(connection: psycopg.Connection, collection: str) -> dict[str, Any]:
    """What the items of a collection have of each property: its values in order, or its least and greatest."""
    found: dict[str, Any] = {}
    for each in PROPERTIES:
        if collection not in each.collections:
            continue
        value = _range(connection, collection, each) if each.kind == "number" else _values(connection, collection, each)
        if value:
            found[each.name] = value
    return found


def _range(connection: psycopg.Connection, collection: str, of: Property) -> dict[str, float] | None:
    row = connection.execute(
        "SELECT min(value), max(value) FROM (SELECT (content -> 'properties' ->> %s)::float AS value "
        "FROM pgstac.items WHERE collection = %s) AS each",
        (of.name, collection),
    ).fetchone()
    return None if row is None or row[0] is None else {"minimum": row[0], "maximum": row[1]}


def _values(connection: psycopg.Connection, collection: str, of: Property) -> list[str]:
    value = "content -> 'properties' -> %s"
    each = f"jsonb_array_elements_text({value})" if of.kind == "texts" else "content -> 'properties' ->> %s"
    rows = connection.execute(
        f"SELECT DISTINCT value FROM (SELECT {each} AS value FROM pgstac.items WHERE collection = %s) AS each "
        "WHERE value IS NOT NULL ORDER BY value LIMIT %s",
        (of.name, collection, _MOST_VALUES + 1),
    ).fetchall()
    return [row[0] for row in rows] if len(rows) <= _MOST_VALUES else []
