"""The STAC API: stac-fastapi-pgstac without transactions."""

from functools import partial
from typing import Any

from fastapi import FastAPI
from stac_fastapi.pgstac.app import instantiate_api
from stac_fastapi.pgstac.config import PostgresSettings, ServerSettings, Settings
from stac_fastapi.pgstac.db import close_db_connection, connect_to_db
from stac_fastapi.types.conformance import BASE_CONFORMANCE_CLASSES

from dronelake.serve.client import LakeClient
from dronelake.serve.database import READING_ONLY
from dronelake.serve.refusals import add_database_refusals
from dronelake.settings import DatabaseSettings

_TITLE = "Drone data lake: STAC API"
_DESCRIPTION = "Flights, orthophotos, detection models and findings of the drone data lake. It only reads."


def stac_app(object_store_url: str | None) -> FastAPI:
    """The application, without its database: `open_stac` connects it.

    With the address of the object store, each object that an item names has an https address too.
    """
    settings = Settings(
        stac_fastapi_title=_TITLE,
        stac_fastapi_description=_DESCRIPTION,
        stac_fastapi_landing_id="drone-data-lake",
        enable_transactions_extensions=False,
    )
    # The landing page takes its texts from the client, which knows only what the environment said at import.
    texts: dict[str, Any] = {"landing_page_id": "drone-data-lake", "title": _TITLE, "description": _DESCRIPTION}
    # Without oas30: FastAPI's API document is of OpenAPI 3.1.
    classes = [each for each in BASE_CONFORMANCE_CLASSES if not each.endswith("/oas30")]
    client = partial(LakeClient, object_store_url=object_store_url, **texts | {"base_conformance_classes": classes})
    app: FastAPI = instantiate_api(client=client, settings=settings).app
    add_database_refusals(app)
    return app


async def open_stac(app: FastAPI, database: DatabaseSettings, connections: int) -> None:
    """Connect to the database; asyncpg takes PGSSLMODE and PGSSLROOTCERT from the environment."""
    await connect_to_db(
        app,
        postgres_settings=PostgresSettings(
            pghost=database.pghost,
            pgport=database.pgport,
            pgdatabase=database.pgdatabase,
            pguser=database.pguser,
            pgpassword=database.pgpassword.get_secret_value(),
            db_min_conn_size=1,
            db_max_conn_size=connections,
            # pgSTAC else keeps each search and its count, by a function that may write.
            server_settings=ServerSettings(search_path="pgstac,public", **READING_ONLY, **{"pgstac.readonly": "true"}),
        ),
    )


async def close_stac(app: FastAPI) -> None:
    await close_db_connection(app)
