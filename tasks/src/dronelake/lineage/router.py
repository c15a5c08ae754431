"""`GET /lineage?of=SUBJECT`: the same lineage over HTTP, mounted by the catalogue's server."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query

from dronelake.errors import BadInput, LakeError, NotFound
from dronelake.lineage.reader import Reader
from dronelake.lineage.subject import FORMS, address
from dronelake.lineage.walk import Lineage, lineage


def router(open_reader: Callable[[], AbstractContextManager[Reader]]) -> APIRouter:
    """The route; `open_reader`, such as `pgstac.readers` makes, gives a request its reader and takes it back."""
    routes = APIRouter(tags=["Lineage"])

    @routes.get("/lineage", summary="What something was made of, and what was made of it")
    def of(
        of: Annotated[str, Query(description=FORMS)],
        version_id: Annotated[
            str | None, Query(alias="versionId", description="VersionID of an object that `of` names without one")
        ] = None,
    ) -> Lineage:
        try:
            with open_reader() as reader:
                return lineage(reader, address(of, version_id))
        except NotFound as error:
            raise HTTPException(404, str(error)) from None
        except BadInput as error:
            raise HTTPException(400, str(error)) from None
        except LakeError as error:
            raise HTTPException(503, str(error)) from None

    return routes
