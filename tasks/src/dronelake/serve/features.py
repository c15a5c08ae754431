"""OGC API Features over the schema `detections`, by tipg."""

from urllib.parse import quote

from fastapi import FastAPI
from pydantic import PostgresDsn
from tipg.collections import register_collection_catalog
from tipg.database import close_db_connection, connect_to_db
from tipg.errors import DEFAULT_STATUS_CODES, add_exception_handlers
from tipg.factory import OGCFeaturesFactory
from tipg.settings import DatabaseSettings as TipgDatabase
from tipg.settings import PostgresSettings

from dronelake.settings import DatabaseSettings

SCHEMA = "detections"


def features_app() -> FastAPI:
    """The application, without its database: `open_features` connects it."""
    app = FastAPI(
        title="Drone data lake: findings",
        openapi_url="/api",
        docs_url="/api.html",
    )
    app.include_router(OGCFeaturesFactory(title=app.title).router)
    add_exception_handlers(app, DEFAULT_STATUS_CODES)
    return app


async def open_features(app: FastAPI, database: DatabaseSettings, connections: int) -> None:
    """Connect to the database and look at the tables of the schema."""
    password = quote(database.pgpassword.get_secret_value(), safe="")
    place = f"{database.pghost}:{database.pgport}/{database.pgdatabase}"
    await connect_to_db(
        app,
        schemas=[SCHEMA],
        settings=PostgresSettings(
            database_url=PostgresDsn(f"postgresql://{database.pguser}:{password}@{place}"),
            db_min_conn_size=1,
            db_max_conn_size=connections,
        ),
    )
    await register_collection_catalog(app, db_settings=TipgDatabase(schemas=[SCHEMA]))


async def close_features(app: FastAPI) -> None:
    await close_db_connection(app)
