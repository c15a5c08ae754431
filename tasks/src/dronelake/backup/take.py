"""`dronelake backup`: take a backup of the database and keep it where BACKUP_DIR or BACKUP_BUCKET says.

The dump and the count of every table's rows are of one moment, while others go on writing. The role needs to read
everything (`pg_read_all_data`) and no more. BACKUP_KEEP says how many backups stay in a folder; a bucket's own
lifecycle rule removes what is old there.
"""

import argparse
from pathlib import Path

import psycopg
from pydantic import Field

from dronelake.backup.content import measure
from dronelake.backup.place import Place, place_from_env
from dronelake.backup.programs import dump
from dronelake.backup.record import DUMP, Record, new_name
from dronelake.database import connect
from dronelake.migrations import pgstac
from dronelake.settings import DatabaseSettings, EnvSettings
from dronelake.storage import file_sha256


class BackupSettings(EnvSettings):
    backup_keep: int = Field(default=14, gt=0)


def take(settings: DatabaseSettings, place: Place) -> Record:
    """Take one backup and keep it; raises LakeError, having kept nothing, when any part of it fails."""
    name = new_name()
    with place.workspace() as folder, connect(settings) as connection:
        target = Path(folder) / DUMP
        with connection.transaction():
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            snapshot, database, owner, server = _about(connection)
            version = pgstac.installed(connection)
            tables = measure(connection)
            dump(settings, snapshot, target)
        record = Record(
            name=name,
            database=database,
            owner=owner,
            server=server,
            pgstac=version,
            tables=tables,
            size=target.stat().st_size,
            sha256=file_sha256(target).hex(),
        )
        place.keep(record, target)
    return record


def _about(connection: psycopg.Connection) -> tuple[str, str, str, str]:
    row = connection.execute(
        "SELECT pg_export_snapshot(), datname, pg_get_userbyid(datdba), current_setting('server_version') "
        "FROM pg_database WHERE datname = current_database()"
    ).fetchone()
    assert row is not None  # a connection has a database
    snapshot, database, owner, server = row
    return snapshot, database, owner, server


def main(argv: list[str]) -> None:
    """Back up the database that PGHOST, PGPORT, PGDATABASE, PGUSER and PGPASSWORD name."""
    parser = argparse.ArgumentParser(prog="dronelake backup", description=(__doc__ or "").split("\n\n", 1)[0])
    parser.parse_args(argv)
    place = place_from_env()
    keep = BackupSettings.load().backup_keep
    record = take(DatabaseSettings.load(), place)
    rows = sum(content.rows for content in record.tables.values())
    print(f"backup {record.name}: {len(record.tables)} tables, {rows} rows, {record.size} bytes")
    for name in place.prune(keep):
        print(f"removed backup {name}: {keep} newer ones are kept")
