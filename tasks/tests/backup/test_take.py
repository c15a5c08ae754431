"""`dronelake backup`: what is kept, where, and by whom."""

import os
import shutil
from pathlib import Path

import psycopg
import pytest
from backups import Backups
from lake import rows
from servers import Postgres

from dronelake.backup import programs, take
from dronelake.backup.place import Bucket, Place, place_from_env
from dronelake.backup.record import DUMP, RECORD, Record
from dronelake.backup.restore import restore
from dronelake.errors import BadInput, Denied, LakeError
from dronelake.settings import DatabaseSettings
from dronelake.storage import Store


def test_a_backup_is_of_one_moment_while_others_write(filled: Backups, monkeypatch: pytest.MonkeyPatch) -> None:
    def dump_late(settings: DatabaseSettings, snapshot: str, target: Path) -> None:
        filled.find("late", "v2")
        programs.dump(settings, snapshot, target)

    monkeypatch.setattr(take, "dump", dump_late)
    record = filled.take()
    assert record.tables["detections.finding"].rows == 1
    filled.restore()
    assert filled.findings() == ["1 'é'"]


def test_the_newest_backups_of_a_folder_stay(backups: Backups, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"2026010{day}T000000Z" for day in range(1, 5)]
    for name in names:
        monkeypatch.setattr(take, "new_name", lambda name=name: name)
        backups.take()
    assert backups.place.prune(3) == names[:1]
    assert [record.name for record in backups.place.records()] == names[:0:-1]
    assert sorted(path.name for path in backups.place.path.iterdir()) == names[1:]
    assert backups.place.prune(3) == []


def test_a_role_that_may_not_read_everything_keeps_no_backup(backups: Backups) -> None:
    with pytest.raises(Denied, match="role pipeline_detect may not do this"):
        take.take(backups.by("pipeline_detect"), backups.place)
    with pytest.raises(LakeError, match=r"pg_dump failed: .*"):
        programs.dump(backups.by("pipeline_detect"), "0-0-1", backups.place.path / "x")
    assert backups.place.records() == []


def test_the_role_of_the_backups_only_reads(postgres: Postgres, backups: Backups) -> None:
    backups.find("1")
    with postgres.connect(backups.database, "backup") as reading:
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
    postgres: Postgres, filled: Backups, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BACKUP_BUCKET", bucket.bucket)
    monkeypatch.setenv("BACKUP_PREFIX", bucket.prefix)
    place: Place = place_from_env()
    before = filled.state()
    record = take.take(filled.by("backup"), place)
    assert place.prune(1) == []
    with postgres.connect(filled.database) as admin:
        admin.execute("TRUNCATE pgstac.items, detections.finding")
    bucket.store.put(bucket.bucket, f"{bucket.prefix}{record.name}/{DUMP}", b"written over it")
    restore(filled.by("postgres"), place)
    assert filled.state() == before


def test_the_place_is_named_once_and_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadInput, match="set BACKUP_DIR or BACKUP_BUCKET"):
        place_from_env()
    monkeypatch.setenv("BACKUP_DIR", str(tmp_path / "absent"))
    with pytest.raises(BadInput, match="is no folder that can be read; mount the backups' volume there"):
        place_from_env()
    monkeypatch.setenv("BACKUP_BUCKET", "b")
    with pytest.raises(BadInput, match="one of them says where the backups are"):
        place_from_env()


def test_without_postgresql_programs_it_says_where_they_are(backups: Backups, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(BadInput, match="no pg_dump on the PATH; run this in the image of the tasks"):
        backups.take()
    assert backups.place.records() == []


def test_a_record_of_something_else_is_told(backups: Backups) -> None:
    (backups.place.path / "x").mkdir()
    (backups.place.path / "x" / RECORD).write_text("{}")
    with pytest.raises(BadInput, match=r"x/backup\.json does not describe a backup"):
        backups.place.records()
    assert "name" in Record.model_fields
