"""Running a model over a whole orthophoto."""

import time
from collections.abc import Iterator

import numpy as np

from dronelake.detect.boxes import Box, merge
from dronelake.detect.finding import is_whole, on_raster
from dronelake.detect.orthophoto import Orthophoto, Tile
from dronelake.detect.windows import Window, windows
from dronelake.detect.yolo import Model

SECONDS_BETWEEN_LINES = 5.0


def plan(orthophoto: Orthophoto, model: Model) -> tuple[list[Window], int]:
    """The windows that scale to the model's tiles at its trained GSD, and the side of a whole one in raster pixels."""
    scale = model.card.gsd_m / orthophoto.gsd_m
    full = max(1, round(model.card.tile_px * scale))
    overlap = min(full - 1, round(model.card.overlap_px * scale))
    return list(windows(orthophoto.width, orthophoto.height, full, overlap)), full


def batches(tiles: Iterator[Tile | None], size: int) -> Iterator[tuple[list[Tile], int]]:
    """Tiles in batches, empty ones left out, with how many windows each batch used up."""
    batch: list[Tile] = []
    used = 0
    for tile in tiles:
        used += 1
        if tile is not None:
            batch.append(tile)
        if len(batch) == size:
            yield batch, used
            batch, used = [], 0
    if used:
        yield batch, used


def scan(orthophoto: Orthophoto, model: Model, batch_size: int, readers: int) -> list[Box]:
    """The boxes of all things on the orthophoto, in its pixels, best first. Progress goes to standard output."""
    todo, full = plan(orthophoto, model)
    tiles = orthophoto.tiles(todo, model.card.tile_px, full, readers, ahead=max(2 * batch_size, 2 * readers))
    found: list[Box] = []
    done = seen = 0
    told = time.monotonic()
    for batch, used in batches(tiles, batch_size):
        if batch:
            boxes_of = model.find(np.stack([tile.pixels for tile in batch]))
            for tile, boxes in zip(batch, boxes_of, strict=True):
                found += [on_raster(box, tile) for box in boxes if is_whole(box, tile, model.card.overlap_px)]
        done, seen = done + used, seen + len(batch)
        if time.monotonic() - told >= SECONDS_BETWEEN_LINES:
            told = time.monotonic()
            print(f"tile {done} of {len(todo)}: {len(merge(found))} findings", flush=True)
    merged = merge(found)
    print(f"{len(todo)} tiles of which {len(todo) - seen} are empty: {len(merged)} findings", flush=True)
    return merged
