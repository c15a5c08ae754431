"""How far what an orthophoto shows is from where the generated world has it."""

from pathlib import Path

import cv2
import numpy as np
import rasterio

from dronelake.sample.world import World

_PATCH = 128
_MIN_RESPONSE = 0.2


def offsets(orthophoto: Path, world: World, corner: tuple[float, float]) -> np.ndarray:
    """Displacements (n, 2) east and south in metres of patches all over the orthophoto, by phase correlation.

    `corner` is the world's north-west corner in the orthophoto's CRS; patches that match nothing are left out.
    """
    with rasterio.open(orthophoto) as raster:
        picture = raster.read([1, 2, 3]).mean(axis=0, dtype=np.float32)
        valid = raster.dataset_mask() > 0
        transform = raster.transform
    window = cv2.createHanningWindow((_PATCH, _PATCH), cv2.CV_32F)
    truth = world.color.mean(axis=2, dtype=np.float32)
    cell = world.plan.cell_m
    blurred = cv2.GaussianBlur(truth, (0, 0), 0.5 * transform.a / cell)
    found = []
    for top in range(0, picture.shape[0] - _PATCH, _PATCH // 2):
        for left in range(0, picture.shape[1] - _PATCH, _PATCH // 2):
            place = slice(top, top + _PATCH), slice(left, left + _PATCH)
            if not valid[place].all():
                continue
            cols, rows = np.meshgrid(np.arange(left, left + _PATCH) + 0.5, np.arange(top, top + _PATCH) + 0.5)
            east, north = transform.c + cols * transform.a, transform.f + rows * transform.e
            across = ((east - corner[0]) / cell - 0.5).astype(np.float32)
            down = ((corner[1] - north) / cell - 0.5).astype(np.float32)
            if (
                across.min() < 1
                or down.min() < 1
                or across.max() > truth.shape[1] - 2
                or down.max() > truth.shape[0] - 2
            ):
                continue
            wanted = cv2.remap(blurred, across, down, cv2.INTER_LINEAR)
            shift, response = cv2.phaseCorrelate(wanted - wanted.mean(), picture[place] - picture[place].mean(), window)
            if response > _MIN_RESPONSE:
                found.append(shift)
    return np.array(found).reshape(-1, 2) * transform.a
