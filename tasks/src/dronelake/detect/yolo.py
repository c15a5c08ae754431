"""The model: YOLOv8's boxes from tiles, by ONNX Runtime."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from dronelake.detect.boxes import Box, merge
from dronelake.detect.card import DetectionCard
from dronelake.errors import BadInput, Unavailable

Tiles = NDArray[np.uint8]
Output = NDArray[np.float32]

MOST_CANDIDATES = 300
"""Of a tile, before doubles are removed: as many as YOLO's own post-processing takes."""
CUDA, CPU = "CUDAExecutionProvider", "CPUExecutionProvider"
Device = Literal["cpu", "cuda"]


class Model:
    """A loaded model; `find` may be called from one thread at a time."""

    def __init__(self, card: DetectionCard, weights: bytes, threads: int, where: str, device: Device = "cpu") -> None:
        """Raises BadInput when the weights are no ONNX model or not the one that the card describes, or when this ONNX
        Runtime was built without CUDA; Unavailable when it has CUDA and no GPU to run it on."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(weights, options, providers=[CPU])
        # onnxruntime raises classes of its own, which share no base but Exception.
        except Exception as error:
            told = str(error).splitlines()[0]
            raise BadInput(f"{where} is not a model that ONNX Runtime can load: {told}; export it again") from None
        if device == "cuda":
            self._session = _on_gpu(weights, options)
        self.card = card
        self._input = self._session.get_inputs()[0].name
        side = card.tile_px
        expected = [3, side, side]
        shape = self._session.get_inputs()[0].shape
        if len(self._session.get_inputs()) != 1 or list(shape[1:]) != expected:
            raise BadInput(f"{where} takes {shape}, its card says (batch, 3, {side}, {side}); correct model.json")
        if isinstance(shape[0], int):
            raise BadInput(f"{where} takes batches of exactly {shape[0]}; export it with a dynamic batch")
        trial = self.run(np.zeros((2, 3, side, side), dtype=np.uint8))
        if trial.ndim != 3 or trial.shape[:2] != (2, 4 + len(card.classes)):
            raise BadInput(
                f"{where} gives {trial.shape}, {len(card.classes)} classes need (batch, {4 + len(card.classes)}, "
                "candidates); correct the classes in model.json"
            )

    @property
    def provider(self) -> str:
        """What computes: the GPU's provider or the CPU's."""
        return str(self._session.get_providers()[0])

    def run(self, tiles: Tiles) -> Output:
        """The raw output (batch, 4 + classes, candidates) for tiles (batch, 3, side, side), RGB."""
        scaled = tiles.astype(np.float32) / np.float32(255)
        return np.asarray(self._session.run(None, {self._input: scaled})[0], dtype=np.float32)

    def find(self, tiles: Tiles) -> list[list[Box]]:
        """The boxes of each tile, in its pixels, above the card's thresholds, doubles removed."""
        return [decode(output, self.card.least) for output in self.run(tiles)]


def _on_gpu(weights: bytes, options: onnxruntime.SessionOptions) -> onnxruntime.InferenceSession:
    if CUDA not in onnxruntime.get_available_providers():
        raise BadInput(
            "DETECT_DEVICE is cuda, but the ONNX Runtime here was built without CUDA; run the step in the image "
            "tasks-gpu (config images.tasks-gpu), or give the detection no GPUs"
        )
    # CUDA and cuDNN come as Python packages, outside of where the loader looks.
    onnxruntime.preload_dlls()
    try:
        session = onnxruntime.InferenceSession(weights, options, providers=[CUDA, CPU])
        told = "it fell back to the CPU"
    except Exception as error:
        session, told = None, str(error).splitlines()[0]
    # Without a GPU it does not always raise: then it has quietly taken the CPU.
    if session is None or session.get_providers()[0] != CUDA:
        raise Unavailable(
            f"DETECT_DEVICE is cuda, but ONNX Runtime cannot use a GPU here: {told}; check that the pod was given one "
            "and its RuntimeClass, and that the node's driver supports CUDA 13 (580 or newer)"
        )
    return session


def decode(output: Output, least: Sequence[float]) -> list[Box]:
    """The boxes in one tile's output (4 + classes, candidates): rows middle x, middle y, width, height, class scores.

    Of a candidate, the best class counts, if its score reaches that class's `least`.
    """
    scores = output[4:]
    number = scores.argmax(axis=0)
    best = scores[number, np.arange(scores.shape[1])]
    chosen = np.flatnonzero(best >= np.asarray(least, dtype=np.float32)[number])
    chosen = chosen[np.argsort(-best[chosen], kind="stable")][:MOST_CANDIDATES]
    boxes = []
    for at in chosen.tolist():
        x, y, width, height = (float(value) for value in output[:4, at])
        if width > 0 and height > 0:
            corners = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
            boxes.append(Box(int(number[at]), float(np.clip(best[at], 0, 1)), *corners))
    return merge(boxes)
