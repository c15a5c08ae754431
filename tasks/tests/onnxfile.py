"""A tiny ONNX model written by hand, so that tests know what it must find: one box on every white square of a tile.

The protocol buffer is written byte by byte (field numbers from onnx.proto); no ONNX library is needed.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

FLOAT, INT64 = 1, 7


def _varint(value: int) -> bytes:
    out = b""
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, value: bytes | str) -> bytes:
    data = value.encode() if isinstance(value, str) else value
    return _varint(field << 3 | 2) + _varint(len(data)) + data


def _tensor(name: str, values: NDArray[np.generic]) -> bytes:
    kind = FLOAT if values.dtype == np.float32 else INT64
    sizes = b"".join(_number(1, size) for size in values.shape)
    return sizes + _number(2, kind) + _bytes(8, name) + _bytes(9, values.tobytes())


def _attribute(name: str, value: int | Sequence[int]) -> bytes:
    if isinstance(value, int):
        return _bytes(1, name) + _number(3, value) + _number(20, 2)
    return _bytes(1, name) + b"".join(_number(8, item) for item in value) + _number(20, 7)


def _node(operator: str, inputs: Sequence[str], output: str, **attributes: int | Sequence[int]) -> bytes:
    body = b"".join(_bytes(1, name) for name in inputs) + _bytes(2, output) + _bytes(4, operator)
    return body + b"".join(_bytes(5, _attribute(name, value)) for name, value in attributes.items())


def _value(name: str, sizes: Sequence[int | str]) -> bytes:
    shape = b"".join(_bytes(1, _bytes(2, size) if isinstance(size, str) else _number(1, size)) for size in sizes)
    return _bytes(1, name) + _bytes(2, _bytes(1, _number(1, FLOAT) + _bytes(2, shape)))


def square_finder(
    side: int, square: int, classes: int = 2, batch: int | str = "batch", box: int | None = None
) -> bytes:
    """A model that gives one candidate for every `square` x `square` cell of a tile.

    Its score for class 0 is the cell's mean red, for class 1 its mean blue, so black scores nothing; its box has sides
    of `box` pixels (default: the cell's own) around the cell's middle.
    """
    count = side // square
    at = (np.arange(count, dtype=np.float32) + np.float32(0.5)) * np.float32(square)
    y, x = np.meshgrid(at, at, indexing="ij")
    size = np.full(count * count, box or square, dtype=np.float32)
    boxes = np.stack([x.ravel(), y.ravel(), size, size])[None].astype(np.float32)
    pick = np.zeros((classes, 3, square, square), dtype=np.float32)
    for number, band in zip(range(classes), (0, 2), strict=False):
        pick[number, band] = 1 / square**2
    nodes = [
        _node("Conv", ["images", "pick"], "cells", kernel_shape=[square, square], strides=[square, square]),
        _node("Reshape", ["cells", "flat"], "scores"),
        _node("Shape", ["images"], "sizes"),
        _node("Gather", ["sizes", "first"], "count", axis=0),
        _node("Concat", ["count", "rest"], "wanted", axis=0),
        _node("Expand", ["boxes", "wanted"], "places"),
        _node("Concat", ["places", "scores"], "found", axis=1),
    ]
    constants = {
        "pick": pick,
        "flat": np.array([0, classes, count * count], dtype=np.int64),
        "first": np.array([0], dtype=np.int64),
        "rest": np.array([4, count * count], dtype=np.int64),
        "boxes": boxes,
    }
    graph = b"".join(_bytes(1, node) for node in nodes) + _bytes(2, "squares")
    graph += b"".join(_bytes(5, _tensor(name, values)) for name, values in constants.items())
    graph += _bytes(11, _value("images", [batch, 3, side, side]))
    graph += _bytes(12, _value("found", [batch, 4 + classes, count * count]))
    return _number(1, 8) + _bytes(7, graph) + _bytes(8, _number(2, 16))
