"""Asks a running catalogue for everything that it has, and checks it with pystac: `python catalogue_check.py URL`.

Prints one JSON object: the items of each collection, what each search found, and `errors`, which must be empty.
"""

import json
import sys

import pystac
from offline import assert_valid
from pystac_client import Client


def check(url: str) -> dict[str, object]:
    client = Client.open(f"{url}/stac")
    collections = list(client.get_collections())
    items = list(client.search().items())
    errors = [fault for thing in [*collections, *items] if (fault := _fault(thing))]
    (flight,) = [item for item in items if item.collection_id == "drone-raw"][:1]
    searches = {
        "box": client.search(bbox=flight.bbox),
        "elsewhere": client.search(bbox=[-80, -20, -79, -19], collections=["drone-raw", "drone-ortho", "ai-results"]),
        "time": client.search(datetime=[flight.common_metadata.start_datetime, flight.common_metadata.end_datetime]),
        "class": client.search(filter="A_CONTAINS(\"lake:classes\", ('Muskusrat klem'))"),
        "gsd": client.search(filter="gsd < 1"),
    }
    return {
        "collections": {each.id: sum(item.collection_id == each.id for item in items) for each in collections},
        "searches": {
            name: sorted({item.collection_id for item in search.items()}) for name, search in searches.items()
        },
        "errors": errors,
    }


def _fault(thing: pystac.STACObject) -> str | None:
    try:
        assert_valid(thing)
    except (pystac.errors.STACValidationError, AssertionError) as error:
        return f"{thing.id}: {error}"
    return None


if __name__ == "__main__":
    print(json.dumps(check(sys.argv[1])))
