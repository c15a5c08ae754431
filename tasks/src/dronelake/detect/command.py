"""`dronelake detect`: find traps and bank damage on one orthophoto version."""

import time
from collections.abc import Sequence

from dronelake.database import connect
from dronelake.detect.finding import locate
from dronelake.detect.models import fetch, find_card
from dronelake.detect.orthophoto import open_orthophoto
from dronelake.detect.pictures import picture
from dronelake.detect.results import put_findings, put_pictures, put_result
from dronelake.detect.rows import Source, replace
from dronelake.detect.scan import scan
from dronelake.detect.settings import DetectSettings
from dronelake.detect.yolo import Model
from dronelake.errors import BadInput, OutOfMemory
from dronelake.keys import ORTHO_BUCKET, decode, parse_output
from dronelake.settings import DatabaseSettings, RunSettings, StoreSettings
from dronelake.storage import Store

USAGE = """usage: dronelake detect

Reads the orthophoto by windows, runs the model, and writes pictures, findings.geojson, rows in detections.finding and,
last, result.json. A rerun replaces the rows of the same orthophoto and model.
Environment: ORTHO_KEY (URL-encoded), ORTHO_VERSION, MODEL_NAME, MODEL_VERSION (of model.onnx; default: the latest),
DETECT_READERS, DETECT_BATCH, DETECT_THREADS, DETECT_DEVICE (cpu or cuda), CODE_VERSION, RUN_NAME, STEP_IMAGE, the
object store's AWS_* and PostgreSQL's PG* variables."""


def detect(
    settings: DetectSettings, store_settings: StoreSettings, database: DatabaseSettings, run: RunSettings
) -> int:
    """Run the step; returns the number of findings. The result is written last, so a run that broke off left none.

    Raises Superseded, with nothing written, when there is a newer orthophoto.
    """
    began = time.monotonic()
    store = Store(store_settings)
    key = decode(settings.ortho_key)
    flight = parse_output(key)
    card, stored_card = find_card(store, settings.model_name, settings.model_version)
    weights, stored_weights = fetch(store, settings.model_name, card)
    model = Model(card, weights, settings.detect_threads, stored_weights.uri, settings.detect_device)
    stored = store.head(ORTHO_BUCKET, key, settings.ortho_version)
    store.check_latest(ORTHO_BUCKET, key, settings.ortho_version)
    print(f"model {settings.model_name} version {stored_weights.version_id} on {model.provider}", flush=True)
    with open_orthophoto(store_settings, store, stored) as orthophoto:
        size = f"{orthophoto.width} x {orthophoto.height} px at {orthophoto.gsd_m:.4f} m in {orthophoto.crs}"
        print(f"orthophoto {stored.uri} version {stored.version_id}: {size}", flush=True)
        boxes = scan(orthophoto, model, settings.detect_batch, settings.detect_readers)
        findings = locate(boxes, card.classes, orthophoto.transform, orthophoto.crs)
        jpegs = [picture(orthophoto, finding) for finding in findings]
        source = Source(
            flight.project,
            flight.name,
            stored,
            orthophoto.gsd_m,
            settings.model_name,
            stored_weights,
            stored_card,
            run.run_name,
        )
    # A newer orthophoto may have come in the meantime; its run writes the same keys.
    store.check_latest(ORTHO_BUCKET, key, settings.ortho_version)
    pictures = put_pictures(store, flight, source, findings, jpegs)
    collection = put_findings(store, flight, source, findings, pictures)
    with connect(database) as connection:
        replace(connection, source, findings, pictures)
    result = put_result(store, flight, source, run, settings.recorded(), findings, collection, pictures)
    print(f"{len(findings)} findings in {time.monotonic() - began:.0f} s; {result.uri} version {result.version_id}")
    return len(findings)


def main(argv: Sequence[str]) -> None:
    """Run the step from the environment; errors leave as LakeError, by class."""
    if list(argv) in (["-h"], ["--help"]):
        print(USAGE)
        return
    if argv:
        raise BadInput("detect takes no arguments, its input is in the environment; see dronelake detect --help")
    settings, run = DetectSettings.load(), RunSettings.load()
    store_settings, database = StoreSettings.load(), DatabaseSettings.load()
    try:
        detect(settings, store_settings, database, run)
    except MemoryError as error:
        raise OutOfMemory(
            "the orthophoto does not fit into memory; give the task more, or lower DETECT_BATCH"
        ) from error
