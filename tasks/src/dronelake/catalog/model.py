"""The item of a model version: the ONNX file and the card that describes it, by the MLM extension."""

import pystac
from shapely.geometry import box, mapping

from dronelake.catalog.item import MLM, add_asset, item_id, make_item
from dronelake.errors import BadInput
from dronelake.keys import MODEL_BUCKET, check_segment
from dronelake.records import ModelCard, parse
from dronelake.storage import Store, StoredObject

# pgSTAC wants a geometry of every item; a model is of no place.
_EVERYWHERE = mapping(box(-180, -90, 180, 90))
_BANDS = ("red", "green", "blue")


def model_item_id(name: str, version_id: str) -> str:
    return item_id(name, versions=(version_id,))


def model_item(store: Store, name: str, version_id: str | None = None) -> pystac.Item:
    """Describe one version of a model (default: the latest); the card is the newest that was there with it."""
    check_segment(name, "model name")
    weights = store.head(MODEL_BUCKET, f"{name}/model.onnx", version_id)
    card_object = _card_of(store, name, weights)
    card = parse(ModelCard, store.read(MODEL_BUCKET, card_object.key, card_object.version_id), card_object)
    made = weights.modified
    if made is None:
        raise BadInput(f"{weights.uri} version {weights.version_id} has no time; the store did not say")
    bands = [{"name": band} for band in _BANDS]  # MLM wants them of the item, STAC of an asset too
    properties = {
        "title": f"{card.name}: {', '.join(card.classes)}",
        "created": made.isoformat().replace("+00:00", "Z"),
        "version": weights.version_id,
        "bands": bands,
        "mlm:name": card.name,
        "mlm:architecture": card.architecture,
        "mlm:tasks": ["object-detection"],
        "mlm:framework": "ONNX",
        "mlm:input": [_input(card)],
        "mlm:output": [_output(card)],
        "lake:classes": card.classes,
        "lake:trained_gsd_m": card.gsd_m,
    }
    item = make_item(
        MODEL_BUCKET, model_item_id(name, weights.version_id), _EVERYWHERE, (made, made), properties, [MLM]
    )
    add_asset(
        item,
        "model",
        weights,
        "application/octet-stream",
        ["mlm:model"],
        title="ONNX model",
        **{"mlm:artifact_type": "onnx", "bands": bands},
    )
    add_asset(item, "card", card_object, "application/json", ["metadata"], title="Description of the model")
    return item


def _card_of(store: Store, name: str, weights: StoredObject) -> StoredObject:
    key = f"{name}/model.json"
    cards = [found for found in store.versions(MODEL_BUCKET, key) if found.key == key]
    if not cards:
        raise BadInput(f"{weights.uri} has no {key} beside it; publish the model with `dronelake publish-model`")
    # One publication writes both, in either order: the card nearest in time is the model's.
    moment = weights.modified.timestamp() if weights.modified else 0.0
    nearest = min(cards, key=lambda card: abs(card.modified.timestamp() - moment) if card.modified else float("inf"))
    return store.head(MODEL_BUCKET, key, nearest.version_id)


def _input(card: ModelCard) -> dict[str, object]:
    return {
        "name": "orthophoto tiles",
        "bands": list(_BANDS),
        "input": {
            "shape": [-1, 3, card.tile_px, card.tile_px],
            "dim_order": ["batch", "bands", "height", "width"],
            "data_type": "float32",
        },
        "value_scaling": [{"type": "scale", "value": 255}],
        "description": f"8-bit red, green and blue at {card.gsd_m} m a pixel",
    }


def _output(card: ModelCard) -> dict[str, object]:
    return {
        "name": "findings",
        "tasks": ["object-detection"],
        "result": {
            "shape": [-1, 4 + len(card.classes), -1],
            "dim_order": ["batch", "box-and-scores", "candidate"],
            "data_type": "float32",
        },
        "classification:classes": [
            {"value": value, "name": f"class-{value}", "description": name} for value, name in enumerate(card.classes)
        ],
    }
