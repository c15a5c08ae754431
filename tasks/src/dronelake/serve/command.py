"""`dronelake serve`: the catalogue service, STAC API and OGC API Features over the lake's database.

Reads PGHOST, PGPORT, PGDATABASE, PGUSER and PGPASSWORD (with PGSSLMODE and PGSSLROOTCERT), SERVE_HOST and SERVE_PORT;
for TLS TLS_CERT_FILE and TLS_KEY_FILE; and OBJECT_STORE_URL, where people with keys read objects. It needs a role that
reads, and no object store.
"""

import argparse
import asyncio

import uvicorn

from dronelake.serve.app import create_app
from dronelake.serve.database import try_out
from dronelake.serve.settings import ServeSettings
from dronelake.settings import DatabaseSettings


def main(argv: list[str]) -> None:
    """Serve until told to stop; raises Denied or Unavailable when the database cannot be had at the start."""
    parser = argparse.ArgumentParser(prog="dronelake serve", description=(__doc__ or "").split("\n\n", 1)[0])
    parser.parse_args(argv)
    settings, database = ServeSettings.load(), DatabaseSettings.load()
    asyncio.run(try_out(database))
    uvicorn.run(
        create_app(database, settings),
        host=settings.serve_host,
        port=settings.serve_port,
        ssl_certfile=settings.tls_cert_file,
        ssl_keyfile=str(settings.tls_key_file) if settings.tls_key_file else None,
        server_header=False,
    )
