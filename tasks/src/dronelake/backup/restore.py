"""`dronelake restore`: put a backup in the place of the database, whole or not at all.

The backup goes into a new database beside the one that is there, is compared with what was taken, table by table, and
brought to the release of pgSTAC that this code works with; only then the two change names, in one transaction. Whoever
is connected is sent away at that moment and finds the restored database when it comes back. The database that was there
stays under another name until a person drops it.

Runs as a superuser, as extensions need one. BACKUP names the backup; without it the newest is taken.
"""

import argparse
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from psycopg import sql

from dronelake.backup.content import differences, measure
from dronelake.backup.place import Place, place_from_env
from dronelake.backup.programs import load
from dronelake.backup.record import DUMP, Record
from dronelake.database import connect, note_restored, only_one
from dronelake.errors import LakeError, NotFound, Unavailable
from dronelake.migrate import migrate
from dronelake.settings import DatabaseSettings, EnvSettings

_SERVERS_OWN = "postgres"
_ATTEMPTS = 5


class RestoreSettings(EnvSettings):
    backup: str | None = None


def restore(settings: DatabaseSettings, place: Place, wanted: str | None = None) -> list[str]:
    """Restore into the database that `settings` names; returns what was done, one line each.

    Raises NotFound when there is no such backup, LakeError when it does not load or is not what was taken; the database
    is then as it was.
    """
    record = _chosen(place, wanted)
    fresh = settings.model_copy(update={"pgdatabase": f"{settings.pgdatabase}_restoring"})
    with connect(settings.model_copy(update={"pgdatabase": _SERVERS_OWN})) as admin, only_one(admin, "restore"):
        _require_owner(admin, record)
        try:
            # What a killed restore left is in the way.
            _drop(admin, fresh.pgdatabase)
            admin.execute(
                sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8'").format(
                    sql.Identifier(fresh.pgdatabase), sql.Identifier(record.owner)
                )
            )
            told = _fill(fresh, place, record)
            kept = _take_place(admin, fresh.pgdatabase, settings.pgdatabase, record)
        except BaseException:
            _drop(admin, fresh.pgdatabase)
            raise
    if kept is None:
        return told
    return [*told, f"what was there before is database {kept}; when nothing in it is missed: DROP DATABASE {kept}"]


def _chosen(place: Place, wanted: str | None) -> Record:
    records = place.records()
    if not records:
        raise NotFound("there is no backup; `dronelake backup` takes one")
    if wanted is None:
        return records[0]
    for record in records:
        if record.name == wanted:
            return record
    raise NotFound(f"there is no backup {wanted!r}; there are {', '.join(record.name for record in records)}")


def _require_owner(admin: psycopg.Connection, record: Record) -> None:
    if admin.execute("SELECT FROM pg_roles WHERE rolname = %s", (record.owner,)).fetchone() is None:
        raise NotFound(
            f"the server has no role {record.owner}, which owns what is in the backup; run `pulumi up` first"
        )


def _fill(fresh: DatabaseSettings, place: Place, record: Record) -> list[str]:
    """Load a backup into an empty database, compare and migrate; returns what was done, one line each."""
    with place.workspace() as folder:
        dump = Path(folder) / DUMP
        place.fetch(record, dump)
        load(fresh, dump)
    with connect(fresh) as connection:
        found = measure(connection)
        faults = differences(record.tables, found)
        if faults:
            raise LakeError(f"backup {record.name} did not come back as it was taken: {'; '.join(faults)}")
        connection.execute("ANALYZE")  # a dump has no statistics, and without them every search is slow
        # Not SET ROLE: pgSTAC's migration resets that, and would go on as the superuser.
        connection.execute(sql.SQL("SET SESSION AUTHORIZATION {}").format(sql.Identifier(record.owner)))
        migrated = migrate(connection)
    rows = sum(content.rows for content in found.values())
    return [f"restored backup {record.name}: {len(found)} tables, {rows} rows, as they were taken", *migrated]


def _take_place(admin: psycopg.Connection, fresh: str, name: str, record: Record) -> str | None:
    """Give the fresh database its name; returns the new name of the one that had it, None when none had."""
    now = datetime.now(UTC)
    there = admin.execute("SELECT FROM pg_database WHERE datname = %s", (name,)).fetchone() is not None
    old = f"{name}_before_{now:%Y%m%dt%H%M%S%f}" if there else None
    for _ in range(_ATTEMPTS):
        try:
            with admin.transaction():
                # A database in use cannot change its name. The change waits some seconds for sessions that are
                # ending, and who connects waits for the change: it begins before any of them is back.
                admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
                if old:
                    _rename(admin, name, old)
                _rename(admin, fresh, name)
                note_restored(admin, name, now, record.name)
        except psycopg.errors.ObjectInUse:
            continue
        return old
    raise Unavailable(f"database {name} is in use again as soon as its sessions are ended; stop them and run again")


def _rename(admin: psycopg.Connection, database: str, name: str) -> None:
    admin.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(database), sql.Identifier(name)))


def _drop(admin: psycopg.Connection, database: str) -> None:
    admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))


def main(argv: list[str]) -> None:
    """Restore the database that PGHOST, PGPORT, PGDATABASE, PGUSER and PGPASSWORD name."""
    parser = argparse.ArgumentParser(prog="dronelake restore", description=(__doc__ or "").split("\n\n", 1)[0])
    parser.parse_args(argv)
    place = place_from_env()
    for line in restore(DatabaseSettings.load(), place, RestoreSettings.load().backup):
        print(line)
