"""The item of a model version: the ONNX file and the card that describes it, by the MLM extension."""

import pystac
from shapely.geometry import box, mapping

from dronelake.catalog.extensions import MLM
from dronelake.catalog.item import add_asset, item_id, make_item
from dronelake.errors import BadInput
from dronelake.keys import MODEL_BUCKET, check_segment
from dronelake.records import ModelCard, PublishedCard, parse
from dronelake.storage import Store, StoredObject

# pgSTAC wants a geometry of every item; a model is of no place.
_EVERYWHERE = mapping(box(-180, -90, 180, 90))
_BANDS = ("red", "green", "blue")


def model_item_id(name: str, version_id: str) -> str:
    return item_id(name, versions=(version_id,))


def model_item(store: Store, name: str, version_id: str | None = None) -> pystac.Item:
    """Describe one version of a model (default: the one that the latest card names)."""
    check_segment(name, "model name")
    card_object, card = _card_of(store, name, version_id)
    weights = store.head(MODEL_BUCKET, f"{name}/model.onnx", card.onnx.version)
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
        "lake:model": card.name,
        "lake:model_version": weights.version_id,
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


def _card_of(store: Store, name: str, version_id: str | None) -> tuple[StoredObject, PublishedCard]:
    """The newest card, or the newest that names one version of the weights. Raises BadInput when there is none."""
    key = f"{name}/model.json"
    for found in store.versions(MODEL_BUCKET, key):
        if found.key != key:
            continue
        stored = store.head(MODEL_BUCKET, key, found.version_id)
        card = parse(PublishedCard, store.read(MODEL_BUCKET, key, found.version_id), stored)
        if version_id in (None, card.onnx.version):
            return stored, card
    wanted = f"version {version_id}" if version_id else "any version"
    raise BadInput(
        f"no s3://{MODEL_BUCKET}/{key} names {wanted} of model.onnx; publish it with `dronelake publish-model`"
    )


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
