"""`dronelake publish-model DIR --name NAME`: DIR/model.onnx, DIR/dataset.json and, last, DIR/model.json to ai-models.

The card goes up last and carries the VersionIDs of its weights and of the manifest of what they were trained on, so
whoever reads a card finds exactly these, also while a newer model is being published. A model whose dataset nobody
knows has no dataset.json.
"""

import argparse
import hashlib
import json
import os
from pathlib import Path

from dronelake.dataset import DATASET, check_images, read_dataset
from dronelake.detect.card import DetectionCard, read_card
from dronelake.detect.models import CARD, WEIGHTS, check_weights
from dronelake.detect.yolo import Model
from dronelake.errors import BadInput, Denied, NotFound
from dronelake.keys import MODEL_BUCKET, check_segment
from dronelake.storage import Store, StoredObject


def publish(store: Store, folder: Path, name: str) -> dict[str, str]:
    """Publish a model that loads and is the one that its card describes; returns the keys' versions.

    Raises BadInput before anything is written when a file is missing or the two do not belong together.
    """
    check_segment(name, "model name")
    try:
        weights, body = (folder / WEIGHTS).read_bytes(), (folder / CARD).read_bytes()
    except OSError as error:
        raise BadInput(f"{folder} must hold {WEIGHTS} and {CARD}: {error}") from error
    card = read_card(body, str(folder / CARD))
    if card.name != name:
        raise BadInput(f"{folder / CARD} is of a model named {card.name!r}, not {name!r}; correct the name")
    check_weights(weights, card, str(folder / WEIGHTS))
    dataset = _checked_dataset(store, folder, card)
    Model(card, weights, os.cpu_count() or 1, str(folder / WEIGHTS))
    stored = _kept_or_put(store, f"{name}/{WEIGHTS}", weights, "application/octet-stream")
    trained_on = None if dataset is None else _kept_or_put(store, f"{name}/{DATASET}", dataset, "application/json")
    text = json.dumps(card.published(stored.version_id, trained_on), indent=1, ensure_ascii=False) + "\n"
    described = _kept_or_put(store, f"{name}/{CARD}", text.encode(), "application/json")
    written = (stored, trained_on, described)
    return {each.key: each.version_id for each in written if each is not None}


def _checked_dataset(store: Store, folder: Path, card: DetectionCard) -> bytes | None:
    """The folder's dataset manifest, when it has one; raises BadInput unless it is the card's, and all of it there."""
    path = folder / DATASET
    try:
        body = path.read_bytes()
    except FileNotFoundError:
        if card.dataset is None:
            return None
        raise BadInput(f"{folder / CARD} names the SHA-256 of a dataset; put it there, as {path}") from None
    if card.dataset is not None and hashlib.sha256(body).hexdigest() != card.dataset.manifest_sha256:
        raise BadInput(
            f"{path} is not the dataset whose SHA-256 {folder / CARD} names; put the files of one training together"
        )
    check_images(store, read_dataset(body, str(path)), str(path))
    return body


def _kept_or_put(store: Store, key: str, body: bytes, content_type: str) -> StoredObject:
    """What is there when it is the same, so that publishing again makes no new version; else a new version."""
    try:
        there = store.head(MODEL_BUCKET, key)
    except (NotFound, Denied):
        there = None
    if there is not None and there.sha256 == hashlib.sha256(body).hexdigest():
        return there
    return store.put(MODEL_BUCKET, key, body, content_type=content_type)


def main(argv: list[str]) -> None:
    """Run the command; prints the versions as JSON."""
    parser = argparse.ArgumentParser(prog="dronelake publish-model", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--name", required=True)
    options = parser.parse_args(argv)
    print(json.dumps(publish(Store.from_env(), options.folder, options.name)))
