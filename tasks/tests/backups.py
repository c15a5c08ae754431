"""Backups of a test's own database, and what is in it."""

import json
from dataclasses import dataclass

from lake import rows
from servers import Postgres

from dronelake.backup import take
from dronelake.backup.place import Folder
from dronelake.backup.record import Record
from dronelake.backup.restore import restore
from dronelake.settings import DatabaseSettings

FINDING = """
INSERT INTO detections.finding (project, flight, class, score, position, box, gsd_m, orthophoto_key,
    orthophoto_version, model_name, model_version, run)
VALUES ('p', %s, 'Muskusrat klem', 0.9, ST_Point(5, 52, 4326), ST_MakeEnvelope(5, 52, 5.1, 52.1, 4326), 0.02,
    'p/f/p-merged.geotiff', %s, 'muskrat-bank', 'm1', 'detection-v1')
"""
# An access list has no order of its own.
_OWNERS_AND_RIGHTS = """
SELECT n.nspname, c.relname, c.relkind, pg_get_userbyid(c.relowner),
  ARRAY(SELECT a::text FROM unnest(n.nspacl) a ORDER BY 1), ARRAY(SELECT a::text FROM unnest(c.relacl) a ORDER BY 1)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname IN ('pgstac', 'detections') ORDER BY 1, 2
"""
_FUNCTIONS = """
SELECT p.oid::regprocedure::text, pg_get_userbyid(p.proowner), p.proacl::text, p.prosecdef, p.proconfig::text
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname IN ('pgstac', 'detections') ORDER BY 1
"""
_DEFAULTS = "SELECT pg_get_userbyid(defaclrole), defaclobjtype, defaclacl::text FROM pg_default_acl ORDER BY 1, 2, 3"
_SEARCH = {"bbox": [5.0999, 52.0999, 5.1011, 52.1011], "sortby": [{"field": "id", "direction": "asc"}]}


@dataclass(frozen=True)
class Backups:
    """Backups of `database` in a folder, as the roles of the lake take and restore them."""

    postgres: Postgres
    database: str
    place: Folder

    def by(self, role: str) -> DatabaseSettings:
        return self.postgres.settings(self.database, role)

    def take(self) -> Record:
        return take.take(self.by("backup"), self.place)

    def restore(self, wanted: str | None = None) -> list[str]:
        return restore(self.by("postgres"), self.place, wanted)

    def databases(self) -> list[str]:
        """The database, and those that were made beside it."""
        with self.postgres.connect() as admin:
            query = "SELECT datname FROM pg_database WHERE datname LIKE %s ORDER BY 1"
            return [str(row[0]) for row in rows(admin, query, f"{self.database}%")]

    def find(self, flight: str, orthophoto: str = "v1") -> None:
        """A finding, written as detection writes it."""
        with self.postgres.connect(self.database, "pipeline_detect") as detecting:
            detecting.execute(FINDING, (flight, orthophoto))

    def findings(self, database: str | None = None) -> list[object]:
        """The flights of all findings, in this database or in one beside it."""
        with self.postgres.connect(database or self.database, "catalog") as reader:
            return [row[0] for row in rows(reader, "SELECT flight FROM detections.finding ORDER BY id")]

    def state(self) -> dict[str, object]:
        """All that a user, a role or a later migration would notice of the database."""
        with self.postgres.connect(self.database, "catalog") as reader:
            reader.execute("SET search_path TO pgstac, public")
            found = rows(reader, "SELECT search(%s::jsonb)", json.dumps(_SEARCH))[0][0]
            assert isinstance(found, dict)
            collections = rows(reader, "SELECT id, content FROM pgstac.collections ORDER BY id")
            findings = rows(reader, "SELECT f::text FROM detections.finding f ORDER BY id")
        with self.postgres.connect(self.database) as admin:
            return {
                "search": found["features"],
                "collections": collections,
                "findings": findings,
                "rights": rows(admin, _OWNERS_AND_RIGHTS),
                "functions": rows(admin, _FUNCTIONS),
                "defaults": rows(admin, _DEFAULTS),
                "extensions": rows(admin, "SELECT extname, extversion FROM pg_extension ORDER BY 1"),
            }
