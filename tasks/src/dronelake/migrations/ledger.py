"""Our own migrations: numbered SQL files, each applied once, in order, in a transaction with its line in the ledger."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

import psycopg

from dronelake.errors import BadInput

_FILE = re.compile(r"(?P<number>\d{4})_(?P<name>[a-z0-9_]+)\.sql")
_LEDGER = """
CREATE TABLE IF NOT EXISTS detections.migration (
    number integer PRIMARY KEY,
    name text NOT NULL,
    sha256 text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON detections.migration FROM PUBLIC, detections_read, detections_write;
"""


@dataclass(frozen=True)
class Step:
    """One SQL file; `sha256` is of its bytes."""

    number: int
    name: str
    sql: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


def steps(folder: Path = Path(__file__).parent) -> list[Step]:
    """The migrations of a folder in order; raises BadInput when a number is missing or used twice."""
    found = []
    for path in sorted(folder.glob("*.sql")):
        match = _FILE.fullmatch(path.name)
        if match is None:
            raise BadInput(f"migration {path.name} is not named like 0001_what_it_adds.sql; rename it")
        found.append(Step(int(match["number"]), match["name"], path.read_text(encoding="utf-8")))
    numbers = [step.number for step in found]
    if numbers != list(range(1, len(found) + 1)):
        raise BadInput(f"migrations must be numbered 1, 2, 3, … without gaps; found {numbers}")
    return found


def migrate(connection: psycopg.Connection, wanted: list[Step]) -> list[Step]:
    """Apply what the ledger does not list; returns what was applied.

    Raises BadInput when an applied file has changed since, or the database has more than this code knows.
    """
    with connection.transaction():
        connection.execute(_LEDGER)
    rows = connection.execute("SELECT number, name, sha256 FROM detections.migration ORDER BY number").fetchall()
    for number, name, sha256 in rows:
        step = wanted[number - 1] if number <= len(wanted) else None
        if step is None:
            raise BadInput(f"the database has migration {number:04} {name}, which this code lacks; run a newer image")
        if step.sha256 != sha256:
            raise BadInput(
                f"migration {number:04}_{name}.sql has changed since it was applied to this database; "
                "restore it and put the change into a new migration"
            )
    applied = []
    for step in wanted[len(rows) :]:
        with connection.transaction():
            connection.execute(step.sql)
            connection.execute(
                "INSERT INTO detections.migration (number, name, sha256) VALUES (%s, %s, %s)",
                (step.number, step.name, step.sha256),
            )
        applied.append(step)
    return applied
