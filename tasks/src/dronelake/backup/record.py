"""What is known of a backup: `backup.json`, written beside the dump and last, so that a backup with one is whole."""

from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict, ValidationError

from dronelake.errors import BadInput

RECORD = "backup.json"
DUMP = "database.dump"
_NAME = "%Y%m%dT%H%M%SZ"


class Content(BaseModel):
    """The rows of one table: how many, and the sum of a checksum of each, which their order does not change."""

    model_config = ConfigDict(frozen=True)

    rows: int
    checksum: str


class Record(BaseModel):
    """One backup.

    `name` is the UTC time at which it was begun. Of the dump: `size` in bytes, `sha256` in hex, and in a bucket
    `version`, its VersionID.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    database: str
    owner: str
    server: str
    pgstac: str | None
    tables: dict[str, Content]
    size: int
    sha256: str
    version: str | None = None

    def to_json(self) -> bytes:
        return self.model_dump_json(indent=2).encode() + b"\n"


def parse(text: bytes, where: str) -> Record:
    """The record in a file; raises BadInput, naming `where`, when it is none."""
    try:
        return Record.model_validate_json(text)
    except ValidationError as error:
        raise BadInput(f"{where} does not describe a backup: {error.error_count()} faults in it; use another") from None


def new_name() -> str:
    """The name of a backup that begins now."""
    return datetime.now(UTC).strftime(_NAME)
