"""The item of a detection run: findings, pictures and provenance, made of one orthophoto by one model."""

from collections.abc import Iterator
from pathlib import PurePosixPath

import pystac

from dronelake.catalog.extensions import PROCESSING
from dronelake.catalog.flight import flown_by, sky_extension
from dronelake.catalog.ids import item_id
from dronelake.catalog.item import add_asset, derive_from, make_item
from dronelake.catalog.model import model_item_id
from dronelake.catalog.orthophoto import orthophoto_item_id, source_of
from dronelake.errors import BadInput
from dronelake.keys import MODEL_BUCKET, ORTHO_BUCKET, RESULT_BUCKET, parse_output
from dronelake.records import DetectionResult, parse, report_of
from dronelake.storage import Store, StoredObject


def result_item_id(result: DetectionResult) -> str:
    return item_id(result.project, result.flight, versions=(result.orthophoto.version, result.model.version))


def results_of(store: Store, key: str, version_id: str) -> Iterator[tuple[StoredObject, DetectionResult]]:
    """The results that were made of one orthophoto version, newest first."""
    name = parse_output(key).result_key("result.json")
    for found in store.versions(RESULT_BUCKET, name):
        if found.key != name:
            continue
        stored = store.head(RESULT_BUCKET, name, found.version_id)
        result = parse(DetectionResult, store.read(RESULT_BUCKET, name, found.version_id), stored)
        if result.orthophoto.version == version_id:
            yield stored, result


def result_item(store: Store, key: str, version_id: str) -> tuple[pystac.Item, DetectionResult]:
    """Describe the newest result of an orthophoto version; raises BadInput when detection has not left one."""
    newest = next(results_of(store, key, version_id), None)
    if newest is None:
        raise BadInput(
            f"no result in {RESULT_BUCKET} is of s3://{ORTHO_BUCKET}/{key} version {version_id}; detect on it first"
        )
    stored, result = newest
    flight = parse_output(key)
    orthophoto = store.head(ORTHO_BUCKET, key, version_id)
    report = report_of(store, orthophoto, flight)[1]
    manifest, _ = source_of(store, orthophoto)
    began, ended = manifest.started_at, manifest.ended_at
    properties = {
        "title": f"{flight.project}, flight {flight.name}: {result.findings} findings",
        "created": result.finished_at.isoformat().replace("+00:00", "Z"),
        **flown_by(manifest),
        "gsd": report.gsd_m,
        "version": stored.version_id,
        "processing:software": {"dronelake": result.code_version},
        "processing:lineage": (
            f"Findings of model {result.model.name} version {result.model.version} on {key} version {version_id}"
        ),
        "lake:project": flight.project,
        "lake:flight": flight.name,
        "lake:run": result.run,
        "lake:images": result.images,
        **({"lake:model_card": result.model.card.version} if result.model.card else {}),
        "lake:findings": result.findings,
        "lake:classes": sorted(result.classes),
        "lake:model": result.model.name,
        "lake:model_version": result.model.version,
    }
    item = make_item(
        RESULT_BUCKET,
        result_item_id(result),
        report.footprint,
        (began or manifest.created_at, ended or manifest.created_at),
        properties,
        [PROCESSING, *sky_extension(manifest)],
    )
    add_asset(item, "result", stored, "application/json", ["metadata"], title="Provenance of the run")
    findings = store.head(RESULT_BUCKET, result.geojson.key, result.geojson.version)
    add_asset(item, "findings", findings, "application/geo+json", ["data"], title="Findings")
    for number, picture in enumerate(result.pictures, start=1):
        shown = store.head(RESULT_BUCKET, picture.key, picture.version)
        name = PurePosixPath(picture.key).name
        add_asset(item, f"picture-{number:04}", shown, "image/jpeg", ["overview"], title=name)
    derive_from(item, ORTHO_BUCKET, orthophoto_item_id(key, version_id))
    derive_from(item, MODEL_BUCKET, model_item_id(result.model.name, result.model.version))
    return item, result
