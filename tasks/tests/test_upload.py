"""`dronelake upload` to a real MinIO: complete or nothing, resumable, manifest last."""

import json
from pathlib import Path
from typing import Any

import pytest
from pictures import jpeg, write_flight

from dronelake import upload as module
from dronelake.errors import BadInput, Unavailable
from dronelake.keys import RAW_BUCKET, Flight
from dronelake.manifest import Manifest, load
from dronelake.storage import Store, StoredObject

_UNUSUAL = [
    "a b.jpg",
    "quote\"s'.jpg",
    "$(touch x).jpg",
    "`id`;&|.jpg",
    "é水🚁.JPG",
    "a...jpg",
    "{flight}.tif",
    "-rf *.jpeg",
]


def _run(capsys: pytest.CaptureFixture[str], folder: Path, flight: Flight) -> tuple[dict[str, Any], str]:
    module.main([str(folder), "--project", flight.project, "--flight", flight.name])
    captured = capsys.readouterr()
    return json.loads(captured.out), captured.err


def _manifest(store: Store, answer: dict[str, Any]) -> Manifest:
    return load(store, answer["bucket"], answer["key"], answer["version_id"])


def test_unusual_names_survive_and_the_manifest_is_last(
    store: Store, project: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_flight(tmp_path, _UNUSUAL)
    flight = Flight(project, "vlucht $(1) 'é'")
    answer, progress = _run(capsys, tmp_path, flight)
    manifest = _manifest(store, answer)
    assert [photo.key for photo in manifest.photos] == sorted(flight.prefix + name for name in _UNUSUAL)
    for photo in manifest.photos:
        name = photo.key.rsplit("/", 1)[1]
        assert store.read(RAW_BUCKET, photo.key, photo.version_id) == (tmp_path / name).read_bytes()
    objects = list(store.latest(RAW_BUCKET, flight.prefix))
    newest = max(objects, key=lambda one: one.modified.timestamp() if one.modified else 0)
    assert newest.key == flight.manifest_key
    assert answer["uploaded"] == len(_UNUSUAL)
    assert f"{len(_UNUSUAL)}/{len(_UNUSUAL)}" in progress
    assert "1 of 8 photos have no GPS position in their EXIF: '{flight}.tif'" in progress


def test_a_second_upload_sends_nothing_and_starts_nothing(
    store: Store, project: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_flight(tmp_path, ["1.jpg", "2.jpg"])
    flight = Flight(project, "1")
    first, _ = _run(capsys, tmp_path, flight)
    second, _ = _run(capsys, tmp_path, flight)
    assert (second["uploaded"], second["new_manifest"]) == (0, False)
    assert second["version_id"] == first["version_id"]
    assert len(list(store.versions(RAW_BUCKET, flight.prefix))) == 3


def test_an_interrupted_upload_goes_on_where_it_stopped(
    store: Store, project: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"{index:02}.jpg" for index in range(12)]
    write_flight(tmp_path, names)
    flight = Flight(project, "1")
    put = Store.put_file

    def breaks(self: Store, bucket: str, key: str, path: Path, **more: Any) -> StoredObject:
        if path.name == "07.jpg":
            raise Unavailable("the line is down")
        return put(self, bucket, key, path, **more)

    monkeypatch.setattr(Store, "put_file", breaks)
    with pytest.raises(Unavailable, match="the line is down"):
        _run(capsys, tmp_path, flight)
    kept = [one.key for one in store.versions(RAW_BUCKET, flight.prefix)]
    assert flight.manifest_key not in kept
    monkeypatch.undo()
    answer = module.upload(store, flight, tmp_path, "drone-operator", "test")
    assert answer["uploaded"] == len(names) - len(kept)
    assert len(list(store.versions(RAW_BUCKET, flight.prefix))) == len(names) + 1


def test_a_changed_photo_makes_a_new_dataset_version_and_the_old_one_stays(
    store: Store, project: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_flight(tmp_path, ["1.jpg", "2.jpg"])
    flight = Flight(project, "1")
    first, _ = _run(capsys, tmp_path, flight)
    (tmp_path / "2.jpg").write_bytes(jpeg(99))
    second, _ = _run(capsys, tmp_path, flight)
    old, new = _manifest(store, first), _manifest(store, second)
    assert second["uploaded"] == 1
    assert old.photos[0] == new.photos[0]
    assert old.photos[1].version_id != new.photos[1].version_id
    assert store.read(RAW_BUCKET, old.photos[1].key, old.photos[1].version_id) != jpeg(99)


def test_wrong_files_are_all_named_and_nothing_is_sent(store: Store, project: str, tmp_path: Path) -> None:
    write_flight(tmp_path, ["good.jpg"])
    (tmp_path / "cut.jpg").write_bytes(jpeg()[:-300])
    (tmp_path / "film.png").write_bytes(b"\x89PNG")
    (tmp_path / "back\\slash.jpg").write_bytes(jpeg())
    (tmp_path / b"broken-\xff.jpg".decode(errors="surrogateescape")).write_bytes(jpeg())
    flight = Flight(project, "1")
    with pytest.raises(BadInput) as caught:
        module.upload(store, flight, tmp_path, "drone-operator", "test")
    message = str(caught.value)
    assert message.startswith("4 of 5 files")
    for expected in (
        "'cut.jpg' is cut off",
        "'film.png' is not a .jpg or .tif",
        "holds a backslash",
        "rename it",
        "nothing was",
    ):
        assert expected in message
    assert message.encode()  # a broken name is escaped, so that it can be printed
    assert list(store.versions(RAW_BUCKET, flight.prefix)) == []


@pytest.mark.parametrize("name", ["../other", "a/b", "", "..", "a\nb", "a\\b"])
@pytest.mark.parametrize("option", ["--project", "--flight"])
def test_a_flight_cannot_be_named_out_of_its_place(tmp_path: Path, option: str, name: str) -> None:
    write_flight(tmp_path, ["1.jpg"])
    names = {"--project": "p", "--flight": "f", option: name}
    with pytest.raises(BadInput, match="rename it"):
        module.main([str(tmp_path), *(word for pair in names.items() for word in pair)])
