"""`dronelake migrate`: bring pgSTAC, the four collections and the schema `detections` up to date.

Runs as the role `lake_owner`, which needs neither superuser nor CREATEROLE nor ADMIN OPTION. What the Pulumi program
makes before (measured on PostgreSQL 15, by taking each away):

- group roles (no login): `pgstac_admin`, `pgstac_read`, `pgstac_ingest` with `roles: [pgstac_read]`, `detections_read`,
  `detections_write` with `roles: [detections_read]`;
- `lake_owner` (login) with `roles: [pgstac_admin, pgstac_ingest]`, owner of the database `lake`;
- in `lake` the extensions postgis, btree_gist and unaccent, in schema public;
- the schema `detections`, owner `lake_owner`; USAGE on it to `detections_read` and `detections_write`;
- default privileges of `lake_owner` in the schema `detections`, for tables: SELECT to `detections_read`; SELECT,
  INSERT, UPDATE, DELETE to `detections_write`;
- no schema `pgstac` and no grant in it: pgSTAC's migration makes and owns all of that;
- login roles by `roles` alone: `pipeline_detect` has detections_write, `pipeline_catalog` has pgstac_ingest and
  pgstac_read; readers have pgstac_read and detections_read. CONNECT and TEMPORARY on `lake` stay with PUBLIC (the
  loader uses a temporary table).

It may be run again at any time, and by two at once: one waits for the other. A failure leaves the step that failed
undone and the steps before it done; the next run goes on from there.
"""

import argparse

import psycopg

from dronelake.catalog.collections import upsert_collections
from dronelake.database import connect, only_one
from dronelake.errors import BadInput
from dronelake.migrations import ledger, pgstac
from dronelake.settings import DatabaseSettings

_STARTUP_PATIENCE_S = 60.0


def migrate(connection: psycopg.Connection) -> list[str]:
    """Do all that is not done yet; returns one line a step. Raises BadInput when the program has not prepared it."""
    with only_one(connection, "migrate"):
        missing = pgstac.missing_grounds(connection) + _missing_schema(connection)
        if missing:
            raise BadInput(f"the database is not prepared; `pulumi up` does: {'; '.join(missing)}")
        before, now = pgstac.migrate(connection)
        pgstac.shut(connection)
        lines = [f"pgSTAC {now} was there" if before == now else f"pgSTAC {before or 'absent'} → {now}"]
        applied = ledger.migrate(connection, ledger.steps())
        lines += [f"detections: applied {step.number:04} {step.name}" for step in applied] or ["detections: up to date"]
        names = upsert_collections(connection)
        return [*lines, f"collections: {', '.join(names)}"]


def _missing_schema(connection: psycopg.Connection) -> list[str]:
    roles = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
    missing = [f"CREATE ROLE {role}" for role in ("detections_read", "detections_write") if role not in roles]
    row = connection.execute(
        "SELECT pg_get_userbyid(nspowner), current_user FROM pg_namespace WHERE nspname = 'detections'"
    ).fetchone()
    if row is None:
        return [*missing, "CREATE SCHEMA detections"]
    return missing if row[0] == row[1] else [*missing, f"ALTER SCHEMA detections OWNER TO {row[1]}"]


def main(argv: list[str]) -> None:
    """Migrate the database that PGHOST, PGPORT, PGDATABASE, PGUSER and PGPASSWORD name."""
    parser = argparse.ArgumentParser(prog="dronelake migrate", description=(__doc__ or "").split("\n\n", 1)[0])
    parser.parse_args(argv)
    with connect(DatabaseSettings.load(), patience_s=_STARTUP_PATIENCE_S) as connection:
        for line in migrate(connection):
            print(line)
