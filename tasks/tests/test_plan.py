"""`dronelake plan`: exactly the manifest's versions, and a class that is large enough."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pictures import write_flight

from dronelake.errors import BadInput
from dronelake.keys import RAW_BUCKET, Flight, encode
from dronelake.plan import SizeClass, choose, main, parse_classes
from dronelake.storage import Store
from dronelake.upload import upload

_CLASSES = [{"name": "large", "photos": 250}, {"name": "small", "photos": 2}]


@pytest.fixture
def flight(store: Store, project: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Flight:
    """An uploaded flight of two photos; the environment asks for its plan."""
    write_flight(tmp_path / "photos", ["1.jpg", "$(2) é.jpg"])
    flight = Flight(project, "1")
    answer = upload(store, flight, tmp_path / "photos", "drone-operator", "test")
    monkeypatch.setenv("FLIGHT_KEY", encode(flight.manifest_key))
    monkeypatch.setenv("FLIGHT_VERSION", str(answer["version_id"]))
    monkeypatch.setenv("SIZE_CLASSES", json.dumps(_CLASSES))
    monkeypatch.setenv("RESULTS_DIR", str(tmp_path / "results"))
    return flight


def test_writes_the_smallest_class_that_fits(flight: Flight, tmp_path: Path) -> None:
    main([])
    assert (tmp_path / "results/size-class").read_bytes() == b"small"


def test_takes_no_smaller_class_than_the_one_asked_for(
    flight: Flight, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEAST_CLASS", "large")
    main([])
    assert (tmp_path / "results/size-class").read_bytes() == b"large"
    monkeypatch.setenv("LEAST_CLASS", "huge")
    with pytest.raises(BadInput, match="there is no size class 'huge', there are small, large"):
        main([])


def test_a_photo_version_that_is_gone_is_named(flight: Flight, store: Store, tmp_path: Path) -> None:
    key = flight.photo_key("$(2) é.jpg")
    version = store.head(RAW_BUCKET, key).version_id
    store._client.delete_object(Bucket=RAW_BUCKET, Key=key, VersionId=version)
    with pytest.raises(BadInput) as caught:
        main([])
    for expected in ("1 of 2 photos", "photo '$(2) é.jpg'", repr(key), version, "upload the flight again"):
        assert expected in str(caught.value)
    assert not (tmp_path / "results").exists()


def test_a_photo_that_was_replaced_since_does_not_matter(flight: Flight, store: Store) -> None:
    store.put(RAW_BUCKET, flight.photo_key("1.jpg"), b"another photo")
    main([])


def test_a_manifest_version_that_is_gone_is_named(flight: Flight, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLIGHT_VERSION", "3b1fb9b2-0b0c-4b8c-9d3e-1c4a3f9b7777")
    with pytest.raises(BadInput, match=r"flight\.json version 3b1fb9b2.*is not in the object store"):
        main([])


def test_more_photos_than_the_largest_class_is_told(flight: Flight, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIZE_CLASSES", '[{"name":"tiny","photos":1}]')
    with pytest.raises(BadInput, match="has 2 photos and the largest size class, tiny, takes 1; split the flight"):
        main([])


@pytest.mark.parametrize("key", ["projects/a/b/flight.json", "projects%2Fa%2Fb%2F1.jpg", "..%2Fx", ""])
def test_refuses_a_key_that_is_no_encoded_manifest_key(
    flight: Flight, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv("FLIGHT_KEY", key)
    with pytest.raises(BadInput):
        main([])


@pytest.mark.parametrize(
    "classes",
    [
        "",
        "[]",
        "{}",
        "[{}]",
        '[{"name":"a","photos":0}]',
        '[{"name":"a","photos":"x"}]',
        '[{"name":"a $(b)","photos":1}]',
        '[{"name":"a","photos":1},{"name":"a","photos":2}]',
    ],
)
def test_refuses_classes_that_make_no_sense(classes: str) -> None:
    with pytest.raises(BadInput, match="SIZE_CLASSES"):
        parse_classes(classes)


_TABLES = st.sets(st.integers(1, 5000), min_size=1, max_size=6).map(
    lambda sizes: [SizeClass(name=f"up-to-{size}", photos=size) for size in sizes]
)


@given(_TABLES, st.data())
def test_more_photos_never_get_a_smaller_class(classes: list[SizeClass], data: st.DataObject) -> None:
    largest = max(one.photos for one in classes)
    few, many = sorted(data.draw(st.tuples(st.integers(1, largest), st.integers(1, largest))))
    assert choose(classes, few).photos <= choose(classes, many).photos
    assert choose(classes, many).photos >= many
