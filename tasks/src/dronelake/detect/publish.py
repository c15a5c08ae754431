"""`dronelake publish-model DIR --name NAME`: DIR/model.onnx and, last, DIR/model.json to ai-models.

The card goes up last and carries the VersionID of its weights, so whoever reads a card finds exactly its weights, also
while a newer pair is being published.
"""

import argparse
import json
import os
from pathlib import Path

from dronelake.detect.card import read_card
from dronelake.detect.models import CARD, WEIGHTS, check_weights
from dronelake.detect.yolo import Model
from dronelake.errors import BadInput
from dronelake.keys import MODEL_BUCKET, check_segment
from dronelake.storage import Store


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
    Model(card, weights, os.cpu_count() or 1, str(folder / WEIGHTS))
    stored = store.put(MODEL_BUCKET, f"{name}/{WEIGHTS}", weights)
    text = json.dumps(card.published(stored.version_id), indent=1, ensure_ascii=False) + "\n"
    described = store.put(MODEL_BUCKET, f"{name}/{CARD}", text.encode(), content_type="application/json")
    return {stored.key: stored.version_id, described.key: described.version_id}


def main(argv: list[str]) -> None:
    """Run the command; prints the versions as JSON."""
    parser = argparse.ArgumentParser(prog="dronelake publish-model", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--name", required=True)
    options = parser.parse_args(argv)
    print(json.dumps(publish(Store.from_env(), options.folder, options.name)))
