"""EXIF: times with their zone, positions with their sign, and no failure whatever the header holds."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pictures import jpeg, tiff

from dronelake import exif


def _read(folder: Path, body: bytes) -> exif.Exif:
    path = folder / "photo.jpg"
    path.write_bytes(body)
    return exif.read(path)


def test_reads_what_the_drone_wrote(tmp_path: Path) -> None:
    facts = _read(tmp_path, jpeg(lon=-91.9945, lat=-46.8426, alt=-2.5))
    assert facts.position is not None
    assert facts.position.lon == pytest.approx(-91.9945)
    assert facts.position.lat == pytest.approx(-46.8426)
    assert facts.position.alt == pytest.approx(-2.5)
    assert facts.camera == "DJI FC300S"
    assert facts.captured_at == datetime(2026, 5, 1, 10, 0, tzinfo=UTC)


def test_without_an_offset_the_gps_clock_tells_the_zone(tmp_path: Path) -> None:
    facts = _read(tmp_path, jpeg(offset=None, satellite=("2026:05:01", (9, 58, 30))))
    assert facts.captured_at == datetime(2026, 5, 1, 9, 58, 30, tzinfo=UTC)


def test_without_any_zone_the_camera_is_taken_as_utc_and_that_is_marked(tmp_path: Path) -> None:
    facts = _read(tmp_path, jpeg(offset=None))
    assert facts.captured_at == datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
    assert facts.time_is_local
    assert not _read(tmp_path, jpeg()).time_is_local
    assert not _read(tmp_path, jpeg(offset=None, satellite=("2026:05:01", (9, 58, 30)))).time_is_local


@pytest.mark.parametrize("body", [jpeg(lon=None), jpeg(lon=0.0, lat=0.0), tiff()])
def test_no_fix_is_no_position(tmp_path: Path, body: bytes) -> None:
    assert _read(tmp_path, body).position is None


@pytest.mark.parametrize("taken", ["0000:00:00 00:00:00", "yesterday", "2026:13:01 12:00:00", None])
def test_a_clock_that_was_never_set_tells_no_time(tmp_path: Path, taken: str | None) -> None:
    assert _read(tmp_path, jpeg(taken=taken)).captured_at is None


@settings(max_examples=60)
@given(st.integers(0, 600), st.binary(min_size=1, max_size=24))
def test_a_damaged_header_never_fails(tmp_path_factory: pytest.TempPathFactory, at: int, damage: bytes) -> None:
    body = jpeg()
    assert isinstance(_read(tmp_path_factory.getbasetemp(), body[:at] + damage + body[at + len(damage) :]), exif.Exif)
