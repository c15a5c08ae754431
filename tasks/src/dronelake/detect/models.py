"""Published models: which weights belong to which card, and their download."""

import hashlib

from dronelake.detect.card import DetectionCard, read_card
from dronelake.errors import BadInput, NotFound
from dronelake.keys import MODEL_BUCKET, check_segment
from dronelake.storage import Store, StoredObject

WEIGHTS, CARD = "model.onnx", "model.json"


def find_card(store: Store, name: str, version: str | None) -> tuple[DetectionCard, StoredObject]:
    """The card of a model: the latest, or the newest that belongs to one version of the weights.

    Raises NotFound when there is no such model, BadInput when its card is no card.
    """
    check_segment(name, "model name")
    key = f"{name}/{CARD}"
    if version is None:
        try:
            latest = store.head(MODEL_BUCKET, key)
        except NotFound:
            raise NotFound(
                f"there is no s3://{MODEL_BUCKET}/{key}; publish one with `dronelake publish-model DIR --name {name}`"
            ) from None
        return read_card(store.read(MODEL_BUCKET, key, latest.version_id), latest.uri), latest
    for found in store.versions(MODEL_BUCKET, key):
        if found.key != key:
            continue
        card = read_card(store.read(MODEL_BUCKET, key, found.version_id), found.uri)
        if card.onnx.version == version:
            return card, found
    raise NotFound(
        f"no {CARD} of model {name!r} names version {version} of its {WEIGHTS}; check MODEL_VERSION, "
        "or publish the model with `dronelake publish-model`"
    )


def fetch(store: Store, name: str, card: DetectionCard) -> tuple[bytes, StoredObject]:
    """The weights that a published card names; raises BadInput when they are not the ones that it describes."""
    if card.onnx.version is None:
        raise BadInput(
            f"{CARD} of model {name!r} names no version of {WEIGHTS}; publish it with `dronelake publish-model`"
        )
    stored = store.head(MODEL_BUCKET, f"{name}/{WEIGHTS}", card.onnx.version)
    weights = store.read(MODEL_BUCKET, stored.key, stored.version_id)
    check_weights(weights, card, stored.uri)
    return weights, stored


def check_weights(weights: bytes, card: DetectionCard, where: str) -> None:
    """Raise BadInput unless the weights have the SHA-256 that the card gives."""
    digest = hashlib.sha256(weights).hexdigest()
    if digest != card.onnx.sha256:
        raise BadInput(
            f"{where} has SHA-256 {digest}, its {CARD} says {card.onnx.sha256}: they are not of one training; "
            "put the two files of one training together"
        )
