"""Validation of STAC documents against JSON schemas that are on this machine; nothing is fetched."""

import json
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

from jsonschema import Draft7Validator, FormatChecker
from jsonschema.exceptions import ValidationError as SchemaFault
from referencing import Registry
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT7

from dronelake.errors import BadInput

_STAC_VERSION = "1.1.0"
_CORE = {
    "Feature": f"https://schemas.stacspec.org/v{_STAC_VERSION}/item-spec/json-schema/item.json",
    "Collection": f"https://schemas.stacspec.org/v{_STAC_VERSION}/collection-spec/json-schema/collection.json",
}


def validate(document: dict[str, Any]) -> None:
    """Raise BadInput unless an item or collection is valid STAC 1.1 and valid by every extension that it names."""
    what = f"STAC {document.get('type', 'document')} {document.get('id', '')!r}"
    if document.get("stac_version") != _STAC_VERSION:
        raise BadInput(f"{what} is of STAC {document.get('stac_version')!r}; it must be {_STAC_VERSION}")
    core = _CORE.get(str(document.get("type")))
    if core is None:
        raise BadInput(f"{what} is neither an item nor a collection")
    for uri in (core, *document.get("stac_extensions", [])):
        _validate_by(uri, document, what)


def _validate_by(uri: str, document: dict[str, Any], what: str) -> None:
    schema = schemas().get(uri)
    if schema is None:
        raise BadInput(f"{what} names {uri}, whose schema is not kept with the code; add it to catalog/schemas")
    try:
        validator = Draft7Validator(schema, registry=_registry(), format_checker=FormatChecker())
        faults = [leaf for error in validator.iter_errors(document) for leaf in _leaves(error)]
    except Unresolvable as error:
        raise BadInput(f"{what} uses a field whose schema is not kept with the code: {error}") from None
    if faults:
        # The extensions' schemas are alternatives (item, collection, …): the deepest fault is of the one meant.
        fault = max(faults, key=lambda leaf: len(leaf.absolute_path))
        where = "/".join(str(part) for part in fault.absolute_path) or "the document"
        raise BadInput(f"{what} is not valid by {uri}: at {where}: {fault.message[:300]}")


def _leaves(error: SchemaFault) -> Iterator[SchemaFault]:
    """The faults that an alternative failed for, or the fault itself."""
    if not error.context:
        yield error
    for inner in error.context or ():
        yield from _leaves(inner)


@cache
def schemas() -> dict[str, dict[str, Any]]:
    """Every schema by its address: the core's from pystac, the extensions' from this package.

    The address comes from the file's name, not from its `$id`: upstream's common.json and processing v1.1.0 have one
    that is not theirs.
    """
    pystac = files("pystac.validation.jsonschemas")
    own = files("dronelake.catalog.schemas")
    found = {}
    for entry in (pystac / "stac-spec" / f"v{_STAC_VERSION}").iterdir():
        part = entry.name.removesuffix(".json")
        part = part if part in ("catalog", "collection") else "item"
        found[f"https://schemas.stacspec.org/v{_STAC_VERSION}/{part}-spec/json-schema/{entry.name}"] = entry
    for entry in (pystac / "geojson").iterdir():
        found[f"https://geojson.org/schema/{entry.name}"] = entry
    for entry in own.iterdir():
        name, dash, version = entry.name.removesuffix(".json").rpartition("-v")
        if dash:
            found[f"https://stac-extensions.github.io/{name}/v{version}/schema.json"] = entry
    return {uri: json.loads(entry.read_text(encoding="utf-8")) for uri, entry in found.items()}


@cache
def _registry() -> Registry[Any]:
    documents = {**schemas(), "http://json-schema.org/draft-07/schema": Draft7Validator.META_SCHEMA}
    registry: Registry[Any] = Registry()
    return registry.with_resources((uri, DRAFT7.create_resource(schema)) for uri, schema in documents.items())
