"""What is in a database, table by table, so that what was put back can be compared with what was taken."""

import psycopg
from psycopg import sql

from dronelake.backup.record import Content

# Tables with rows of their own: partitions, not what they are partitions of; no temporary ones; no extension's.
_TABLES = """
SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND c.relpersistence = 'p' AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
  AND NOT EXISTS (
    SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.classid = 'pg_class'::regclass AND d.deptype = 'e'
  )
ORDER BY 1, 2
"""
# 64 bits of each row's text, summed: what stands on another page, or came in another order, counts the same.
_CONTENT = "SELECT count(*), coalesce(sum(('x' || left(md5(t::text), 16))::bit(64)::bigint), 0)::text FROM {} t"


def measure(connection: psycopg.Connection) -> dict[str, Content]:
    """The content of every table by its name `schema.table`, as the connection's transaction sees it."""
    # What a row's text depends on besides the row.
    for setting, value in (("TimeZone", "UTC"), ("DateStyle", "ISO"), ("IntervalStyle", "postgres")):
        connection.execute("SELECT set_config(%s, %s, false)", (setting, value))
    found = {}
    for schema, table in connection.execute(_TABLES).fetchall():
        row = connection.execute(sql.SQL(_CONTENT).format(sql.Identifier(schema, table))).fetchone()
        assert row is not None  # an aggregate has one row
        found[f"{schema}.{table}"] = Content(rows=row[0], checksum=row[1])
    return found


def differences(wanted: dict[str, Content], found: dict[str, Content]) -> list[str]:
    """What is not the same, one line a table."""
    lines = []
    for table in sorted({*wanted, *found}):
        before, now = wanted.get(table), found.get(table)
        if before is None or now is None:
            lines.append(f"{table} {'was not in the backup' if before is None else 'is missing'}")
        elif before.rows != now.rows:
            lines.append(f"{table} has {now.rows} rows, the backup {before.rows}")
        elif before != now:
            lines.append(f"{table} has other rows than the backup")
    return lines
