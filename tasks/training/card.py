"""Write the model's card: `python tasks/training/card.py DATA OUT`, after train.py, in the package's own environment.

Chooses each class's threshold on whole generated orthophotos and measures the exported ONNX, by the code that detection
runs, on other such orthophotos and on the tiles of the test split. Writes OUT/model.json.
"""

import argparse
import hashlib
import json
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from dataset import SETS
from fields import make
from numpy.typing import NDArray
from PIL import Image
from tiles import GSD_M

from dronelake.detect.boxes import Box
from dronelake.detect.card import read_card
from dronelake.detect.finding import Finding, locate
from dronelake.detect.orthophoto import Orthophoto
from dronelake.detect.scan import scan
from dronelake.detect.yolo import Model
from dronelake.sample.things import CLASSES
from dronelake.sample.truth import Score, Spot, match

NAME = "muskrat-bank"
TILE_PX = SETS["wide"].cut.side
INPUT_PX = 320
OVERLAP_PX = 96
"""3.84 m: more than the longest damage."""
LOWEST = 0.05
CHOOSE_ON, MEASURE_ON = range(4), range(4, 9)
"""Numbers of the fields: the thresholds never saw those that they are measured on."""
HIT_IOU = 0.5
STATEMENT = (
    "A demonstration model, trained on generated imagery only. It shows that the chain works; "
    "it has never seen a photograph of a real trap or bank."
)


def load(data: Path, split: str) -> list[tuple[NDArray[np.uint8], list[Box]]]:
    """The tiles of a split, (3, INPUT_PX, INPUT_PX) with black around, and their true boxes in pixels."""
    samples = []
    for path in sorted((data / "wide" / "images" / split).glob("*.jpg")):
        canvas = np.zeros((3, INPUT_PX, INPUT_PX), dtype=np.uint8)
        canvas[:, :TILE_PX, :TILE_PX] = np.asarray(Image.open(path)).transpose(2, 0, 1)
        boxes = []
        for line in (data / "wide" / "labels" / split / f"{path.stem}.txt").read_text().splitlines():
            number, x, y, wide, high = (float(value) * TILE_PX for value in line.split())
            corners = (x - wide / 2, y - high / 2, x + wide / 2, y + high / 2)
            boxes.append(Box(round(number / TILE_PX), 1.0, *corners))
        samples.append((canvas, boxes))
    return samples


def look(model: Model, data: Path, split: str) -> list[tuple[list[Box], list[Box]]]:
    """What the model finds on each tile of a split, and what is true."""
    samples = load(data, split)
    result = []
    for start in range(0, len(samples), 8):
        batch = samples[start : start + 8]
        found = model.find(np.stack([tile for tile, _ in batch]))
        result += [(boxes, true) for boxes, (_, true) in zip(found, batch, strict=True)]
    return result


def iou(one: Box, other: Box) -> float:
    """Shared area over the area of both."""
    wide = max(0.0, min(one.right, other.right) - max(one.left, other.left))
    high = max(0.0, min(one.bottom, other.bottom) - max(one.top, other.top))
    return wide * high / (one.area + other.area - wide * high)


def hits(found: list[Box], true: list[Box], number: int) -> tuple[list[tuple[float, bool]], int, list[float]]:
    """For one class on one tile: score and rightness of every box, how many are to be found, errors of the middles."""
    left = [box for box in true if box.number == number]
    wanted = len(left)
    judged, errors = [], []
    for box in sorted((box for box in found if box.number == number), key=lambda box: -box.score):
        best = max(left, key=lambda other: iou(box, other), default=None)
        right = best is not None and iou(box, best) >= HIT_IOU
        if right and best is not None:
            left.remove(best)
            errors.append(float(np.hypot(*np.subtract(box.middle, best.middle))))
        judged.append((box.score, right))
    return judged, wanted, errors


def judge(samples: list[tuple[list[Box], list[Box]]], number: int, least: float) -> dict[str, Any]:
    """Precision, recall, their harmonic mean F1, and the middles' errors for one class at one threshold.

    A sample is what was found and what is true. That it was found with a lower threshold changes nothing: doubles are
    removed from the best score down.
    """
    right = wrong = wanted = 0
    errors: list[float] = []
    for found, true in samples:
        judged, count, off = hits([box for box in found if box.score >= least], true, number)
        right += sum(ok for _, ok in judged)
        wrong += sum(not ok for _, ok in judged)
        wanted += count
        errors += off
    precision = right / (right + wrong) if right + wrong else 0.0
    recall = right / wanted
    return {
        "precision": round(precision, 4),
        "recall": round(recall, 4),
        "f1": round(2 * precision * recall / (precision + recall), 4) if right else 0.0,
        "things": wanted,
        "middle_error_median_m": round(float(np.median(errors)) * GSD_M, 4) if errors else None,
    }


def survey(model: Model, numbers: range) -> list[tuple[list[Finding], list[Spot]]]:
    """What the model finds on each of some fields, however unsure, and what is there."""
    surveyed = []
    with TemporaryDirectory() as folder:
        for number in numbers:
            path, spots = make(number, Path(folder))
            orthophoto = Orthophoto(str(path), path.name)
            boxes = scan(orthophoto, model, batch_size=8, readers=2)
            surveyed.append((locate(boxes, list(CLASSES), orthophoto.transform, orthophoto.crs), spots))
            orthophoto.close()
    return surveyed


def fields_score(surveyed: list[tuple[list[Finding], list[Spot]]], name: str, least: float) -> Score:
    """Findings of one class at a threshold, held against all the fields."""
    scores = [
        match(
            [spot for spot in spots if spot.name == name],
            [Spot(name, *finding.mapped) for finding in findings if finding.name == name and finding.score >= least],
        )
        for findings, spots in surveyed
    ]
    errors = tuple(sorted(error for score in scores for error in score.errors_m))
    return Score(
        sum(score.matched for score in scores),
        sum(score.false for score in scores),
        sum(score.missed for score in scores),
        errors,
    )


def choose(surveyed: list[tuple[list[Finding], list[Spot]]], name: str) -> float:
    """The threshold of a class: the middle of those with the best F1, as far from false findings as from misses."""
    tried = []
    for least in np.arange(0.1, 0.9, 0.02):
        score = fields_score(surveyed, name, float(least))
        both = score.precision + score.recall
        tried.append((2 * score.precision * score.recall / both if both else 0.0, float(least)))
    best = max(f1 for f1, _ in tried)
    plateau = [least for f1, least in tried if f1 >= best - 1e-9]
    return round(plateau[len(plateau) // 2], 2)


def main() -> None:
    """Measure and write the card; OUT holds model.onnx and training.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    weights = (options.out / "model.onnx").read_bytes()
    manifest = (options.data / "dataset.json").read_bytes()
    training = json.loads((options.out / "training.json").read_text())
    card: dict[str, Any] = {
        "name": NAME,
        "statement": STATEMENT,
        "architecture": "YOLOv8n",
        "classes": list(CLASSES),
        "gsd_m": GSD_M,
        "tile_px": INPUT_PX,
        "overlap_px": OVERLAP_PX,
        "thresholds": dict.fromkeys(CLASSES, LOWEST),
        "onnx": {"sha256": hashlib.sha256(weights).hexdigest(), "bytes": len(weights), "opset": training["opset"]},
        "dataset": {
            "manifest_sha256": hashlib.sha256(manifest).hexdigest(),
            "sets": {
                kind: {key: about[key] for key in ("seed", "generator", "tile_px", "counts")}
                for kind, about in json.loads(manifest)["sets"].items()
            },
        },
    }
    model = Model(read_card(json.dumps(card).encode(), "the new card"), weights, 2, str(options.out / "model.onnx"))
    chosen_on, measured_on = survey(model, CHOOSE_ON), survey(model, MEASURE_ON)
    thresholds = {name: choose(chosen_on, name) for name in CLASSES}
    test = look(model, options.data, "test")
    card["thresholds"] = thresholds
    card["metrics"] = {
        "fields": {
            "what": f"{len(MEASURE_ON)} whole generated orthophotos at the thresholds, a finding within 1 m",
            **{name: fields_score(measured_on, name, thresholds[name]).report() for name in CLASSES},
        },
        "tiles": {
            "what": "test split at the thresholds, IoU 0.5; tiles cut things, whole windows do not",
            **{name: judge(test, number, thresholds[name]) for number, name in enumerate(CLASSES)},
        },
        "ultralytics": {"what": "ultralytics' definitions, at its best F1", **training["metrics"]},
    }
    card["training"] = {"arguments": training["arguments"], "versions": training["versions"]}
    shutil.copyfile(options.data / "dataset.json", options.out / "dataset.json")
    (options.out / "model.json").write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n")
    print(json.dumps({"thresholds": thresholds, "metrics": card["metrics"]}, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
