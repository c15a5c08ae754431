"""Train the demonstration model: `python tasks/training/train.py DATA OUT`; the README tells how to set up.

YOLOv8n from its YAML (no pretrained weights), one seed, on the CPU. Ultralytics (AGPL-3.0) is used here and nowhere
else. Writes OUT/model.onnx and OUT/training.json (arguments, versions and what was measured on the test split).
"""

import argparse
import json
import os
import platform
from pathlib import Path
from typing import Any

# Set before ultralytics is imported: it asks for updates, fonts and weights otherwise.
os.environ["YOLO_OFFLINE"] = "true"
os.environ["YOLO_AUTOINSTALL"] = "false"

import torch
import ultralytics
from ultralytics import YOLO
from ultralytics.nn.modules import Detect
from ultralytics.utils import SETTINGS

OPSET = 16
INPUT_PX = 320
"""Side of the exported model's input: the scale is what was trained, a larger window only sees more at once."""
COMMON: dict[str, Any] = {
    "batch": 8,
    "seed": 20260,
    "deterministic": True,
    "optimizer": "AdamW",
    "lrf": 0.02,
    "cos_lr": True,
    "warmup_epochs": 1,
    "warmup_bias_lr": 0.0,
    "weight_decay": 0.0005,
    "amp": False,
    "device": "cpu",
    "workers": 0,
    "cache": False,
    "fliplr": 0.5,
    "flipud": 0.5,
    "degrees": 0.0,
    "translate": 0.1,
    "scale": 0.12,
    "hsv_h": 0.012,
    "hsv_s": 0.35,
    "hsv_v": 0.25,
    "erasing": 0.0,
    "save_period": 2,
    "val": False,
    "plots": False,
}
PHASES: dict[str, dict[str, Any]] = {
    # The phase's name is that of the set it learns from.
    "wide": {"epochs": 22, "imgsz": 192, "lr0": 0.0016, "mosaic": 1.0, "close_mosaic": 4},
    "close": {"epochs": 32, "imgsz": 128, "lr0": 0.0012, "mosaic": 0.5, "close_mosaic": 10},
}


def export(weights: Path, target: Path) -> None:
    """Write a checkpoint as ONNX: input (batch, 3, 320, 320) RGB from 0 to 1, output (batch, 4 + classes, anchors)."""
    model = YOLO(str(weights)).model.float().eval()
    for parameter in model.parameters():
        parameter.requires_grad = False
    model.fuse()
    for module in model.modules():
        if isinstance(module, Detect):
            module.export = True
            module.format = "onnx"
            module.dynamic = False
    example = torch.zeros(1, 3, INPUT_PX, INPUT_PX)
    model(example)
    torch.onnx.export(
        model,
        example,
        str(target),
        opset_version=OPSET,
        input_names=["images"],
        output_names=["boxes"],
        dynamic_axes={"images": {0: "batch"}, "boxes": {0: "batch"}},
    )


def measure(weights: Path, data: Path, split: str) -> dict[str, Any]:
    """Precision, recall and mean average precision on a split, whole and by class (ultralytics' definitions)."""
    found = YOLO(str(weights)).val(
        data=str(data / "wide" / "data.yaml"),
        split=split,
        imgsz=PHASES["wide"]["imgsz"],
        batch=8,
        device="cpu",
        workers=0,
        plots=False,
    )
    return {
        "precision": round(float(found.box.mp), 4),
        "recall": round(float(found.box.mr), 4),
        "map50": round(float(found.box.map50), 4),
        "map50_95": round(float(found.box.map), 4),
        "classes": {
            found.names[number]: {
                "precision": round(float(found.box.p[at]), 4),
                "recall": round(float(found.box.r[at]), 4),
                "map50": round(float(found.box.ap50[at]), 4),
            }
            for at, number in enumerate(found.box.ap_class_index)
        },
    }


def main() -> None:
    """Train in two phases, export and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="what dataset.py wrote")
    parser.add_argument("out", type=Path)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--skip", choices=list(PHASES), action="append", default=[], help="a phase that is in OUT")
    parser.add_argument("--export-only", type=Path, metavar="CHECKPOINT", help="of a training that still runs")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(options.threads)
    SETTINGS["sync"] = False
    if options.export_only:
        export(options.export_only, options.out / "model.onnx")
        return
    best: Path | None = None
    for phase, arguments in PHASES.items():
        if phase in options.skip:
            best = options.out / phase / "weights" / "last.pt"
            continue
        model = YOLO("yolov8n.yaml" if best is None else str(best))
        model.train(
            data=str(options.data / phase / "data.yaml"),
            project=str(options.out.resolve()),
            name=phase,
            exist_ok=True,
            pretrained=best is not None,
            **COMMON,
            **arguments,
        )
        best = Path(model.trainer.last)
    export(best, options.out / "model.onnx")
    report = {
        "arguments": {phase: {**COMMON, **arguments} for phase, arguments in PHASES.items()},
        "opset": OPSET,
        "versions": {
            "ultralytics": ultralytics.__version__,
            "torch": torch.__version__,
            "python": platform.python_version(),
        },
        "metrics": {split: measure(best, options.data, split) for split in ("val", "test")},
    }
    (options.out / "training.json").write_text(json.dumps(report, indent=1) + "\n")
    print(json.dumps(report["metrics"], indent=1))


if __name__ == "__main__":
    main()
