"""OGC API Features over the schema `detections`, by tipg: parts 1 (core), 2 (CRS) and 3 (filters)."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from tipg.collections import register_collection_catalog
from tipg.database import close_db_connection, connect_to_db
from tipg.dependencies import OutputType, bbox_query, datetime_query, filter_query
from tipg.factory import OGCFeaturesFactory
from tipg.middleware import CatalogUpdateMiddleware
from tipg.resources.enums import MediaType
from tipg.resources.response import ORJSONResponse
from tipg.settings import DatabaseSettings as TipgDatabase
from tipg.settings import PostgresSettings

from dronelake.serve.collection import Findings, collection_in_crs
from dronelake.serve.crs import box_query
from dronelake.serve.database import READING_ONLY
from dronelake.serve.filters import cql_query, time_query
from dronelake.serve.refusals import add_database_refusals, add_tipg_refusals
from dronelake.serve.route import FeaturesRoute
from dronelake.settings import DatabaseSettings

SCHEMA = "detections"
_SPEC = "http://www.opengis.net/spec"
CONFORMS = [
    # Without oas30: FastAPI's API document is of OpenAPI 3.1.
    *(f"{_SPEC}/ogcapi-common-1/1.0/conf/{part}" for part in ("core", "landingPage", "json", "html")),
    *(f"{_SPEC}/ogcapi-common-2/1.0/conf/{part}" for part in ("collections", "simple-query")),
    *(f"{_SPEC}/ogcapi-features-1/1.0/conf/{part}" for part in ("core", "html", "geojson")),
    f"{_SPEC}/ogcapi-features-2/1.0/conf/crs",
    *(f"{_SPEC}/ogcapi-features-3/1.0/conf/{part}" for part in ("filter", "features-filter")),
    *(f"{_SPEC}/cql2/1.0/conf/{part}" for part in ("cql2-text", "cql2-json", "basic-cql2")),
    *(f"{_SPEC}/cql2/1.0/conf/{part}" for part in ("advanced-comparison-operators", "basic-spatial-functions")),
]
_FRESH_S = 60
"""How old what a collection says of its extent may be."""


class _Factory(OGCFeaturesFactory):
    def _conformance_route(self) -> None:
        @self.router.get("/conformance", tags=["OGC Common"])
        def conformance(
            request: Request, output_type: Annotated[MediaType | None, Depends(OutputType)] = None
        ) -> Response:
            """What of the standards is served: tipg's own list names more."""
            said = {"conformsTo": CONFORMS}
            if output_type == MediaType.html:
                page: Response = self._create_html_response(request, said, template_name="conformance")
                return page
            return ORJSONResponse(said)


def features_app() -> FastAPI:
    """The application, without its database: `open_features` connects it."""
    app = FastAPI(title="Drone data lake: findings", openapi_url="/api", docs_url="/api.html")
    router = APIRouter(route_class=FeaturesRoute)
    app.include_router(_Factory(title=app.title, router=router, collection_dependency=collection_in_crs).router)
    app.dependency_overrides |= {bbox_query: box_query, filter_query: cql_query, datetime_query: time_query}
    app.add_middleware(CatalogUpdateMiddleware, func=_look, ttl=_FRESH_S)  # type: ignore[arg-type]
    add_tipg_refusals(app)
    add_database_refusals(app)
    return app


async def open_features(app: FastAPI, database: DatabaseSettings, connections: int) -> None:
    """Connect to the database and look at the tables of the schema."""
    password = quote(database.pgpassword.get_secret_value(), safe="")
    place = f"{database.pghost}:{database.pgport}/{database.pgdatabase}"
    await connect_to_db(
        app,
        schemas=[SCHEMA],
        settings=PostgresSettings.model_validate(
            {
                "database_url": f"postgresql://{database.pguser}:{password}@{place}",
                "db_min_conn_size": 1,
                "db_max_conn_size": connections,
            }
        ),
        server_settings={
            name: value for name, value in READING_ONLY.items() if name != "default_transaction_read_only"
        },
    )
    await _look(app)


async def close_features(app: FastAPI) -> None:
    await close_db_connection(app)


async def _look(app: FastAPI, **_: object) -> None:
    """See which tables there are, and what they cover."""
    await register_collection_catalog(app, db_settings=TipgDatabase(schemas=[SCHEMA]))
    tables = app.state.collection_catalog["collections"]
    app.state.collection_catalog["collections"] = {name: Findings.of(table) for name, table in tables.items()}
