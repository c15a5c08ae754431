"""Noise at chosen wavelengths, the raw material of every surface of the generated world."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Field = NDArray[np.float32]


def octave(rng: np.random.Generator, shape: tuple[int, int], wavelength_px: tuple[float, float]) -> Field:
    """Smooth noise of unit variance: (rows, cols), with features about `wavelength_px` = (down, across) pixels long."""
    rows, cols = shape
    down, across = wavelength_px
    if down <= 1 and across <= 1:
        return rng.standard_normal(shape, dtype=np.float32)
    lattice = (max(4, int(rows / down) + 3), max(4, int(cols / across) + 3))
    coarse = Image.fromarray(rng.standard_normal(lattice, dtype=np.float32))
    # The box leaves a lattice cell free on each side, so that the border is as lively as the middle.
    box = (1.0, 1.0, 1.0 + cols / max(across, cols / (lattice[1] - 2)), 1.0 + rows / max(down, rows / (lattice[0] - 2)))
    fine = np.asarray(coarse.resize((cols, rows), Image.Resampling.BICUBIC, box=box), dtype=np.float32)
    return fine / np.float32(max(float(fine.std()), 1e-6))


def blend(rng: np.random.Generator, shape: tuple[int, int], cell_m: float, weights: Mapping[float, float]) -> Field:
    """Noise of several wavelengths together: `weights` maps a wavelength in metres to its standard deviation."""
    total = np.zeros(shape, dtype=np.float32)
    for wavelength_m, weight in weights.items():
        total += np.float32(weight) * octave(rng, shape, (wavelength_m / cell_m, wavelength_m / cell_m))
    return total


def streaks(rng: np.random.Generator, shape: tuple[int, int], cell_m: float, long_m: float, wide_m: float) -> Field:
    """Noise drawn out from left to right, for reed, tracks and ripples: unit variance, (rows, cols)."""
    return octave(rng, shape, (wide_m / cell_m, long_m / cell_m))
