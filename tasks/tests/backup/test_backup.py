"""`dronelake backup` and `dronelake restore` between real servers, with what the pipelines write."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pypgstac
import pytest
from chain import detected, published, stitched, uploaded
from lake import drop_database, make_database, rows
from psycopg import sql
from servers import Postgres, postgres_programs

from dronelake.backup import programs, take
from dronelake.backup.place import Bucket, Folder, Place, place_from_env
from dronelake.backup.record import DUMP, RECORD, Content, Record
from dronelake.backup.restore import main as restore_main
from dronelake.backup.restore import restore
from dronelake.backup.take import main as backup_main
from dronelake.catalog.command import main as catalog
from dronelake.catalog.load import exists
from dronelake.database import connect, restored_at
from dronelake.errors import BadInput, Denied, LakeError, NotFound
from dronelake.keys import Flight, encode
from dronelake.migrate import migrate
from dronelake.migrations import ledger, pgstac
from dronelake.settings import DatabaseSettings
from dronelake.storage import Store

_FINDING = """
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
# Before, the function called one that a dump makes later than the table that needs both: such a dump cannot be loaded.
_MENDED_IN_0_9_11 = """
SET ROLE pgstac_admin;
CREATE OR REPLACE FUNCTION pgstac.search_hash(jsonb, jsonb) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT md5(concat($1::text, $2::text)) $$;
RESET ROLE
"""
_SEARCH = {"bbox": [5.0999, 52.0999, 5.1011, 52.1011], "sortby": [{"field": "id", "direction": "asc"}]}


@pytest.fixture(autouse=True)
def programs_on_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    folder, libraries = postgres_programs()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    for name, value in libraries.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    folder = tmp_path / "backups"
    folder.mkdir()
    monkeypatch.setenv("BACKUP_DIR", str(folder))
    return Folder(folder)


@pytest.fixture(autouse=True)
def others_dropped(postgres: Postgres, database: DatabaseSettings) -> Iterator[None]:
    """Nothing but the test's own database is left behind by a restore."""
    yield
    for name in _databases(postgres, database):
        if name != database.pgdatabase:
            drop_database(postgres, name)


@pytest.fixture
def by_backup(postgres: Postgres, database: DatabaseSettings) -> DatabaseSettings:
    return postgres.settings(database.pgdatabase, "backup")


@pytest.fixture
def by_superuser(postgres: Postgres, database: DatabaseSettings) -> DatabaseSettings:
    return postgres.settings(database.pgdatabase, "postgres")


def _databases(postgres: Postgres, database: DatabaseSettings) -> list[str]:
    with postgres.connect() as admin:
        query = "SELECT datname FROM pg_database WHERE datname LIKE %s ORDER BY 1"
        return [str(row[0]) for row in rows(admin, query, f"{database.pgdatabase}%")]


def _find(postgres: Postgres, database: str, flight: str, orthophoto: str = "v1") -> None:
    """A finding, written as detection writes it."""
    with postgres.connect(database, "pipeline_detect") as detecting:
        detecting.execute(_FINDING, (flight, orthophoto))


def _findings(postgres: Postgres, database: str) -> list[object]:
    with postgres.connect(database, "catalog") as reader:
        return [row[0] for row in rows(reader, "SELECT flight FROM detections.finding ORDER BY id")]


def _state(postgres: Postgres, database: str) -> dict[str, object]:
    """All that a user, a role or a later migration would notice of a database."""
    with postgres.connect(database, "catalog") as reader:
        reader.execute("SET search_path TO pgstac, public")
        found = rows(reader, "SELECT search(%s::jsonb)", json.dumps(_SEARCH))[0][0]
        assert isinstance(found, dict)
        collections = rows(reader, "SELECT id, content FROM pgstac.collections ORDER BY id")
        findings = rows(reader, "SELECT f::text FROM detections.finding f ORDER BY id")
    with postgres.connect(database) as admin:
        return {
            "search": found["features"],
            "collections": collections,
            "findings": findings,
            "rights": rows(admin, _OWNERS_AND_RIGHTS),
            "functions": rows(admin, _FUNCTIONS),
            "defaults": rows(admin, _DEFAULTS),
            "extensions": rows(admin, "SELECT extname, extversion FROM pg_extension ORDER BY 1"),
        }


@pytest.fixture
def filled(
    store: Store,
    project: str,
    tmp_path: Path,
    postgres: Postgres,
    database: DatabaseSettings,
    monkeypatch: pytest.MonkeyPatch,
) -> DatabaseSettings:
    """The database after one flight has gone through the whole chain."""
    source = uploaded(store, Flight(project, "1 'é'"), tmp_path / "photos")
    orthophoto = stitched(store, source)
    detected(store, source.flight, orthophoto, published(store, "muskrat-bank"))
    for name, value in {
        **source.env,
        "ORTHO_KEY": encode(orthophoto.key),
        "ORTHO_VERSION": orthophoto.version_id,
    }.items():
        monkeypatch.setenv(name, value)
    for subject in ("flight", "orthophoto", "results", "model"):
        catalog([subject])
    _find(postgres, database.pgdatabase, "1 'é'")
    return database


def test_everything_comes_back_after_everything_was_lost(
    postgres: Postgres,
    filled: DatabaseSettings,
    place: Folder,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    name = filled.pgdatabase
    before = _state(postgres, name)
    assert before["search"]
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
    assert _state(postgres, name) == before
    told = capsys.readouterr().out
    [kept] = [other for other in _databases(postgres, filled) if other != name]
    assert f"what was there before is database {kept}" in told
    assert _findings(postgres, kept) == []


def test_the_lake_goes_on_in_what_was_restored(
    postgres: Postgres,
    filled: DatabaseSettings,
    by_backup: DatabaseSettings,
    by_superuser: DatabaseSettings,
    place: Folder,
) -> None:
    take.take(by_backup, place)
    restore(by_superuser, place)
    with connect(postgres.settings(filled.pgdatabase, "lake_owner")) as owner:
        assert migrate(owner)[:2] == ["pgSTAC 0.9.11 was there", "detections: up to date"]
    catalog(["flight"])
    _find(postgres, filled.pgdatabase, "2", "v2")
    assert _findings(postgres, filled.pgdatabase) == ["1 'é'", "2"]
    with (
        postgres.connect(filled.pgdatabase, "catalog") as reader,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        reader.execute("DELETE FROM detections.finding")


def test_a_backup_is_of_one_moment_while_others_write(
    postgres: Postgres,
    filled: DatabaseSettings,
    by_backup: DatabaseSettings,
    by_superuser: DatabaseSettings,
    place: Folder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def dump_late(settings: DatabaseSettings, snapshot: str, target: Path) -> None:
        _find(postgres, filled.pgdatabase, "late", "v2")
        programs.dump(settings, snapshot, target)

    monkeypatch.setattr(take, "dump", dump_late)
    record = take.take(by_backup, place)
    assert record.tables["detections.finding"].rows == 1
    restore(by_superuser, place)
    assert _findings(postgres, filled.pgdatabase) == ["1 'é'"]


def test_sessions_are_sent_away_and_find_the_restored_database(
    postgres: Postgres,
    database: DatabaseSettings,
    by_backup: DatabaseSettings,
    by_superuser: DatabaseSettings,
    place: Folder,
) -> None:
    take.take(by_backup, place)
    with postgres.connect(database.pgdatabase, "pipeline_detect") as detecting:
        detecting.execute(_FINDING, ("newer", "v1"))
        restore(by_superuser, place)
        with pytest.raises(psycopg.errors.AdminShutdown):
            detecting.execute("SELECT 1")
    assert _findings(postgres, database.pgdatabase) == []
    [kept] = [name for name in _databases(postgres, database) if name != database.pgdatabase]
    assert _findings(postgres, kept) == ["newer"]
    with connect(database) as connection:
        assert restored_at(connection) is not None


def _cut_short(dump: Path) -> None:
    dump.write_bytes(dump.read_bytes()[:-100])


def _changed(dump: Path) -> None:
    data = bytearray(dump.read_bytes())
    data[len(data) // 2] ^= 1
    dump.write_bytes(data)


@pytest.mark.parametrize("spoil", [_cut_short, _changed, Path.unlink])
def test_a_dump_that_is_not_what_was_written_is_refused(
    postgres: Postgres,
    database: DatabaseSettings,
    by_backup: DatabaseSettings,
    by_superuser: DatabaseSettings,
    place: Folder,
    spoil: Callable[[Path], None],
) -> None:
    record = take.take(by_backup, place)
    spoil(place.path / record.name / DUMP)
    _find(postgres, database.pgdatabase, "newer")
    with pytest.raises(BadInput, match=f"backup {record.name}: .* is not what was written; use another backup"):
        restore(by_superuser, place)
    assert _databases(postgres, database) == [database.pgdatabase]
    assert _findings(postgres, database.pgdatabase) == ["newer"]


def test_what_does_not_come_back_as_it_was_taken_never_takes_the_place(
    postgres: Postgres,
    database: DatabaseSettings,
    by_backup: DatabaseSettings,
    by_superuser: DatabaseSettings,
    place: Folder,
) -> None:
    _find(postgres, database.pgdatabase, "1")
    record = take.take(by_backup, place)
    found = record.tables["detections.finding"]
    tables = {
        "detections.finding": found.model_copy(update={"rows": 2}),
        "pgstac.collections": Content(rows=4, checksum="1"),
        "pgstac.gone": Content(rows=0, checksum="0"),
    }
    wrong = record.model_copy(update={"tables": {**record.tables, **tables}})
    (place.path / record.name / RECORD).write_bytes(wrong.to_json())
    with pytest.raises(
        LakeError,
        match=r"detections\.finding has 1 rows, the backup 2; pgstac\.collections has other rows than the backup; "
        r"pgstac\.gone is missing",
    ):
        restore(by_superuser, place)
    assert _databases(postgres, database) == [database.pgdatabase]
    assert _findings(postgres, database.pgdatabase) == ["1"]


def test_a_dump_that_does_not_load_leaves_the_database_as_it_was(
    postgres: Postgres,
    filled: DatabaseSettings,
    by_backup: DatabaseSettings,
    by_superuser: DatabaseSettings,
    place: Folder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    take.take(by_backup, place)
    monkeypatch.setattr(programs, "_PGSTAC_FIRST", programs._NOWHERE)
    with pytest.raises(LakeError, match=r"psql failed: ERROR: .*function st_makeenvelope.* does not exist"):
        restore(by_superuser, place)
    assert _databases(postgres, filled) == [filled.pgdatabase]
    assert _findings(postgres, filled.pgdatabase) == ["1 'é'"]


def test_goes_on_after_runs_that_were_killed(
    postgres: Postgres,
    database: DatabaseSettings,
    by_backup: DatabaseSettings,
    by_superuser: DatabaseSettings,
    place: Folder,
) -> None:
    (place.path / ".unfinished-x").mkdir()
    (place.path / ".unfinished-x" / RECORD).write_text("half")
    without_record = place.path / "20990101T000000Z"
    without_record.mkdir()
    (without_record / DUMP).write_text("half")
    make_database(postgres, f"{database.pgdatabase}_restoring")
    record = take.take(by_backup, place)
    assert [found.name for found in place.records()] == [record.name]
    restore(by_superuser, place)
    assert not (place.path / ".unfinished-x").exists()
    assert f"{database.pgdatabase}_restoring" not in _databases(postgres, database)


def test_restores_where_the_database_is_gone_and_the_roles_are_there(
    postgres: Postgres,
    database: DatabaseSettings,
    by_backup: DatabaseSettings,
    by_superuser: DatabaseSettings,
    place: Folder,
) -> None:
    _find(postgres, database.pgdatabase, "1")
    record = take.take(by_backup, place)
    drop_database(postgres, database.pgdatabase)
    assert not any("what was there before" in line for line in restore(by_superuser, place))
    assert _findings(postgres, database.pgdatabase) == ["1"]
    homeless = record.model_copy(update={"owner": "nobody_here"})
    (place.path / record.name / RECORD).write_bytes(homeless.to_json())
    with pytest.raises(NotFound, match="no role nobody_here, which owns what is in the backup; run `pulumi up` first"):
        restore(by_superuser, place)


def test_a_backup_is_chosen_by_name_and_else_the_newest(
    postgres: Postgres,
    database: DatabaseSettings,
    by_backup: DatabaseSettings,
    by_superuser: DatabaseSettings,
    place: Folder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(NotFound, match="there is no backup; `dronelake backup` takes one"):
        restore(by_superuser, place)
    names = ["20260101T000000Z", "20260102T000000Z"]
    for number, name in enumerate(names):
        monkeypatch.setattr(take, "new_name", lambda name=name: name)
        _find(postgres, database.pgdatabase, str(number), f"v{number}")
        take.take(by_backup, place)
    with pytest.raises(NotFound, match="no backup '2026'; there are 20260102T000000Z, 20260101T000000Z"):
        restore(by_superuser, place, "2026")
    restore(by_superuser, place, names[0])
    assert _findings(postgres, database.pgdatabase) == ["0"]
    restore(by_superuser, place)
    assert _findings(postgres, database.pgdatabase) == ["0", "1"]


def test_the_newest_backups_of_a_folder_stay(
    database: DatabaseSettings, by_backup: DatabaseSettings, place: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"2026010{day}T000000Z" for day in range(1, 5)]
    for name in names:
        monkeypatch.setattr(take, "new_name", lambda name=name: name)
        take.take(by_backup, place)
    assert place.prune(3) == names[:1]
    assert [record.name for record in place.records()] == names[:0:-1]
    assert sorted(path.name for path in place.path.iterdir()) == names[1:]
    assert place.prune(3) == []


def test_a_role_that_may_not_read_everything_keeps_no_backup(
    postgres: Postgres, database: DatabaseSettings, by_superuser: DatabaseSettings, place: Folder
) -> None:
    with pytest.raises(Denied, match="role pipeline_detect may not do this"):
        take.take(postgres.settings(database.pgdatabase, "pipeline_detect"), place)
    with pytest.raises(LakeError, match=r"pg_dump failed: .*"):
        programs.dump(postgres.settings(database.pgdatabase, "pipeline_detect"), "0-0-1", place.path / "x")
    assert place.records() == []


def test_the_role_of_the_backups_only_reads(postgres: Postgres, database: DatabaseSettings) -> None:
    _find(postgres, database.pgdatabase, "1")
    with postgres.connect(database.pgdatabase, "backup") as reading:
        assert rows(reading, "SELECT count(*) FROM detections.finding") == [(1,)]
        for statement in ("DELETE FROM detections.finding", "DELETE FROM pgstac.collections", "CREATE SCHEMA mine"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                reading.execute(statement)


@pytest.fixture
def bucket(store: Store) -> Bucket:
    """A bucket that is none of the lake's."""
    name = "lake-backups"
    if name not in {found["Name"] for found in store._client.list_buckets()["Buckets"]}:
        store._client.create_bucket(Bucket=name)
        store._client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return Bucket(store, name, f"{os.urandom(4).hex()}/")


def test_a_bucket_keeps_backups_as_a_folder_does(
    postgres: Postgres,
    filled: DatabaseSettings,
    by_backup: DatabaseSettings,
    by_superuser: DatabaseSettings,
    bucket: Bucket,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BACKUP_BUCKET", bucket.bucket)
    monkeypatch.setenv("BACKUP_PREFIX", bucket.prefix)
    place: Place = place_from_env()
    before = _state(postgres, filled.pgdatabase)
    record = take.take(by_backup, place)
    assert place.prune(1) == []
    with postgres.connect(filled.pgdatabase) as admin:
        admin.execute("TRUNCATE pgstac.items, detections.finding")
    bucket.store.put(bucket.bucket, f"{bucket.prefix}{record.name}/{DUMP}", b"written over it")
    restore(by_superuser, place)
    assert _state(postgres, filled.pgdatabase) == before


def test_the_place_is_named_once_and_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadInput, match="set BACKUP_DIR or BACKUP_BUCKET"):
        place_from_env()
    monkeypatch.setenv("BACKUP_DIR", str(tmp_path / "absent"))
    with pytest.raises(BadInput, match="is no folder that can be read; mount the backups' volume there"):
        place_from_env()
    monkeypatch.setenv("BACKUP_BUCKET", "b")
    with pytest.raises(BadInput, match="one of them says where the backups are"):
        place_from_env()


def test_without_postgresql_programs_it_says_where_they_are(
    by_backup: DatabaseSettings, place: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(BadInput, match="no pg_dump on the PATH; run this in the image of the tasks"):
        take.take(by_backup, place)
    assert place.records() == []


def test_a_backup_of_an_older_release_is_brought_to_this_one(
    postgres: Postgres, database: DatabaseSettings, place: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"{database.pgdatabase}_older"
    make_database(postgres, name)
    with connect(postgres.settings(name, "lake_owner")) as owner:
        with monkeypatch.context() as earlier:
            earlier.setattr(pypgstac, "__version__", "0.9.9")
            pgstac.migrate(owner)
        ledger.migrate(owner, ledger.steps())
        owner.execute(_MENDED_IN_0_9_11)
    assert take.take(postgres.settings(name, "backup"), place).pgstac == "0.9.9"
    assert f"pgSTAC 0.9.9 → {pypgstac.__version__}" in restore(postgres.settings(name, "postgres"), place)
    with postgres.connect(name) as admin:
        owners = "SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class WHERE relnamespace = 'pgstac'::regnamespace"
        assert sorted(str(row[0]) for row in rows(admin, owners)) == ["pgstac_admin"]


def test_a_backup_that_this_code_cannot_work_with_never_takes_the_place(
    postgres: Postgres,
    database: DatabaseSettings,
    by_backup: DatabaseSettings,
    by_superuser: DatabaseSettings,
    place: Folder,
) -> None:
    with postgres.connect(database.pgdatabase) as admin:
        admin.execute("INSERT INTO pgstac.migrations (version) VALUES ('0.99.0')")
        take.take(by_backup, place)
        admin.execute("DELETE FROM pgstac.migrations WHERE version = '0.99.0'")
    with pytest.raises(BadInput, match=r"has pgSTAC 0\.99\.0 and this code brings"):
        restore(by_superuser, place)
    assert _databases(postgres, database) == [database.pgdatabase]


def test_items_of_other_days_are_in_their_partitions_again(
    postgres: Postgres,
    filled: DatabaseSettings,
    by_backup: DatabaseSettings,
    by_superuser: DatabaseSettings,
    place: Folder,
) -> None:
    """A collection by months has a partition a month, with constraints that pgSTAC makes from what is in them."""
    with postgres.connect(filled.pgdatabase, "lake_owner") as owner:
        owner.execute("SET search_path TO pgstac, public")
        owner.execute("UPDATE collections SET partition_trunc = 'month' WHERE id = 'drone-raw'")
        for month in (1, 2, 3):
            owner.execute(
                "SELECT create_item(jsonb_set(jsonb_set(content_hydrate(items), '{id}', %s::jsonb), "
                "'{properties,datetime}', %s::jsonb)) FROM items WHERE collection = 'drone-raw' AND id NOT LIKE 'm-%%'",
                (json.dumps(f"m-{month}"), json.dumps(f"2025-0{month}-01T00:00:00Z")),
            )
    partitions = sql.SQL("SELECT partition, constraint_dtrange FROM pgstac.partitions_view ORDER BY 1")
    with postgres.connect(filled.pgdatabase) as admin:
        before = admin.execute(partitions).fetchall()
    assert len(before) >= 6
    take.take(by_backup, place)
    restore(by_superuser, place)
    with postgres.connect(filled.pgdatabase) as admin:
        assert admin.execute(partitions).fetchall() == before
    with connect(filled) as connection:
        assert exists(connection, "drone-raw", "m-2")
    catalog(["flight"])


def test_a_record_of_something_else_is_told(place: Folder) -> None:
    (place.path / "x").mkdir()
    (place.path / "x" / RECORD).write_text("{}")
    with pytest.raises(BadInput, match=r"x/backup\.json does not describe a backup"):
        place.records()
    assert "name" in Record.model_fields
