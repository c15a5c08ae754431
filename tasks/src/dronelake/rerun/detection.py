"""A detection done again: the same orthophoto, weights and card."""

import json
import os
from pathlib import Path
from typing import Any

from dronelake.detect.card import DetectionCard, read_card
from dronelake.detect.finding import locate
from dronelake.detect.models import fetch, find_card
from dronelake.detect.orthophoto import open_orthophoto
from dronelake.detect.results import feature
from dronelake.detect.scan import scan
from dronelake.detect.settings import DetectSettings
from dronelake.detect.yolo import Model
from dronelake.keys import MODEL_BUCKET, ORTHO_BUCKET, RESULT_BUCKET, encode
from dronelake.records import DetectionResult, ModelVersion, parse
from dronelake.rerun.findings import compare_findings
from dronelake.rerun.verdict import Verdict
from dronelake.settings import StoreSettings
from dronelake.storage import Store


def detect_again(
    store_settings: StoreSettings, store: Store, key: str, version: str, folder: Path
) -> tuple[Verdict, dict[str, Any]]:
    """Do a result's detection again, by `result.json`'s key and VersionID; leaves `again.geojson` and
    `recorded.geojson` in `folder`, and returns the comparison and what the record says of the making.
    """
    stored = store.head(RESULT_BUCKET, key, version)
    result = parse(DetectionResult, store.read(RESULT_BUCKET, key, version), stored)
    settings = DetectSettings.model_validate(
        {
            "ortho_key": encode(result.orthophoto.key),
            "ortho_version": result.orthophoto.version,
            "model_name": result.model.name,
            "model_version": result.model.version,
            "detect_batch": result.settings.get("batch", 8),
            # Threads and device are this machine's: docs/lineage.md says what they change.
            "detect_threads": os.cpu_count() or 1,
        }
    )
    card = _card(store, result.model)
    weights, published = fetch(store, settings.model_name, card)
    model = Model(card, weights, settings.detect_threads, published.uri, settings.detect_device)
    orthophoto = store.head(ORTHO_BUCKET, result.orthophoto.key, result.orthophoto.version)
    with open_orthophoto(store_settings, store, orthophoto) as raster:
        boxes = scan(raster, model, settings.detect_batch, settings.detect_readers)
        again = [feature(one, raster.gsd_m) for one in locate(boxes, card.classes, raster.transform, raster.crs)]
        gsd_m = raster.gsd_m
    body = store.read(RESULT_BUCKET, result.geojson.key, result.geojson.version)
    (folder / "recorded.geojson").write_bytes(body)
    text = json.dumps({"type": "FeatureCollection", "features": again}, ensure_ascii=False)
    (folder / "again.geojson").write_text(text, encoding="utf-8")
    return compare_findings(json.loads(body)["features"], json.loads(text)["features"], card.thresholds, gsd_m), {
        "orthophoto": result.orthophoto.version,
        "model": result.model.version,
        "model_card": result.model.card.version if result.model.card else None,
        "device": result.settings.get("device"),
        "code_version": result.code_version,
        "images": result.images,
    }


def _card(store: Store, model: ModelVersion) -> DetectionCard:
    """The card that the run went by; for a result of before that was recorded, the newest that names the weights."""
    if model.card is None:
        return find_card(store, model.name, model.version)[0]
    body = store.read(MODEL_BUCKET, model.card.key, model.card.version)
    return read_card(body, f"s3://{MODEL_BUCKET}/{model.card.key} version {model.card.version}")
