"""What a run is to leave, and what of it is not there: its result in the store and the items in the catalogue."""

from collections.abc import Iterator

import psycopg

from dronelake.catalog.flight import flight_item_id
from dronelake.catalog.load import exists
from dronelake.catalog.orthophoto import orthophoto_item_id
from dronelake.catalog.results import result_item_id, results_of
from dronelake.keys import ORTHO_BUCKET, ORTHO_SUFFIX, RAW_BUCKET, RESULT_BUCKET, Flight, parse_manifest
from dronelake.storage import Store, StoredObject


def stitching_lacks(store: Store, catalogue: psycopg.Connection, key: str, version_id: str) -> list[str]:
    """What the stitching of one manifest version has not left; the manifest itself is not read, so it may be broken."""
    flight = parse_manifest(key)
    lacking = []
    if not exists(catalogue, RAW_BUCKET, flight_item_id(flight, version_id)):
        lacking.append("catalogue item of the flight")
    orthophoto = next(_orthophotos_of(store, flight, version_id), None)
    if orthophoto is None:
        lacking.append("orthophoto")
    elif not exists(catalogue, ORTHO_BUCKET, orthophoto_item_id(orthophoto.key, orthophoto.version_id)):
        lacking.append("catalogue item of the orthophoto")
    return lacking


def detection_lacks(store: Store, catalogue: psycopg.Connection, key: str, version_id: str) -> list[str]:
    """What the detection on one orthophoto version has not left."""
    newest = next(results_of(store, key, version_id), None)
    if newest is None:
        return ["result"]
    there = exists(catalogue, RESULT_BUCKET, result_item_id(newest[1]))
    return [] if there else ["catalogue item of the result"]


def _orthophotos_of(store: Store, flight: Flight, version_id: str) -> Iterator[StoredObject]:
    """The orthophotos that were made of one manifest version, newest first."""
    for found in store.versions(ORTHO_BUCKET, f"{flight.project}/{flight.name}/"):
        if found.key.endswith(ORTHO_SUFFIX):
            about = store.head(ORTHO_BUCKET, found.key, found.version_id).metadata
            if about.get("flight-version") == version_id:
                yield found
