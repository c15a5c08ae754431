"""The flight manifest: canonical, complete, and refused when any entry is wrong."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from names import SEGMENTS

from dronelake.errors import BadInput
from dronelake.keys import RAW_BUCKET, Flight
from dronelake.manifest import Manifest, Photo, Position, load, parse
from dronelake.storage import Store

_WHEN = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


def photo(key: str, version: str = "v1", **more: Any) -> Photo:
    return Photo(key=key, version_id=version, size=3, sha256="0" * 64, etag="e", **more)


def manifest_of(flight: Flight, photos: list[Photo]) -> Manifest:
    return Manifest(
        project=flight.project,
        flight=flight.name,
        created_at=_WHEN,
        created_by="drone-operator",
        code_version="test",
        photos=tuple(photos),
    )


_PHOTO_NAMES = SEGMENTS.filter(lambda name: name != "flight.json")
_MANIFESTS = st.builds(
    lambda project, name, names, when, lon, lat: manifest_of(
        Flight(project, name),
        [
            photo(key, captured_at=when, position=Position(lon=lon, lat=lat))
            for key in sorted(Flight(project, name).prefix + one for one in names)
        ],
    ),
    SEGMENTS,
    SEGMENTS,
    st.sets(_PHOTO_NAMES, min_size=1, max_size=5),
    st.none() | st.datetimes(timezones=st.just(UTC)),
    st.floats(-180, 180),
    st.floats(-90, 90),
)


@given(_MANIFESTS)
def test_reading_undoes_writing_and_writing_is_canonical(manifest: Manifest) -> None:
    body = manifest.to_json()
    again = parse(body, "it")
    assert again == manifest
    assert again.to_json() == body


def test_tells_when_the_flight_began_and_ended() -> None:
    flight = Flight("a", "b")
    times = [None, _WHEN.replace(hour=9), _WHEN.replace(hour=8)]
    photos = [photo(flight.photo_key(f"{index}.jpg"), captured_at=time) for index, time in enumerate(times)]
    manifest = manifest_of(flight, photos)
    assert manifest.started_at == _WHEN.replace(hour=8)
    assert manifest.ended_at == _WHEN.replace(hour=9)


def _document(**changes: Any) -> dict[str, Any]:
    flight = Flight("a", "b")
    document: dict[str, Any] = json.loads(manifest_of(flight, [photo(flight.photo_key("1.jpg"))]).to_json())
    document.update(changes)
    return document


def _photo(**changes: Any) -> list[dict[str, Any]]:
    return [{**_document()["photos"][0], **changes}]


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (_document(photos=[]), "photos: .*at least 1"),
        (_document(format=2), "format: "),
        (_document(extra=1), "extra: "),
        (_document(project="../a"), "out of its folder|separates parts"),
        (_document(created_at="2026-05-01T12:00:00"), "created_at: .*timezone"),
        (_document(photos=_photo(version_id="")), r"photos\.0\.version_id"),
        (_document(photos=_photo(size=0)), r"photos\.0\.size"),
        (_document(photos=_photo(sha256="ABC")), r"photos\.0\.sha256"),
        (_document(photos=_photo(key="projects/a/other/1.jpg")), "is not a photo of this flight"),
        (_document(photos=_photo(key="projects/a/b/../../x")), "out of its folder"),
        (_document(photos=_photo(key="projects/a/b/flight.json")), "is not a photo of this flight"),
        (_document(photos=_photo(position={"lon": 181, "lat": 0})), r"photos\.0\.position\.lon"),
        (_document(photos=_photo() * 2), "once each"),
    ],
)
def test_refuses_a_wrong_entry_by_name(document: dict[str, Any], reason: str) -> None:
    with pytest.raises(BadInput, match=reason):
        parse(json.dumps(document).encode(), "s3://drone-raw/x")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff\xfe", b"null"])
def test_refuses_what_is_no_manifest(body: bytes) -> None:
    with pytest.raises(BadInput, match="is not a flight manifest"):
        parse(body, "s3://drone-raw/x")


def test_reads_exactly_the_version_asked_for(store: Store, project: str) -> None:
    flight = Flight(project, "1")
    first = manifest_of(flight, [photo(flight.photo_key("1.jpg"))])
    second = manifest_of(flight, [photo(flight.photo_key("2.jpg"))])
    versions = [store.put(RAW_BUCKET, flight.manifest_key, one.to_json()).version_id for one in (first, second)]
    assert load(store, RAW_BUCKET, flight.manifest_key, versions[0]) == first
    assert load(store, RAW_BUCKET, flight.manifest_key, versions[1]) == second


def test_refuses_a_manifest_that_is_anothers(store: Store, project: str) -> None:
    body = manifest_of(Flight(project, "1"), [photo(Flight(project, "1").photo_key("1.jpg"))]).to_json()
    stored = store.put(RAW_BUCKET, Flight(project, "2").manifest_key, body)
    with pytest.raises(BadInput, match="not its key's own"):
        load(store, RAW_BUCKET, stored.key, stored.version_id)
