"""`dronelake restore`: what was taken comes back, and nothing else ever takes its place."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Barrier, Event

import psycopg
import pypgstac
import pytest
from backups import FINDING, Backups
from lake import drop_database, make_database, rows
from psycopg import sql
from servers import Postgres

from dronelake.backup import programs, take
from dronelake.backup.record import DUMP, RECORD, Content
from dronelake.backup.restore import main as restore_main
from dronelake.backup.restore import restore
from dronelake.backup.take import main as backup_main
from dronelake.catalog.command import main as catalog
from dronelake.catalog.load import exists
from dronelake.database import connect, restored_at
from dronelake.errors import BadInput, LakeError, NotFound
from dronelake.migrate import migrate
from dronelake.migrations import ledger, pgstac
from dronelake.settings import DatabaseSettings

# Before, the function called one that a dump makes later than the table that needs both: such a dump cannot be loaded.
_MENDED_IN_0_9_11 = """
SET ROLE pgstac_admin;
CREATE OR REPLACE FUNCTION pgstac.search_hash(jsonb, jsonb) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT md5(concat($1::text, $2::text)) $$;
RESET ROLE
"""


def test_everything_comes_back_after_everything_was_lost(
    postgres: Postgres, filled: Backups, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    name = filled.database
    before = filled.state()
    assert before["search"]
    monkeypatch.setenv("BACKUP_DIR", str(filled.place.path))
    for variable, value in postgres.env(name, "backup").items():
        monkeypatch.setenv(variable, value)
    backup_main([])
    assert "backup 2" in capsys.readouterr().out
    with postgres.connect(name) as admin:
        admin.execute("DROP SCHEMA pgstac CASCADE")
        admin.execute("DELETE FROM detections.finding")
    for variable, value in postgres.env(name, "postgres").items():
        monkeypatch.setenv(variable, value)
    restore_main([])
    assert filled.state() == before
    told = capsys.readouterr().out
    [kept] = [other for other in filled.databases() if other != name]
    assert f"what was there before is database {kept}" in told
    assert filled.findings(kept) == []


def test_the_lake_goes_on_in_what_was_restored(postgres: Postgres, filled: Backups) -> None:
    filled.take()
    filled.restore()
    with connect(filled.by("lake_owner")) as owner:
        assert migrate(owner)[:2] == ["pgSTAC 0.9.11 was there", "detections: up to date"]
    catalog(["flight"])
    filled.find("2", "v2")
    assert filled.findings() == ["1 'é'", "2"]
    with (
        postgres.connect(filled.database, "catalog") as reader,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        reader.execute("DELETE FROM detections.finding")


def test_sessions_are_sent_away_and_find_the_restored_database(
    postgres: Postgres, backups: Backups, database: DatabaseSettings
) -> None:
    backups.take()
    with postgres.connect(backups.database, "pipeline_detect") as detecting:
        detecting.execute(FINDING, ("newer", "v1"))
        backups.restore()
        with pytest.raises(psycopg.errors.AdminShutdown):
            detecting.execute("SELECT 1")
    assert backups.findings() == []
    [kept] = [name for name in backups.databases() if name != backups.database]
    assert backups.findings(kept) == ["newer"]
    with connect(database) as connection:
        assert restored_at(connection) is not None


def test_clients_that_come_back_at_once_do_not_keep_the_name(postgres: Postgres, backups: Backups) -> None:
    backups.take()
    over, connected = Event(), Barrier(3)

    def come_back(first: bool = True) -> None:
        while not over.is_set():
            with (
                suppress(psycopg.OperationalError),
                postgres.connect(backups.database, "catalog") as reader,
            ):
                if first:
                    connected.wait(30)
                first = False
                while not over.wait(0.001):
                    reader.execute("SELECT 1")

    with ThreadPoolExecutor(2) as pool:
        clients = [pool.submit(come_back) for _ in range(2)]
        try:
            connected.wait(30)
            assert any("restored backup" in line for line in backups.restore())
        finally:
            over.set()
        for client in clients:
            client.result()


def _cut_short(dump: Path) -> None:
    dump.write_bytes(dump.read_bytes()[:-100])


def _changed(dump: Path) -> None:
    data = bytearray(dump.read_bytes())
    data[len(data) // 2] ^= 1
    dump.write_bytes(data)


@pytest.mark.parametrize("spoil", [_cut_short, _changed, Path.unlink])
def test_a_dump_that_is_not_what_was_written_is_refused(backups: Backups, spoil: Callable[[Path], None]) -> None:
    record = backups.take()
    spoil(backups.place.path / record.name / DUMP)
    backups.find("newer")
    with pytest.raises(BadInput, match=f"backup {record.name}: .* is not what was written; use another backup"):
        backups.restore()
    assert backups.databases() == [backups.database]
    assert backups.findings() == ["newer"]


def test_what_does_not_come_back_as_it_was_taken_never_takes_the_place(backups: Backups) -> None:
    backups.find("1")
    record = backups.take()
    found = record.tables["detections.finding"]
    tables = {
        "detections.finding": found.model_copy(update={"rows": 2}),
        "pgstac.collections": Content(rows=4, checksum="1"),
        "pgstac.gone": Content(rows=0, checksum="0"),
    }
    wrong = record.model_copy(update={"tables": {**record.tables, **tables}})
    (backups.place.path / record.name / RECORD).write_bytes(wrong.to_json())
    with pytest.raises(
        LakeError,
        match=r"detections\.finding has 1 rows, the backup 2; pgstac\.collections has other rows than the backup; "
        r"pgstac\.gone is missing",
    ):
        backups.restore()
    assert backups.databases() == [backups.database]
    assert backups.findings() == ["1"]


def test_a_dump_that_does_not_load_leaves_the_database_as_it_was(
    filled: Backups, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled.take()
    monkeypatch.setattr(programs, "_PGSTAC_FIRST", programs._NOWHERE)
    with pytest.raises(LakeError, match=r"psql failed: ERROR: .*function st_makeenvelope.* does not exist"):
        filled.restore()
    assert filled.databases() == [filled.database]
    assert filled.findings() == ["1 'é'"]


def test_goes_on_after_runs_that_were_killed(postgres: Postgres, backups: Backups) -> None:
    (backups.place.path / ".unfinished-x").mkdir()
    (backups.place.path / ".unfinished-x" / RECORD).write_text("half")
    without_record = backups.place.path / "20990101T000000Z"
    without_record.mkdir()
    (without_record / DUMP).write_text("half")
    make_database(postgres, f"{backups.database}_restoring")
    record = backups.take()
    assert [found.name for found in backups.place.records()] == [record.name]
    backups.restore()
    assert not (backups.place.path / ".unfinished-x").exists()
    assert f"{backups.database}_restoring" not in backups.databases()


def test_restores_where_the_database_is_gone_and_the_roles_are_there(postgres: Postgres, backups: Backups) -> None:
    backups.find("1")
    record = backups.take()
    drop_database(postgres, backups.database)
    assert not any("what was there before" in line for line in backups.restore())
    assert backups.findings() == ["1"]
    homeless = record.model_copy(update={"owner": "nobody_here"})
    (backups.place.path / record.name / RECORD).write_bytes(homeless.to_json())
    with pytest.raises(NotFound, match="no role nobody_here, which owns what is in the backup; run `pulumi up` first"):
        backups.restore()


def test_a_backup_is_chosen_by_name_and_else_the_newest(backups: Backups, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotFound, match="there is no backup; `dronelake backup` takes one"):
        backups.restore()
    names = ["20260101T000000Z", "20260102T000000Z"]
    for number, name in enumerate(names):
        monkeypatch.setattr(take, "new_name", lambda name=name: name)
        backups.find(str(number), f"v{number}")
        backups.take()
    with pytest.raises(NotFound, match="no backup '2026'; there are 20260102T000000Z, 20260101T000000Z"):
        backups.restore("2026")
    backups.restore(names[0])
    assert backups.findings() == ["0"]
    backups.restore()
    assert backups.findings() == ["0", "1"]


def test_a_backup_of_an_older_release_is_brought_to_this_one(
    postgres: Postgres, backups: Backups, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"{backups.database}_older"
    make_database(postgres, name)
    with connect(postgres.settings(name, "lake_owner")) as owner:
        with monkeypatch.context() as earlier:
            earlier.setattr(pypgstac, "__version__", "0.9.9")
            pgstac.migrate(owner)
        ledger.migrate(owner, ledger.steps())
        owner.execute(_MENDED_IN_0_9_11)
    assert take.take(postgres.settings(name, "backup"), backups.place).pgstac == "0.9.9"
    assert f"pgSTAC 0.9.9 → {pypgstac.__version__}" in restore(postgres.settings(name, "postgres"), backups.place)
    with postgres.connect(name) as admin:
        owners = "SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class WHERE relnamespace = 'pgstac'::regnamespace"
        assert sorted(str(row[0]) for row in rows(admin, owners)) == ["pgstac_admin"]


def test_a_backup_that_this_code_cannot_work_with_never_takes_the_place(postgres: Postgres, backups: Backups) -> None:
    with postgres.connect(backups.database) as admin:
        admin.execute("INSERT INTO pgstac.migrations (version) VALUES ('0.99.0')")
        backups.take()
        admin.execute("DELETE FROM pgstac.migrations WHERE version = '0.99.0'")
    with pytest.raises(BadInput, match=r"has pgSTAC 0\.99\.0 and this code brings"):
        backups.restore()
    assert backups.databases() == [backups.database]


def test_items_of_other_days_are_in_their_partitions_again(
    postgres: Postgres, filled: Backups, database: DatabaseSettings
) -> None:
    """A collection by months has a partition a month, with constraints that pgSTAC makes from what is in them."""
    with postgres.connect(filled.database, "lake_owner") as owner:
        owner.execute("SET search_path TO pgstac, public")
        owner.execute("UPDATE collections SET partition_trunc = 'month' WHERE id = 'drone-raw'")
        for month in (1, 2, 3):
            owner.execute(
                "SELECT create_item(jsonb_set(jsonb_set(content_hydrate(items), '{id}', %s::jsonb), "
                "'{properties,datetime}', %s::jsonb)) FROM items WHERE collection = 'drone-raw' AND id NOT LIKE 'm-%%'",
                (json.dumps(f"m-{month}"), json.dumps(f"2025-0{month}-01T00:00:00Z")),
            )
    partitions = sql.SQL("SELECT partition, constraint_dtrange FROM pgstac.partitions_view ORDER BY 1")
    with postgres.connect(filled.database) as admin:
        before = admin.execute(partitions).fetchall()
    assert len(before) >= 6
    filled.take()
    filled.restore()
    with postgres.connect(filled.database) as admin:
        assert admin.execute(partitions).fetchall() == before
    with connect(database) as connection:
        assert exists(connection, "drone-raw", "m-2")
    catalog(["flight"])
