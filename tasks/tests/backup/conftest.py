"""Fixtures of the tests of backups: PostgreSQL's programs, a place for backups, and a lake worth one."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from backups import Backups
from chain import catalogued, detected, published, stitched, uploaded
from lake import drop_database
from servers import Postgres, postgres_programs

from dronelake.backup.place import Folder
from dronelake.keys import Flight
from dronelake.settings import DatabaseSettings
from dronelake.storage import Store


@pytest.fixture(autouse=True)
def programs_on_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    folder, libraries = postgres_programs()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    for name, value in libraries.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def backups(postgres: Postgres, database: DatabaseSettings, tmp_path: Path) -> Backups:
    """Backups of the test's own database, in a folder of its own."""
    folder = tmp_path / "backups"
    folder.mkdir()
    return Backups(postgres, database.pgdatabase, Folder(folder))


@pytest.fixture(autouse=True)
def others_dropped(postgres: Postgres, backups: Backups) -> Iterator[None]:
    """Nothing but the test's own database is left behind by a restore."""
    yield
    for name in backups.databases():
        if name != backups.database:
            drop_database(postgres, name)


@pytest.fixture
def filled(
    store: Store,
    project: str,
    tmp_path: Path,
    backups: Backups,
    monkeypatch: pytest.MonkeyPatch,
) -> Backups:
    """The backups of a lake after one flight has gone through the whole chain."""
    source = uploaded(store, Flight(project, "1 'é'"), tmp_path / "photos")
    orthophoto = stitched(store, source)
    detected(store, source.flight, orthophoto, published(store, "muskrat-bank"))
    catalogued(monkeypatch, source, orthophoto, "flight", "orthophoto", "results", "model")
    backups.find("1 'é'")
    return backups
