"""The four STAC collections. A collection is a partition of pgSTAC's tables: there are these and no others."""

from datetime import UTC, datetime
from typing import Any

import psycopg
import pystac
from pypgstac.load import Loader, Methods

from dronelake.catalog.properties import summaries, upsert_queryables
from dronelake.catalog.validate import validate
from dronelake.keys import MODEL_BUCKET, ORTHO_BUCKET, RAW_BUCKET, RESULT_BUCKET
from dronelake.migrations import pgstac

# A collection must have an extent before its first item; pgSTAC computes the true one at each load.
_EVERYWHERE = [-180.0, -90.0, 180.0, 90.0]
_SINCE = datetime(2020, 1, 1, tzinfo=UTC)

_TEXTS = {
    RAW_BUCKET: ("Drone flights", "An item a flight: its manifest and every photo, each by VersionID."),
    ORTHO_BUCKET: ("Orthophotos", "An item an orthophoto: a Cloud Optimized GeoTIFF and the report of its stitching."),
    MODEL_BUCKET: ("Detection models", "An item a version of a model: the ONNX file and its description."),
    RESULT_BUCKET: ("Findings", "An item a detection run: findings as GeoJSON, annotated pictures and provenance."),
}
COLLECTION_IDS = tuple(_TEXTS)


def collections() -> list[pystac.Collection]:
    """The collections as they are before any item."""
    return [
        pystac.Collection(
            id=name,
            title=title,
            description=description,
            license="other",
            extent=pystac.Extent(pystac.SpatialExtent([_EVERYWHERE]), pystac.TemporalExtent([[_SINCE, None]])),
            keywords=["drone", "dike", "inspection"],
        )
        for name, (title, description) in _TEXTS.items()
    ]


def upsert_collections(connection: psycopg.Connection) -> list[str]:
    """Write the collections, with the extent and the summaries that their items give them; returns their ids."""
    documents = []
    for collection in collections():
        document = collection.to_dict(include_self_link=False)
        document["links"] = []
        row = connection.execute(
            "SELECT content -> 'extent' FROM pgstac.collections WHERE id = %s", (collection.id,)
        ).fetchone()
        if row is not None:
            document["extent"] = row[0]
        document |= _summed_up(connection, collection.id)
        validate(document)
        documents.append(document)
    with pgstac.client(connection) as database:
        Loader(database).load_collections(iter(documents), Methods.upsert)
    upsert_queryables(connection)
    return [str(document["id"]) for document in documents]


def refresh(connection: psycopg.Connection, name: str) -> None:
    """Let the collection say what its items cover, and what they have of the properties that people search by."""
    extent: Any = connection.execute("SELECT pgstac.collection_extent(%s, FALSE)", (name,)).fetchone()
    told = _summed_up(connection, name)
    if extent and extent[0]:
        told["extent"] = extent[0]
    connection.execute(
        "UPDATE pgstac.collections SET content = (content - 'summaries') || %s WHERE id = %s",
        (psycopg.types.json.Jsonb(told), name),
    )


def _summed_up(connection: psycopg.Connection, name: str) -> dict[str, Any]:
    found = summaries(connection, name)
    return {"summaries": found} if found else {}
