"""The one application: STAC API at /stac, OGC API Features at /features, lineage at /lineage."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import FastAPI, Request
from starlette.types import ASGIApp, Receive, Scope, Send

from dronelake.lineage.pgstac import readers
from dronelake.lineage.router import router
from dronelake.serve.features import close_features, features_app, open_features
from dronelake.serve.refusals import add_database_refusals
from dronelake.serve.settings import ServeSettings
from dronelake.serve.stac import close_stac, open_stac, stac_app
from dronelake.settings import DatabaseSettings


class Alone:
    """An application under a prefix that makes its links as if it were the only one.

    A mounted application else takes the outermost one's address and routes for its own.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        outer = ("app", "router", "app_root_path")
        await self.app({name: value for name, value in scope.items() if name not in outer}, receive, send)


def create_app(database: DatabaseSettings, settings: ServeSettings) -> FastAPI:
    """The service over one database, of which it only reads.

    It connects when it starts; a start fails when the database does not answer.
    """
    stac, features = stac_app(settings.object_store_url), features_app()
    of_pool = (settings.serve_connections - 1) // 2

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        # A mounted application's own lifespan is not run.
        async with AsyncExitStack() as opened:
            await open_stac(stac, database, of_pool)
            opened.push_async_callback(close_stac, stac)
            await open_features(features, database, of_pool)
            opened.push_async_callback(close_features, features)
            yield

    app = FastAPI(title="Drone data lake: catalogue", lifespan=lifespan, openapi_url=None)
    add_database_refusals(app)
    app.mount("/stac", Alone(stac))
    app.mount("/features", Alone(features))
    app.include_router(router(readers(database)))

    @app.get("/")
    def entrance(request: Request) -> dict[str, str]:
        """Where everything is."""
        under = {name: f"{request.base_url}{name}/" for name in ("stac", "features")}
        return under | {"lineage": f"{request.base_url}lineage"}

    @app.get("/healthz")
    def alive() -> dict[str, str]:
        """Whether the process answers."""
        return {"status": "alive"}

    @app.get("/readyz")
    async def ready() -> dict[str, str]:
        """Whether the database answers too."""
        for pool in (stac.state.readpool, features.state.pool):
            async with pool.acquire(timeout=5) as connection:
                await connection.fetchval("SELECT 1", timeout=5)
        return {"status": "ready"}

    return app
