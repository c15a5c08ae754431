"""How every item is put together: ids, times, assets and links.

Conventions of this lake, beside STAC 1.1:
- an asset's `href` is `s3://bucket/key`, its VersionID is the asset's `version` (Version extension): the two together
  name exactly the bytes whose size and SHA-256 (as a multihash) the File extension gives;
- an item's own `version` is the VersionID that its id ends in: the manifest's, the orthophoto's, the model's;
- `lake:` properties carry the names that people use (project, flight) and the run and code that made it.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pystac
import shapely
from shapely.geometry import mapping, shape

from dronelake.catalog.extensions import FILE, VERSION
from dronelake.errors import BadInput
from dronelake.storage import StoredObject

COG = "image/tiff; application=geotiff; profile=cloud-optimized"
_SHA256_MULTIHASH = "1220"  # the code of SHA-256 and its length of 32 bytes


def make_item(
    collection: str,
    identifier: str,
    geometry: Mapping[str, Any],
    span: tuple[datetime, datetime],
    properties: Mapping[str, Any],
    extensions: list[str],
) -> pystac.Item:
    """An item of a collection; `geometry` is GeoJSON in EPSG:4326, `span` its first and last moment."""
    outline = shape(dict(geometry))
    if outline.is_empty or not outline.is_valid:
        outline = shapely.make_valid(outline)
    if outline.is_empty:
        raise BadInput(f"item {identifier} has no footprint; check the positions in its input")
    start, end = (moment.astimezone(UTC) for moment in span)
    item = pystac.Item(
        id=identifier,
        geometry=json.loads(json.dumps(mapping(outline))),  # lists, not tuples: a schema's array is a list
        bbox=list(outline.bounds),
        datetime=start if start == end else None,
        start_datetime=None if start == end else start,
        end_datetime=None if start == end else end,
        properties=dict(properties),
        collection=collection,
        stac_extensions=sorted({FILE, VERSION, *extensions}),
    )
    item.add_link(pystac.Link("collection", f"collections/{collection}", media_type="application/json"))
    return item


def add_asset(
    item: pystac.Item, name: str, stored: StoredObject, media_type: str, roles: list[str], **more: Any
) -> None:
    """Add one object version as an asset; its checksum is there when its writer left one."""
    fields: dict[str, Any] = {"version": stored.version_id, "file:size": stored.size, **more}
    if stored.sha256:
        fields["file:checksum"] = multihash(stored.sha256)
    item.add_asset(name, pystac.Asset(stored.uri, media_type=media_type, roles=roles, extra_fields=fields))


def derive_from(item: pystac.Item, collection: str, identifier: str) -> None:
    """Say which item this one was made of; relative to the address of the API that serves the catalogue."""
    target = f"collections/{collection}/items/{identifier}"
    item.add_link(pystac.Link("derived_from", target, media_type="application/geo+json"))


def multihash(sha256: str) -> str:
    """A SHA-256 in hex as the multihash in hex that the File extension wants."""
    return _SHA256_MULTIHASH + sha256


def to_document(item: pystac.Item) -> dict[str, Any]:
    """The item as JSON for validation and loading."""
    return item.to_dict(include_self_link=False, transform_hrefs=False)
