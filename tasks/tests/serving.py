"""`dronelake serve` in this process, on a port of its own."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
import uvicorn
from servers import Postgres

from dronelake.keys import Flight
from dronelake.serve.app import create_app
from dronelake.serve.settings import ServeSettings
from dronelake.storage import StoredObject

OBJECT_STORE_URL = "https://127.0.0.1:1"
"""Nothing answers there: the catalogue needs no object store."""
TRAP, DAMAGE = "Muskusrat klem", "Beschadiging oever"
# Where the findings are, in EPSG:4326, with class and score; all of one flight, by one model.
FINDINGS = [(TRAP, 0.9, (5.1002, 52.1002)), (TRAP, 0.6, (5.1004, 52.1004)), (DAMAGE, 0.8, (5.1006, 52.1006))]


@dataclass(frozen=True)
class Served:
    """A running service, and what its catalogue holds."""

    url: str
    flight: Flight
    orthophoto: StoredObject
    model: StoredObject
    connect: Callable[[], psycopg.Connection]
    """A connection as the service's role."""


@contextmanager
def serving(postgres: Postgres, database: str, role: str = "catalogue_reader") -> Iterator[str]:
    """The address of a service that reads a database as a role."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        app = create_app(
            postgres.settings(database, role),
            ServeSettings(serve_connections=5, object_store_url=OBJECT_STORE_URL),
        )
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            while not server.started:
                if not thread.is_alive():
                    raise RuntimeError("the service did not start; its log says why")
                time.sleep(0.05)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
