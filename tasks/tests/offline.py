"""pystac's own validation, by the schemas that are kept with the code: none is downloaded."""

from functools import cache
from typing import Any

import pystac
from pystac.validation import validate
from pystac.validation.stac_validator import JsonSchemaSTACValidator

from dronelake.catalog.validate import schemas


class _Offline(JsonSchemaSTACValidator):
    def _get_schema(self, schema_uri: str) -> dict[str, Any]:
        if schema_uri not in self.schema_cache:
            raise AssertionError(f"{schema_uri} is not kept with the code")
        return super()._get_schema(schema_uri)


@cache
def _validator() -> _Offline:
    made = _Offline()
    made.schema_cache = {**made.schema_cache, **schemas()}
    return made


def assert_valid(thing: pystac.STACObject) -> None:
    """By the core and by each extension that it names; raises STACValidationError when it is not."""
    assert len(validate(thing, validator=_validator())) >= 1 + len(thing.stac_extensions)
