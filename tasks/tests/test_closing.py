"""Closing a flight that nobody gave a manifest, on a real store."""

import hashlib
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from chain import uploaded
from pictures import jpeg

from dronelake.closing import close_if_quiet
from dronelake.keys import RAW_BUCKET, Flight
from dronelake.manifest import load
from dronelake.storage import Store

_NOW = timedelta(seconds=0)


def test_photos_are_described_at_once_and_only_the_heads_of_uploaded_ones_are_read(
    store: Store, flight: Flight, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = jpeg()
    padded = body[:-2] + bytes(600_000) + body[-2:]
    for number in range(4):
        store.put(RAW_BUCKET, flight.photo_key(f"{number}.jpg"), padded)
    together, read, sizes = threading.Barrier(4), Store.read, []

    def heads_only(self: Store, *arguments: Any, **more: Any) -> bytes:
        together.wait(timeout=30)
        found = read(self, *arguments, **more)
        sizes.append(len(found))
        return found

    monkeypatch.setattr(Store, "read", heads_only)
    monkeypatch.delattr(Store, "download")
    stored = close_if_quiet(store, flight, _NOW, "test")
    monkeypatch.undo()
    assert stored is not None
    photos = load(store, RAW_BUCKET, flight.manifest_key, stored.version_id).photos
    assert {photo.sha256 for photo in photos} == {hashlib.sha256(padded).hexdigest()}
    assert all(photo.position and photo.captured_at and photo.size == len(padded) for photo in photos)
    assert max(sizes) < len(padded) / 2


def test_never_writes_over_an_uploaders_manifest(store: Store, flight: Flight, monkeypatch: pytest.MonkeyPatch) -> None:
    store.put(RAW_BUCKET, flight.photo_key("1.jpg"), jpeg())
    put = Store.put

    def race(self: Store, bucket: str, key: str, body: bytes, **more: Any) -> Any:
        put(self, bucket, key, b"the uploader's")
        return put(self, bucket, key, body, **more)

    monkeypatch.setattr(Store, "put", race)
    assert close_if_quiet(store, flight, _NOW, "test") is None
    assert store.read(RAW_BUCKET, flight.manifest_key) == b"the uploader's"


def test_a_flight_whose_manifest_was_deleted_stays_open(store: Store, flight: Flight, tmp_path: Path) -> None:
    uploaded(store, flight, tmp_path / "photos")
    store._client.delete_object(Bucket=RAW_BUCKET, Key=flight.manifest_key)
    assert close_if_quiet(store, flight, _NOW, "test") is None
