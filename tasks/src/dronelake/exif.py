"""What a photo's EXIF says: when and where it was taken, and by which camera.

Times carry their zone: the camera's own offset where it writes one, else the GPS clock (UTC), else the camera's clock
taken as UTC, since EXIF's plain time has no zone.
"""

import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import exifread

from dronelake.manifest import Position

logging.getLogger("exifread").setLevel(logging.CRITICAL)  # it logs every odd tag of every camera


@dataclass(frozen=True)
class Exif:
    """The facts that a manifest keeps of a photo; each is None when the photo does not tell."""

    captured_at: datetime | None = None
    position: Position | None = None
    camera: str | None = None
    time_is_local: bool = False
    """The time is the camera's clock without a zone, taken as UTC for want of better."""


def read(path: Path) -> Exif:
    """Read a JPEG's or TIFF's EXIF; a photo without any, or with a damaged one, gives an empty answer."""
    try:
        with path.open("rb") as file:
            tags: dict[str, Any] = exifread.process_file(file, details=False)
    except Exception:  # exifread raises whatever a damaged header makes it trip over
        return Exif()
    captured_at, time_is_local = _captured_at(tags)
    return Exif(captured_at, _position(tags), _camera(tags), time_is_local)


def _captured_at(tags: dict[str, Any]) -> tuple[datetime | None, bool]:
    """When, and whether that is the camera's clock without a zone."""
    local = _moment(_text(tags, "EXIF DateTimeOriginal") or _text(tags, "Image DateTime"))
    offset = _offset(_text(tags, "EXIF OffsetTimeOriginal") or _text(tags, "EXIF OffsetTime"))
    if local is not None and offset is not None:
        return local.replace(tzinfo=offset).astimezone(UTC), False
    satellite = _satellite_time(tags)
    if satellite is not None:
        return satellite, False
    return (None, False) if local is None else (local.replace(tzinfo=UTC), True)


def _moment(text: str | None) -> datetime | None:
    for form in ("%Y:%m:%d %H:%M:%S", "%Y-%m-%d %H:%M:%S"):
        try:
            return datetime.strptime(text or "", form)
        except ValueError:
            continue
    return None


def _offset(text: str | None) -> timezone | None:
    try:
        sign = {"+": 1, "-": -1}[(text or " ")[0]]
        hours, minutes = (int(part) for part in (text or "")[1:].split(":"))
        return timezone(sign * timedelta(hours=hours, minutes=minutes))
    except (KeyError, ValueError):
        return None


def _satellite_time(tags: dict[str, Any]) -> datetime | None:
    try:
        day = datetime.strptime(_text(tags, "GPS GPSDate") or "", "%Y:%m:%d").replace(tzinfo=UTC)
        hours, minutes, seconds = (float(part) for part in tags["GPS GPSTimeStamp"].values)
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    return day + timedelta(hours=hours, minutes=minutes, seconds=seconds)


def _position(tags: dict[str, Any]) -> Position | None:
    lat = _degrees(tags, "GPS GPSLatitude", "S")
    lon = _degrees(tags, "GPS GPSLongitude", "W")
    # A receiver without a fix writes zero for both: the sea off Ghana.
    if lat is None or lon is None or (lat == 0 and lon == 0) or abs(lat) > 90 or abs(lon) > 180:
        return None
    return Position(lon=lon, lat=lat, alt=_altitude(tags))


def _degrees(tags: dict[str, Any], name: str, negative: str) -> float | None:
    try:
        degrees, minutes, seconds = (float(part) for part in tags[name].values)
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    value = degrees + minutes / 60 + seconds / 3600
    return -value if (_text(tags, f"{name}Ref") or "").upper().startswith(negative) else value


def _altitude(tags: dict[str, Any]) -> float | None:
    try:
        value = float(tags["GPS GPSAltitude"].values[0])
    except (KeyError, TypeError, ValueError, IndexError, ZeroDivisionError):
        return None
    reference = tags.get("GPS GPSAltitudeRef")
    below = reference is not None and list(reference.values)[:1] == [1]
    return -value if below else value


def _camera(tags: dict[str, Any]) -> str | None:
    make, model = _text(tags, "Image Make") or "", _text(tags, "Image Model") or ""
    name = model if model.lower().startswith(make.lower()) else f"{make} {model}"
    return " ".join(name.split()) or None


def _text(tags: dict[str, Any], name: str) -> str | None:
    value = str(tags[name].values) if name in tags else ""
    printable = "".join(character for character in value if character.isprintable() and character != "\\")
    return printable.strip() or None
