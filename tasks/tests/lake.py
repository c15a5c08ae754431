"""What the Pulumi program makes in an environment, made directly on the tests' servers."""

import psycopg
from psycopg import sql
from servers import Postgres

from dronelake.keys import MODEL_BUCKET, ORTHO_BUCKET, RAW_BUCKET, RESULT_BUCKET

_GROUPS = {
    "pgstac_admin": (),
    "pgstac_read": (),
    "pgstac_ingest": ("pgstac_read",),
    "detections_read": (),
    "detections_write": ("detections_read",),
}
_LOGINS = {
    "lake_owner": ("pgstac_admin", "pgstac_ingest"),
    "pipeline_detect": ("detections_write",),
    "pipeline_catalog": ("pgstac_ingest", "pgstac_read"),
    "catalog": ("pgstac_read", "detections_read"),
    "catalogue_reader": ("pgstac_read", "detections_read"),
    "backup": ("pg_read_all_data",),
}
BUCKETS = (RAW_BUCKET, ORTHO_BUCKET, MODEL_BUCKET, RESULT_BUCKET)


def make_roles(postgres: Postgres) -> None:
    """The group and login roles, by membership alone: nobody is a superuser or may create roles."""
    with postgres.connect() as connection:
        for role, groups in {**_GROUPS, **_LOGINS}.items():
            login = sql.SQL("LOGIN PASSWORD {}").format(postgres.password) if role in _LOGINS else sql.SQL("NOLOGIN")
            connection.execute(sql.SQL("CREATE ROLE {} {}").format(sql.Identifier(role), login))
            for group in groups:
                connection.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(group), sql.Identifier(role)))


def make_database(postgres: Postgres, name: str, template: str = "template0") -> None:
    """A database with the extensions and the schema `detections`, as `dronelake migrate` finds it; or a copy of one."""
    with postgres.connect() as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER lake_owner TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
    if template != "template0":
        return
    with postgres.connect(name) as connection:
        for extension in ("postgis", "btree_gist", "unaccent"):
            connection.execute(sql.SQL("CREATE EXTENSION {}").format(sql.Identifier(extension)))
        connection.execute("CREATE SCHEMA detections AUTHORIZATION lake_owner")
        connection.execute("GRANT USAGE ON SCHEMA detections TO detections_read, detections_write")
        default = "ALTER DEFAULT PRIVILEGES FOR ROLE lake_owner IN SCHEMA detections"
        connection.execute(f"{default} GRANT SELECT ON TABLES TO detections_read")
        connection.execute(f"{default} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO detections_write")


def drop_database(postgres: Postgres, name: str) -> None:
    with postgres.connect() as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def rows(connection: psycopg.Connection, query: str, *values: object) -> list[tuple[object, ...]]:
    """All rows of a query."""
    return connection.execute(query, values).fetchall()
