"""The item of a model version: the ONNX file and the card that describes it, by the MLM extension."""

import pystac
from shapely.geometry import box, mapping

from dronelake.catalog.extensions import MLM, PROCESSING
from dronelake.catalog.ids import item_id
from dronelake.catalog.item import add_asset, make_item
from dronelake.dataset import DATASET, Dataset, read_dataset
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
    dataset, training = _dataset_of(store, card), _training(card)
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
        **training,
        **({"lake:dataset": _content(*dataset)} if dataset else {}),
    }
    extensions = [MLM, PROCESSING] if training else [MLM]
    identifier = model_item_id(name, weights.version_id)
    item = make_item(MODEL_BUCKET, identifier, _EVERYWHERE, (made, made), properties, extensions)
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
    if dataset:
        add_asset(item, "dataset", dataset[0], "application/json", ["metadata"], title="What it was trained on")
    return item


def _dataset_of(store: Store, card: PublishedCard) -> tuple[StoredObject, Dataset] | None:
    """The dataset manifest that the card names; None for a model that was published without one."""
    if card.dataset is None or card.dataset.version is None:
        return None
    stored = store.head(MODEL_BUCKET, f"{card.name}/{DATASET}", card.dataset.version)
    return stored, read_dataset(store.read(MODEL_BUCKET, stored.key, stored.version_id), stored.uri)


def _content(stored: StoredObject, dataset: Dataset) -> dict[str, object]:
    """What a model was trained on, in the item itself: its lineage is told without the object store."""
    return {
        "version": stored.version_id,
        "images": [{"href": image.href, "version": image.version_id} for image in dataset.of_lake],
        "generated": dataset.generated,
    }


def _training(card: PublishedCard) -> dict[str, object]:
    """The programs that trained it, where the card tells."""
    versions = card.training.get("versions")
    if not isinstance(versions, dict) or not versions:
        return {}
    return {"processing:software": {str(name): str(version) for name, version in versions.items()}}


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
