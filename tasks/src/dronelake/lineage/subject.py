"""What people call the thing whose lineage they want: a finding's number, an item's id, or an object's address."""

import re
from dataclasses import dataclass

from dronelake.errors import BadInput
from dronelake.keys import MODEL_BUCKET, ORTHO_BUCKET, RAW_BUCKET, RESULT_BUCKET, check_key

BUCKETS = (RAW_BUCKET, ORTHO_BUCKET, MODEL_BUCKET, RESULT_BUCKET)
FORMS = "a finding's number, a STAC item's id, or s3://BUCKET/KEY (with ?versionId=VERSION for another than the newest)"
_VERSION = "?versionId="


@dataclass(frozen=True)
class ObjectRef:
    """An object of the lake; without a version, the newest that the catalogue has."""

    bucket: str
    key: str
    version: str | None

    def __str__(self) -> str:
        return address(f"s3://{self.bucket}/{self.key}", self.version)


@dataclass(frozen=True)
class FindingRef:
    number: int

    def __str__(self) -> str:
        return f"finding:{self.number}"


@dataclass(frozen=True)
class ItemRef:
    identifier: str

    def __str__(self) -> str:
        return self.identifier


Subject = ObjectRef | FindingRef | ItemRef


def parse_subject(text: str) -> Subject:
    """Read a subject; raises BadInput that tells the forms there are."""
    plain = text.strip()
    number = re.fullmatch(r"(?:finding[: ])?(\d{1,18})", plain)
    if number:
        return FindingRef(int(number[1]))
    if plain.startswith("s3://"):
        return _object(plain)
    if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,255}", plain):
        return ItemRef(plain)
    raise BadInput(f"{text!r} names nothing whose lineage can be told; give {FORMS}")


def address(href: str, version: str | None) -> str:
    """An object's address with its version, as `parse_subject` reads it back."""
    return href if version is None else f"{href}{_VERSION}{version}"


def split_href(href: str) -> tuple[str, str] | None:
    """Bucket and key of `s3://bucket/key`; None for another address."""
    bucket, slash, key = href.removeprefix("s3://").partition("/")
    return (bucket, key) if href.startswith("s3://") and slash else None


def _object(text: str) -> ObjectRef:
    href, mark, version = text.rpartition(_VERSION) if _VERSION in text else (text, "", "")
    place = split_href(href)
    if place is None or place[0] not in BUCKETS:
        raise BadInput(f"{text!r} is in no bucket of the lake; there are {', '.join(BUCKETS)}")
    if mark and not version:
        raise BadInput(f"{text!r} ends in {_VERSION} without a version; leave it out for the newest")
    check_key(place[1])
    return ObjectRef(*place, version or None)
