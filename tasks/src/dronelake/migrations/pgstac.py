"""pgSTAC's own migration, run by a role that is not a superuser and may not create roles.

pypgstac's SQL opens with statements that need CREATEROLE, which on PostgreSQL 15 is as good as superuser: it creates
its three group roles, grants them to each other and to itself and sets their search path. The program has done all that
(see `dronelake.migrate`), so those statements are taken out and the rest runs as it is shipped, in one transaction.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import psycopg
import pypgstac
from pypgstac.db import PgstacDB
from pypgstac.migrate import MigrationPath, migrations_dir

from dronelake.errors import BadInput

GROUP_ROLES = ("pgstac_admin", "pgstac_ingest", "pgstac_read")
EXTENSIONS = ("postgis", "btree_gist", "unaccent")
# (member, group): what the program must have granted before the first migration.
MEMBERSHIPS = (
    ("current_user", "pgstac_admin"),
    ("current_user", "pgstac_ingest"),
    ("pgstac_ingest", "pgstac_read"),
)

# Run with their owner's rights and needed to search; of what they write, all is pgSTAC's own memory of searches.
_FOR_READERS = ("format_item", "search_query", "where_stats")

_DONE_BY_THE_PROGRAM = (
    (re.compile(r"\bCREATE ROLE pgstac_(?:admin|ingest|read)\s*;", re.IGNORECASE), "NULL;"),
    (re.compile(r"^\s*GRANT pgstac_admin TO current_user\s*;", re.IGNORECASE | re.MULTILINE), ""),
    (re.compile(r"^\s*GRANT pgstac_read TO pgstac_ingest\s*;", re.IGNORECASE | re.MULTILINE), ""),
    (re.compile(r"^\s*ALTER ROLE pgstac_\w+ SET SEARCH_PATH [^;]*;", re.IGNORECASE | re.MULTILINE), ""),
)


def missing_grounds(connection: psycopg.Connection) -> list[str]:
    """What the program should have made and has not, each as the statement that makes it."""
    roles = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
    faults = [f"CREATE ROLE {role}" for role in GROUP_ROLES if role not in roles]
    present = {row[0] for row in connection.execute("SELECT extname FROM pg_extension")}
    faults += [f"CREATE EXTENSION {name}" for name in EXTENSIONS if name not in present]
    row = connection.execute("SELECT current_user").fetchone()
    user = row[0] if row else ""
    for member, group in MEMBERSHIPS:
        name = user if member == "current_user" else member
        if name not in roles or group not in roles:
            continue
        held = connection.execute("SELECT pg_has_role(%s, %s, 'MEMBER')", (name, group)).fetchone()
        if not held or not held[0]:
            faults.append(f"GRANT {group} TO {name}")
    return faults


def migrate(connection: psycopg.Connection) -> tuple[str | None, str]:
    """Bring pgSTAC to the version that pypgstac has; returns (version before, version now).

    Raises BadInput when there is no way from the database's version to this one, as when the database is newer.
    """
    before = installed(connection)
    target: str = pypgstac.__version__
    if before == target:
        return before, target
    with connection.transaction():
        for name in _files(before, target):
            connection.execute(_without_role_statements((Path(migrations_dir) / name).read_text(encoding="utf-8")))
        connection.execute("RESET ROLE")
        if installed(connection) != target:
            raise BadInput(f"pgSTAC's migration to {target} did not end at that version; the database is as it was")
    connection.execute("RESET ALL")
    return before, target


def shut(connection: psycopg.Connection) -> None:
    """Leave pgSTAC's functions that change its tables with their owner's rights to those who load items.

    PostgreSQL lets everybody call a new function: any reader could else repartition the catalogue or drop constraints.
    """
    functions = connection.execute(
        "SELECT oid::regprocedure::text FROM pg_proc "
        "WHERE pronamespace = 'pgstac'::regnamespace AND prosecdef AND proname <> ALL (%s) ORDER BY oid",
        (list(_FOR_READERS),),
    ).fetchall()
    with connection.transaction():
        for (function,) in functions:
            connection.execute(f"REVOKE EXECUTE ON FUNCTION {function} FROM PUBLIC, pgstac_read")
            connection.execute(f"GRANT EXECUTE ON FUNCTION {function} TO pgstac_ingest")


def installed(connection: psycopg.Connection) -> str | None:
    """The version of pgSTAC in the database, None when there is none."""
    if connection.execute("SELECT to_regclass('pgstac.migrations')").fetchone() == (None,):
        return None
    row = connection.execute(
        "SELECT version FROM pgstac.migrations ORDER BY datetime DESC, version DESC LIMIT 1"
    ).fetchone()
    return str(row[0]) if row else None


@contextmanager
def client(connection: psycopg.Connection) -> Iterator[PgstacDB]:
    """pypgstac's own handle on an open connection, for its Loader; the connection stays open."""
    connection.execute("SELECT set_config('search_path', 'pgstac,public', false)")
    database = PgstacDB(connection=connection)
    try:
        yield database
    finally:
        database.close()  # it opens a pool beside the connection that it was given


def _files(before: str | None, target: str) -> list[str]:
    if before is None:
        return [f"pgstac.{target}.sql"]
    path = MigrationPath(migrations_dir, before, target).build_path()
    if path is None:
        raise BadInput(
            f"the database has pgSTAC {before} and this code brings {target}: there is no migration between them; "
            "run the image that belongs to the database's version, or a newer one"
        )
    return [f"pgstac.{start}-{end}.sql" for start, end in pairwise(path)]


def _without_role_statements(sql: str) -> str:
    for statement, instead in _DONE_BY_THE_PROGRAM:
        sql = statement.sub(instead, sql)
    return sql
