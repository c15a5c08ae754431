"""What the STAC API adds to items as it hands them out: an https address beside each s3 one.

It is not in the stored items, because it is of the environment and may change while they do not.
"""

from typing import Any
from urllib.parse import quote

import attr
from fastapi import Request
from stac_fastapi.pgstac.core import CoreCrudClient
from stac_fastapi.pgstac.types.search import PgstacSearch
from stac_fastapi.types.stac import ItemCollection

from dronelake.catalog.extensions import ALTERNATE

_S3 = "s3://"
_TITLE = "The same by HTTPS, for a reader with keys: sign the request for S3 (AWS Signature Version 4)"


@attr.s
class LakeClient(CoreCrudClient):  # type: ignore[misc]
    """stac-fastapi-pgstac's client; every item that it answers with goes through `_search_base`."""

    object_store_url: str | None = attr.ib(default=None)

    async def _search_base(self, search_request: PgstacSearch, request: Request) -> ItemCollection:
        found: ItemCollection = await super()._search_base(search_request, request)
        if self.object_store_url:
            for item in found["features"]:
                add_alternates(item, self.object_store_url)
        return found


def add_alternates(item: Any, object_store_url: str) -> None:
    """Give each s3 asset of an item, or of as much of one as was asked for, its address over https in place."""
    for asset in item.get("assets", {}).values():
        href = str(asset.get("href", ""))
        if not href.startswith(_S3):
            continue
        version = f"?versionId={quote(asset['version'], safe='')}" if "version" in asset else ""
        address = f"{object_store_url.rstrip('/')}/{quote(href.removeprefix(_S3))}{version}"
        asset["alternate"] = {"https": {"href": address, "title": _TITLE, "alternate:name": "HTTPS"}}
        extensions = item.get("stac_extensions", [])
        if ALTERNATE not in extensions:
            extensions.append(ALTERNATE)
