"""What tipg's answers lack: the system that they are in, and a refusal of parameters that nobody reads."""

from collections.abc import Callable, Coroutine
from typing import Any

import orjson
from fastapi import HTTPException, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from tipg.resources.response import ORJSONResponse

from dronelake.serve.crs import STORAGE, SYSTEMS

_Handler = Callable[[Request], Coroutine[Any, Any, Response]]


_OF_FEATURES = ("items", "item")
_SYSTEM_PARAMETERS = {"crs", "bbox-crs"}
"""Parameters that only the answers with features have, though all routes read them."""


class FeaturesRoute(APIRoute):
    """A route of tipg's, made to hold what OGC API Features asks of parts 1 (7.1, unknown parameters) and 2."""

    def get_route_handler(self) -> _Handler:
        handle = super().get_route_handler()

        async def handler(request: Request) -> Response:
            self._refuse_unknown(request)
            response = await handle(request)
            if self.name in _OF_FEATURES:
                response.headers["Content-Crs"] = f"<{request.state.content_crs}>"
            if self.name in ("collections", "collection") and isinstance(response, ORJSONResponse):
                return ORJSONResponse(_with_systems(orjson.loads(response.body)))
            return response

        return handler

    def _refuse_unknown(self, request: Request) -> None:
        known = _parameters(self.dependant)
        if self.name not in _OF_FEATURES:
            known -= _SYSTEM_PARAMETERS
        if self.name == "items":
            table = request.app.state.collection_catalog["collections"].get(request.path_params["collectionId"])
            known |= {column.name for column in table.properties} if table else set()
        unknown = sorted(set(request.query_params) - known)
        if unknown:
            there_are = ", ".join(sorted(known)) or "none"
            raise HTTPException(400, f"there is no parameter {', '.join(unknown)} here; there are {there_are}")


def _parameters(dependant: Dependant) -> set[str]:
    own = {parameter.alias for parameter in dependant.query_params}
    return own.union(*(_parameters(inner) for inner in dependant.dependencies))


def _with_systems(document: dict[str, Any]) -> dict[str, Any]:
    for collection in document.get("collections", [document]):
        collection |= {"crs": [crs.uri for crs in SYSTEMS], "storageCrs": STORAGE.uri}
    return document
