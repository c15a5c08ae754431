"""Whole orthophotos of generated worlds: thresholds are chosen and measured on mostly empty ground, as it is."""

import io
from pathlib import Path

import numpy as np
import rasterio
from PIL import Image
from rasterio.transform import from_origin
from scipy.ndimage import gaussian_filter

from dronelake.sample.truth import CRS, Spot
from dronelake.sample.world import Plan, build

SEED = 20261
GSD_M = 0.025
WEST, NORTH = 119_000.0, 439_000.0
SIDE_M = 48.0


def make(number: int, folder: Path) -> tuple[Path, list[Spot]]:
    """Write the orthophoto of one world, a little blurred, noisy and compressed; returns it and what lies on it."""
    rng = np.random.default_rng([SEED, number])
    plan = Plan(
        seed=SEED * 100_000 + number,
        width_m=SIDE_M,
        depth_m=SIDE_M,
        cell_m=0.02,
        riverside_m=float(rng.choice([-40.0, -20.0, 0.0])),
        traps=8,
        damages=8,
        distractors=26,
    )
    world = build(plan)
    side = int(SIDE_M / GSD_M)
    picture = Image.fromarray(world.color).resize((side, side), Image.Resampling.BOX)
    soft = float(rng.uniform(0.4, 1.1))
    pixels = gaussian_filter(np.asarray(picture, dtype=np.float32), (soft, soft, 0)) * rng.normal(1.0, 0.06)
    pixels += rng.normal(0, 2.0, pixels.shape)
    compressed = io.BytesIO()
    Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(compressed, "JPEG", quality=88)
    path = folder / f"field-{number}.tif"
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=side,
        height=side,
        count=3,
        dtype="uint8",
        crs=CRS,
        transform=from_origin(WEST, NORTH, GSD_M, GSD_M),
        tiled=True,
    ) as target:
        target.write(np.asarray(Image.open(compressed)).transpose(2, 0, 1))
    spots = []
    for thing in world.things:
        left, top, right, bottom = thing.box()
        spots.append(Spot(thing.name, WEST + (left + right) / 2, NORTH - (top + bottom) / 2))
    return path, spots
