"""The model's output, read."""

import json
from typing import Any

import numpy as np
import pytest
from onnxfile import square_finder

from dronelake.detect.boxes import Box
from dronelake.detect.card import DetectionCard, read_card
from dronelake.detect.yolo import Model, decode
from dronelake.errors import BadInput, Unavailable

CARD: dict[str, Any] = {
    "name": "squares",
    "classes": ["Muskusrat klem", "Beschadiging oever"],
    "gsd_m": 0.04,
    "tile_px": 32,
    "overlap_px": 8,
    "thresholds": {"Muskusrat klem": 0.5, "Beschadiging oever": 0.25},
    "onnx": {"sha256": "0" * 64},
}


def card(**changes: Any) -> DetectionCard:
    return read_card(json.dumps(CARD | changes).encode(), "the card")


def test_decoding_takes_the_best_class_above_its_own_threshold() -> None:
    output = np.array(
        [
            # candidates: a trap, too unsure a trap, a damage, its double, one without extent
            [10, 50, 80, 81, 5],
            [20, 50, 80, 80, 5],
            [8, 10, 20, 20, 0],
            [4, 10, 20, 20, 9],
            [0.9, 0.45, 0.1, 0.1, 0.9],
            [0.3, 0.2, 0.6, 0.55, 0.1],
        ],
        dtype=np.float32,
    )
    found = decode(output, (0.5, 0.25))
    assert [(box.number, round(box.score, 2)) for box in found] == [(0, 0.9), (1, 0.6)]
    assert (found[0].left, found[0].top, found[0].right, found[0].bottom) == (6, 18, 14, 22)


def test_a_model_finds_each_square_in_its_own_tile() -> None:
    tiles = np.zeros((2, 3, 32, 32), dtype=np.uint8)
    tiles[0, 0, 8:16, 16:24] = 255
    tiles[1, 2, 24:32, 0:8] = 102
    found = Model(card(), square_finder(32, 8), 1, "squares").find(tiles)
    assert found[0] == [Box(0, 1.0, 16, 8, 24, 16)]
    assert [(box.number, round(box.score, 2)) for box in found[1]] == [(1, 0.4)]


def test_a_gpu_that_was_asked_for_is_not_replaced_by_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    weights = square_finder(32, 8)
    assert Model(card(), weights, 1, "squares").provider == "CPUExecutionProvider"
    with pytest.raises(
        BadInput, match=r"DETECT_DEVICE is cuda, but .* built without CUDA; run the step in the image tasks-gpu"
    ):
        Model(card(), weights, 1, "squares", "cuda")
    # Built with CUDA, on a machine without a GPU: ONNX Runtime takes the CPU and says so only in a warning.
    monkeypatch.setattr(
        "onnxruntime.get_available_providers", lambda: ["CUDAExecutionProvider", "CPUExecutionProvider"]
    )
    monkeypatch.setattr("onnxruntime.preload_dlls", lambda: None)
    with pytest.raises(
        Unavailable, match="cannot use a GPU here: it fell back to the CPU; check that the pod was given one"
    ):
        Model(card(), weights, 1, "squares", "cuda")


def test_wrong_weights_are_told_as_such_also_where_there_is_no_gpu() -> None:
    with pytest.raises(BadInput, match="not a model that ONNX Runtime can load"):
        Model(card(), b"no model", 1, "squares", "cuda")


@pytest.mark.parametrize(
    ("weights", "told"),
    [
        (b"no model", "not a model that ONNX Runtime can load"),
        (square_finder(64, 8), "its card says"),
        (square_finder(32, 8, classes=3), "correct the classes"),
        (square_finder(32, 8, batch=1), "dynamic batch"),
    ],
)
def test_weights_that_are_not_the_cards_are_refused(weights: bytes, told: str) -> None:
    with pytest.raises(BadInput, match=told):
        Model(card(), weights, 1, "squares")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"thresholds": {"Muskusrat klem": 0.5}}, "same classes"),
        ({"thresholds": {"Muskusrat klem": 0.5, "Beschadiging oever": 1.5}}, "Beschadiging oever"),
        ({"overlap_px": 32}, "less than tile_px"),
        ({"onnx": {"sha256": "short"}}, "onnx.sha256"),
        ({"classes": []}, "classes"),
        ({"gsd_m": 0}, "gsd_m"),
    ],
)
def test_a_card_that_contradicts_itself_is_refused(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(BadInput, match=told):
        card(**changes)
