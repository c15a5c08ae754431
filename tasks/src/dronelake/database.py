"""Connections to PostgreSQL, with its failures told in the lake's terms."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import psycopg
from psycopg import sql

from dronelake.errors import BadInput, Denied, Unavailable
from dronelake.settings import DatabaseSettings


@contextmanager
def connect(settings: DatabaseSettings, *, patience_s: float = 0) -> Iterator[psycopg.Connection]:
    """An autocommit connection, closed at the end; `patience_s` is how long to wait for a server that starts.

    Raises Unavailable when the server does not answer or goes away, Denied when it refuses the role.
    """
    place = f"database {settings.pgdatabase} at {settings.pghost}:{settings.pgport}"
    connection = _open(settings, place, time.monotonic() + patience_s)
    try:
        yield connection
    except psycopg.errors.InsufficientPrivilege as error:
        raise Denied(
            f"role {settings.pguser} may not do this in {place}: {_first_line(error)}; "
            "use the role that the task is meant for"
        ) from error
    except (psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected, psycopg.OperationalError) as error:
        raise Unavailable(f"{place} could not finish: {_first_line(error)}; run again later") from error
    finally:
        connection.close()


@contextmanager
def only_one(connection: psycopg.Connection, what: str) -> Iterator[None]:
    """Hold the database's advisory lock named `what`: a second holder waits here until the first is done or dead."""
    connection.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", (f"dronelake {what}",))
    try:
        yield
    finally:
        if not connection.broken and not connection.closed:
            connection.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", (f"dronelake {what}",))


def note_restored(connection: psycopg.Connection, database: str, at: datetime, backup: str) -> None:
    """Say in a database's comment that it came from a backup, for `restored_at`."""
    note = json.dumps({"restored_at": at.isoformat(), "backup": backup})
    connection.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(database), sql.Literal(note)))


def restored_at(connection: psycopg.Connection) -> datetime | None:
    """When the connection's database was last put back from a backup; None when it never was."""
    row = connection.execute(
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()"
    ).fetchone()
    try:
        return datetime.fromisoformat(json.loads(row[0])["restored_at"]) if row and row[0] else None
    except (ValueError, KeyError, TypeError):
        return None  # a comment of somebody else's


def _open(settings: DatabaseSettings, place: str, deadline: float) -> psycopg.Connection:
    while True:
        try:
            return psycopg.connect(**settings.connection(), autocommit=True, application_name="dronelake")
        except psycopg.OperationalError as error:
            if "authentication failed" in str(error) or "is not permitted" in str(error):
                raise Denied(f"{place} refuses role {settings.pguser}; check PGUSER and PGPASSWORD") from None
            if "does not exist" in str(error):
                raise BadInput(f"there is no {place}; check PGDATABASE, or bring the environment up") from None
            if time.monotonic() >= deadline:
                raise Unavailable(
                    f"{place} does not answer: {_first_line(error)}; "
                    "check that it runs and that PGHOST and PGPORT are right"
                ) from None
            time.sleep(1)


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
