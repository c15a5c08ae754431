"""Write the model's card: `python tasks/training/card.py DATA OUT`, after train.py, in the package's own environment.

Chooses each class's threshold on the validation split and measures the exported ONNX, by the code that detection runs,
on the test split. Writes OUT/model.json.
"""

import argparse
import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
from dataset import SETS
from numpy.typing import NDArray
from PIL import Image
from tiles import GSD_M

from dronelake.detect.boxes import Box
from dronelake.detect.card import read_card
from dronelake.detect.yolo import Model
from dronelake.sample.things import CLASSES

NAME = "muskrat-bank"
TILE_PX = SETS["wide"].cut.side
INPUT_PX = 320
OVERLAP_PX = 96
"""3.84 m: more than the longest damage."""
LOWEST = 0.05
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


def main() -> None:
    """Measure and write the card; OUT holds model.onnx and training.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    weights = (options.out / "model.onnx").read_bytes()
    manifest = (options.data / "manifest.json").read_bytes()
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
            "manifest": "tasks/training/dataset.json",
            "manifest_sha256": hashlib.sha256(manifest).hexdigest(),
            "sets": {
                kind: {key: about[key] for key in ("seed", "generator", "tile_px", "counts")}
                for kind, about in json.loads(manifest).items()
            },
        },
    }
    model = Model(read_card(json.dumps(card).encode(), "the new card"), weights, 2, str(options.out / "model.onnx"))
    validation, test = look(model, options.data, "val"), look(model, options.data, "test")
    thresholds, measured = {}, {}
    for number, name in enumerate(CLASSES):
        tried = [(judge(validation, number, least)["f1"], least) for least in np.arange(0.15, 0.75, 0.05)]
        best = max(f1 for f1, _ in tried)
        # The middle of the plateau: as far from the false findings below as from the missed things above.
        plateau = [least for f1, least in tried if f1 >= best - 0.005]
        thresholds[name] = round(float(plateau[len(plateau) // 2]), 2)
        measured[name] = judge(test, number, thresholds[name])
    card["thresholds"] = thresholds
    card["metrics"] = {
        "test split at the thresholds, IoU 0.5, ONNX Runtime": measured,
        "by ultralytics, all scores": training["metrics"],
    }
    card["training"] = {"arguments": training["arguments"], "versions": training["versions"]}
    (options.out / "model.json").write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n")
    print(json.dumps({"thresholds": thresholds, "measured": measured}, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
