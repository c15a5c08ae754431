"""The model that is shipped: it is what its card says, and it finds things in a world that it never saw."""

import hashlib
import json
import sys
from pathlib import Path

import pytest

from dronelake.dataset import read_dataset
from dronelake.detect.card import DetectionCard, read_card
from dronelake.detect.finding import locate
from dronelake.detect.models import check_weights
from dronelake.detect.orthophoto import Orthophoto
from dronelake.detect.scan import scan
from dronelake.detect.yolo import Model
from dronelake.sample.things import CLASSES
from dronelake.sample.truth import Spot, match

TASKS = Path(__file__).parents[2]
MODEL = TASKS / "models" / "muskrat-bank"
sys.path.insert(0, str(TASKS / "training"))

import fields  # noqa: E402

UNSEEN = 90
"""A field that neither training nor the choice of thresholds nor the published figures used."""


@pytest.fixture(scope="module")
def card() -> DetectionCard:
    return read_card((MODEL / "model.json").read_bytes(), "the shipped card")


def test_card_weights_and_dataset_belong_together(card: DetectionCard) -> None:
    weights = (MODEL / "model.onnx").read_bytes()
    check_weights(weights, card, "the shipped weights")
    assert len(weights) < 15_000_000
    assert tuple(card.classes) == CLASSES
    about = json.loads((MODEL / "model.json").read_text())
    manifest = (MODEL / "dataset.json").read_bytes()
    assert about["dataset"]["manifest_sha256"] == hashlib.sha256(manifest).hexdigest()
    dataset = read_dataset(manifest, "the shipped dataset")
    counted = about["dataset"]["sets"].values()
    assert dataset.generated == sum(split["images"] for kind in counted for split in kind["counts"].values())
    assert dataset.of_lake == []
    assert "demonstration model" in about["statement"]
    assert card.overlap_px * card.gsd_m > 3.5, "more than the longest damage"


def test_it_finds_what_lies_on_an_orthophoto_that_it_never_saw(card: DetectionCard, tmp_path: Path) -> None:
    path, truth = fields.make(UNSEEN, tmp_path)
    model = Model(card, (MODEL / "model.onnx").read_bytes(), 2, "the shipped weights")
    orthophoto = Orthophoto(str(path), path.name)
    boxes = scan(orthophoto, model, batch_size=8, readers=2)
    found = locate(boxes, card.classes, orthophoto.transform, orthophoto.crs)
    orthophoto.close()
    score = match(truth, [Spot(finding.name, *finding.mapped) for finding in found])
    assert score.recall >= 0.85
    assert score.precision >= 0.85
    median = score.percentile(50)
    assert median is not None
    assert median <= 0.08
