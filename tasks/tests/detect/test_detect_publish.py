"""Publishing a model: the pair goes up together or not at all."""

import hashlib
import json
from pathlib import Path

import pytest
from onnxfile import square_finder

from dronelake.detect.models import fetch, find_card
from dronelake.detect.publish import publish
from dronelake.errors import BadInput
from dronelake.keys import MODEL_BUCKET, RAW_BUCKET, Flight
from dronelake.storage import Store, StoredObject


def write(folder: Path, named: str, weights: bytes, **changes: object) -> Path:
    card = {
        "name": named,
        "classes": ["a", "b"],
        "gsd_m": 0.04,
        "tile_px": 32,
        "overlap_px": 8,
        "thresholds": {"a": 0.5, "b": 0.5},
        "onnx": {"sha256": hashlib.sha256(weights).hexdigest()},
        "statement": "for a test",
    }
    folder.mkdir(exist_ok=True)
    (folder / "model.onnx").write_bytes(weights)
    (folder / "model.json").write_text(json.dumps(card | changes))
    return folder


def test_the_card_names_the_version_of_its_weights(store: Store, project: str, tmp_path: Path) -> None:
    name = project.replace(" ", "-")
    versions = publish(store, write(tmp_path, name, square_finder(32, 8)), name)
    card = json.loads(store.read(MODEL_BUCKET, f"{name}/model.json"))
    assert card["onnx"]["version"] == versions[f"{name}/model.onnx"]
    assert card["statement"] == "for a test", "what people wrote into the card stays there"
    read, _ = find_card(store, name, None)
    assert fetch(store, name, read)[0] == square_finder(32, 8)


def test_the_card_goes_up_last(store: Store, project: str, tmp_path: Path) -> None:
    name = project.replace(" ", "-")
    publish(store, write(tmp_path, name, square_finder(32, 8)), name)
    weights = store.head(MODEL_BUCKET, f"{name}/model.onnx")
    card = store.head(MODEL_BUCKET, f"{name}/model.json")
    assert weights.modified
    assert card.modified
    assert weights.modified <= card.modified


@pytest.mark.parametrize(
    ("weights", "changes", "told"),
    [
        (b"no model", {}, "can load"),
        (square_finder(64, 8), {}, "its card says"),
        (square_finder(32, 8), {"onnx": {"sha256": "0" * 64}}, "not of one training"),
        (square_finder(32, 8), {"name": "another"}, "another"),
        (square_finder(32, 8), {"classes": []}, "classes"),
    ],
)
def test_what_does_not_belong_together_is_refused_and_nothing_is_written(
    weights: bytes, changes: dict[str, object], told: str, store: Store, project: str, tmp_path: Path
) -> None:
    name = project.replace(" ", "-")
    with pytest.raises(BadInput, match=told):
        publish(store, write(tmp_path, name, weights, **changes), name)
    assert list(store.latest(MODEL_BUCKET, f"{name}/")) == []


def listed(stored: StoredObject, **changes: object) -> bytes:
    """A dataset manifest of one image of the lake and one of a generator."""
    image = {"bucket": stored.bucket, "key": stored.key, "version_id": stored.version_id, "split": "train"} | changes
    return json.dumps({"format": 1, "images": [image, {"name": "1.jpg", "sha256": "0" * 64}]}).encode()


@pytest.fixture
def photo(store: Store, flight: Flight) -> StoredObject:
    return store.put(RAW_BUCKET, flight.photo_key("1.jpg"), b"a photo")


def test_the_card_names_the_version_of_its_dataset(
    store: Store, project: str, photo: StoredObject, tmp_path: Path
) -> None:
    name = project.replace(" ", "-")
    folder = write(tmp_path, name, square_finder(32, 8))
    (folder / "dataset.json").write_bytes(listed(photo))
    versions = publish(store, folder, name)
    card = json.loads(store.read(MODEL_BUCKET, f"{name}/model.json"))
    assert card["dataset"]["version"] == versions[f"{name}/dataset.json"]
    assert store.read(MODEL_BUCKET, f"{name}/dataset.json", card["dataset"]["version"]) == listed(photo)
    assert publish(store, folder, name) == versions, "publishing again makes nothing new"


@pytest.mark.parametrize(
    ("card", "change", "told"),
    [
        ({"dataset": {"manifest_sha256": "0" * 64}}, {}, "not the dataset whose SHA-256"),
        ({}, {"version_id": "3b1fb9b2-0000-4000-8000-000000000000"}, "lists an image that is not there"),
        ({}, {"bucket": "elsewhere"}, "not a dataset manifest: images.0"),
    ],
)
def test_a_dataset_that_is_not_the_card_s_or_not_there_is_refused(
    card: dict[str, object],
    change: dict[str, object],
    told: str,
    store: Store,
    project: str,
    photo: StoredObject,
    tmp_path: Path,
) -> None:
    name = project.replace(" ", "-")
    folder = write(tmp_path, name, square_finder(32, 8), **card)
    (folder / "dataset.json").write_bytes(listed(photo, **change))
    with pytest.raises(BadInput, match=told):
        publish(store, folder, name)
    assert list(store.latest(MODEL_BUCKET, f"{name}/")) == []


def test_a_card_that_names_a_dataset_is_not_published_without_it(store: Store, project: str, tmp_path: Path) -> None:
    name = project.replace(" ", "-")
    about = {"manifest_sha256": "0" * 64}
    with pytest.raises(BadInput, match="put it there, as"):
        publish(store, write(tmp_path, name, square_finder(32, 8), dataset=about), name)


def test_a_folder_without_a_model_is_refused(store: Store, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="must hold"):
        publish(store, tmp_path, "empty")


def test_a_new_card_for_the_same_weights_is_the_one_that_counts(store: Store, project: str, tmp_path: Path) -> None:
    name = project.replace(" ", "-")
    first = publish(store, write(tmp_path, name, square_finder(32, 8)), name)
    second = publish(store, write(tmp_path, name, square_finder(32, 8), thresholds={"a": 0.9, "b": 0.9}), name)
    assert first[f"{name}/model.onnx"] == second[f"{name}/model.onnx"], "weights that are there are not sent again"
    for version in (None, first[f"{name}/model.onnx"]):
        assert find_card(store, name, version)[0].thresholds == {"a": 0.9, "b": 0.9}
