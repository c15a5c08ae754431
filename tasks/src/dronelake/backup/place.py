"""Where backups are kept: a folder of a volume, or a bucket of an object store that is not the lake's own.

A backup is a folder named after it, with the dump and, written last, its record. What has no record is not a backup.
"""

import os
import shutil
import tempfile
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pydantic import Field

from dronelake.backup.record import DUMP, RECORD, Record, parse
from dronelake.errors import BadInput
from dronelake.settings import EnvSettings
from dronelake.storage import Store, file_sha256

_UNFINISHED = ".unfinished-"


class PlaceSettings(EnvSettings):
    """Where backups are: one of a folder and a bucket; a bucket's keys come as `StoreSettings` has them."""

    backup_dir: Path | None = None
    backup_bucket: str | None = None
    backup_prefix: str = Field(default="", pattern=r"^$|^[^/].*/$")


class Place(Protocol):
    """Keeps backups; a place that cannot be reached raises Unavailable or Denied."""

    def workspace(self) -> AbstractContextManager[str]:
        """An empty folder for a dump while it is made or read, gone afterwards."""

    def keep(self, record: Record, dump: Path) -> None:
        """Take over a finished dump and its record: whole, or not at all."""

    def records(self) -> list[Record]:
        """Every backup, newest first."""

    def fetch(self, record: Record, target: Path) -> None:
        """Get a dump; raises BadInput when its bytes are not the ones that were written."""

    def prune(self, keep: int) -> list[str]:
        """Remove all but the `keep` newest where that is for us to do; returns the names of what went."""


@dataclass(frozen=True)
class Folder:
    """A folder of a volume."""

    path: Path

    def workspace(self) -> AbstractContextManager[str]:
        """On the same volume, so that a dump is moved into its place; what a killed run left goes first."""
        for left in self.path.glob(f"{_UNFINISHED}*"):
            shutil.rmtree(left)
        return tempfile.TemporaryDirectory(prefix=_UNFINISHED, dir=self.path)

    def keep(self, record: Record, dump: Path) -> None:
        (dump.parent / RECORD).write_bytes(record.to_json())
        dump.rename(dump.parent / DUMP)
        for name in (RECORD, DUMP):
            _to_disk(dump.parent / name)
        target = self.path / record.name
        target.mkdir(mode=0o700)
        # The record last: a backup that a crash cut short has none.
        for name in (DUMP, RECORD):
            (dump.parent / name).rename(target / name)
            _to_disk(target)
        _to_disk(self.path)

    def records(self) -> list[Record]:
        found = sorted(self.path.glob(f"*/{RECORD}"), reverse=True)
        return [parse(file.read_bytes(), str(file)) for file in found if not file.parent.name.startswith(_UNFINISHED)]

    def fetch(self, record: Record, target: Path) -> None:
        dump = self.path / record.name / DUMP
        if not dump.is_file() or file_sha256(dump).hex() != record.sha256:
            raise BadInput(f"backup {record.name}: {dump} is not what was written; use another backup")
        target.symlink_to(dump)

    def prune(self, keep: int) -> list[str]:
        gone = [record.name for record in self.records()[keep:]]
        for name in gone:
            (self.path / name / RECORD).unlink()
            shutil.rmtree(self.path / name)
        return gone


@dataclass(frozen=True)
class Bucket:
    """The keys under a prefix of a versioned bucket; its own lifecycle rule removes what is old."""

    store: Store
    bucket: str
    prefix: str

    def workspace(self) -> AbstractContextManager[str]:
        return tempfile.TemporaryDirectory()

    def keep(self, record: Record, dump: Path) -> None:
        folder = f"{self.prefix}{record.name}"
        stored = self.store.put_file(self.bucket, f"{folder}/{DUMP}", dump)
        body = record.model_copy(update={"version": stored.version_id}).to_json()
        self.store.put(self.bucket, f"{folder}/{RECORD}", body, content_type="application/json")

    def records(self) -> list[Record]:
        found = [item for item in self.store.latest(self.bucket, self.prefix) if item.key.endswith(f"/{RECORD}")]
        found.sort(key=lambda item: item.key, reverse=True)
        return [parse(self.store.read(self.bucket, item.key, item.version_id), item.uri) for item in found]

    def fetch(self, record: Record, target: Path) -> None:
        key = f"{self.prefix}{record.name}/{DUMP}"
        self.store.download(self.bucket, key, record.version or "null", target, sha256=record.sha256, size=record.size)

    def prune(self, keep: int) -> list[str]:
        """Nothing: who can write backups must not be able to remove them."""
        return []


def place_from_env() -> Place:
    """The place that the environment names; raises BadInput when it names none, or two, or one that is not there."""
    settings = PlaceSettings.load()
    if (settings.backup_dir is None) == (settings.backup_bucket is None):
        raise BadInput("set BACKUP_DIR or BACKUP_BUCKET: one of them says where the backups are")
    if settings.backup_bucket is not None:
        return Bucket(Store.from_env(), settings.backup_bucket, settings.backup_prefix)
    folder = Folder(settings.backup_dir or Path())
    if not os.access(folder.path, os.R_OK | os.X_OK):
        raise BadInput(f"BACKUP_DIR: {folder.path} is no folder that can be read; mount the backups' volume there")
    return folder


def _to_disk(path: Path) -> None:
    """Have what was written to a file or folder on the disk itself before anything that relies on it is."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
