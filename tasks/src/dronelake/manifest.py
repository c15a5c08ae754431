"""The flight manifest `flight.json`: exactly which versions of which photos are one flight.

It is the dataset version. Stitching reads the VersionIDs that it lists and nothing else, so the VersionID of the
manifest itself names the whole input.
"""

import json
from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

from dronelake.errors import BadInput
from dronelake.keys import Flight, parse_raw
from dronelake.storage import Store

_Text = Annotated[str, Field(min_length=1)]


class Position(BaseModel):
    """Where the camera was: degrees of WGS 84 (EPSG:4326), `alt` in metres as the EXIF says, when it does."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    lon: float = Field(ge=-180, le=180)
    lat: float = Field(ge=-90, le=90)
    alt: float | None = None


class Photo(BaseModel):
    """One photo as it was uploaded; `size` in bytes, `sha256` in hex."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: _Text
    version_id: _Text
    size: int = Field(gt=0)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    etag: _Text
    captured_at: AwareDatetime | None = None
    time_is_local: Literal[True] | None = None
    """`captured_at` is the camera's clock without a zone, taken as UTC."""
    position: Position | None = None
    camera: str | None = None


class Manifest(BaseModel):
    """A flight: who made the list, with which code, when, and its photos in order of key."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1] = 1
    project: _Text
    flight: _Text
    created_at: AwareDatetime
    created_by: _Text
    code_version: _Text
    cloud_cover: float | None = Field(default=None, ge=0, le=100)
    """Percent of the sky that was clouded, where whoever uploaded says."""
    photos: tuple[Photo, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _photos_are_of_this_flight(self) -> Self:
        try:
            flight = self.place
            for photo in self.photos:
                raw = parse_raw(photo.key)
                if raw.flight != flight or raw.is_manifest:
                    raise BadInput(f"photo {photo.key!r} is not a photo of this flight")
        except BadInput as fault:
            raise ValueError(str(fault)) from None
        listed = [photo.key for photo in self.photos]
        if listed != sorted(set(listed)):
            raise ValueError("photos must be listed once each, in order of key")
        return self

    @property
    def place(self) -> Flight:
        return Flight(self.project, self.flight)

    @property
    def started_at(self) -> datetime | None:
        """The first moment of capture, when any photo tells."""
        return min((photo.captured_at for photo in self.photos if photo.captured_at), default=None)

    @property
    def ended_at(self) -> datetime | None:
        return max((photo.captured_at for photo in self.photos if photo.captured_at), default=None)

    def to_json(self) -> bytes:
        """Canonical JSON: sorted names, no spaces, UTF-8; the same manifest always gives the same bytes."""
        data = self.model_dump(mode="json", exclude_none=True)
        return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def parse(body: bytes, what: str) -> Manifest:
    """Read a manifest; raises BadInput naming every wrong field. `what` names the object in the message."""
    try:
        return Manifest.model_validate_json(body)
    except ValidationError as error:
        faults = error.errors(include_input=False, include_url=False)
        told = [f"{'.'.join(str(part) for part in fault['loc']) or 'manifest'}: {fault['msg']}" for fault in faults[:5]]
        more = f" and {len(faults) - 5} more" if len(faults) > 5 else ""
        raise BadInput(
            f"{what} is not a flight manifest: {'; '.join(told)}{more}; write it with `dronelake upload`"
        ) from None


def load(store: Store, bucket: str, key: str, version_id: str) -> Manifest:
    """Read exactly one version of a manifest; raises BadInput when it is malformed or not of its key's flight."""
    what = f"s3://{bucket}/{key} version {version_id}"
    manifest = parse(store.read(bucket, key, version_id), what)
    if manifest.place.manifest_key != key:
        raise BadInput(f"{what} lists flight {manifest.place.prefix!r}, not its key's own; upload the flight again")
    return manifest
