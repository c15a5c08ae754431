"""An orthophoto held against one that was made again of the same photos."""

from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.enums import Resampling
from rasterio.vrt import WarpedVRT
from rasterio.windows import Window

from dronelake.rerun.verdict import Verdict
from dronelake.storage import file_sha256

OVERLAP = 0.98
"""Least share of the ground that either shows which both must show."""
PIXELS = 2.0
"""Most that half of the ground may have shifted, in pixels."""
_BLOCK = 512
_LEAST_SHOWN = 0.9
_LEAST_TEXTURE = 2.0  # standard deviation in grey levels; on less, a shift cannot be seen

Grey = NDArray[np.float64]


def compare_orthophotos(recorded: Path, again: Path) -> Verdict:
    """Compare two GeoTIFFs, pixel by pixel on the first one's grid where their bytes differ."""
    if file_sha256(recorded) == file_sha256(again):
        return Verdict(True)
    with rasterio.open(recorded) as one, rasterio.open(again) as other:
        if one.crs != other.crs:
            return Verdict(False, faults=[f"the recorded one is in {one.crs}, the new one in {other.crs}"])
        gsd_m = float(one.res[0])
        grid = {"crs": one.crs, "transform": one.transform, "width": one.width, "height": one.height}
        with WarpedVRT(other, resampling=Resampling.bilinear, add_alpha=True, **grid) as laid:
            both, either, differences, shifts = _by_blocks(one, laid)
    overlap = both / either if either else 0.0
    shift = float(np.median(shifts)) if shifts else 0.0
    figures: dict[str, Any] = {
        "overlap": round(overlap, 4),
        "shift_px": round(shift, 3),
        "shift_m": round(shift * gsd_m, 4),
        "grey_levels": round(differences / both, 6) if both else None,
    }
    faults = []
    if overlap < OVERLAP:
        faults.append(f"they share {overlap:.1%} of the ground, {OVERLAP:.0%} is the bound")
    if shift > PIXELS:
        faults.append(f"the ground has shifted by {shift:.1f} pixels, {PIXELS:g} is the bound")
    return Verdict(False, figures, faults)


def _by_blocks(one: rasterio.DatasetReader, other: WarpedVRT) -> tuple[int, int, float, list[float]]:
    """Pixels that both show and that either shows, the sum of the differences on the former, and shifts in pixels."""
    both = either = 0
    differences = 0.0
    shifts = []
    for row in range(0, one.height, _BLOCK):
        for column in range(0, one.width, _BLOCK):
            window = Window(column, row, min(_BLOCK, one.width - column), min(_BLOCK, one.height - row))
            shown, laid = one.dataset_mask(window=window) > 0, other.read(4, window=window) > 0
            common = shown & laid
            both, either = both + int(common.sum()), either + int((shown | laid).sum())
            if not common.any():
                continue
            ours = one.read((1, 2, 3), window=window).astype(float).mean(axis=0)
            theirs = other.read((1, 2, 3), window=window).astype(float).mean(axis=0)
            differences += float(np.abs(ours - theirs)[common].sum())
            whole = common.shape == (_BLOCK, _BLOCK) and common.mean() >= _LEAST_SHOWN
            if whole and min(ours.std(), theirs.std()) >= _LEAST_TEXTURE:
                shifts.append(shift_px(ours, theirs))
    return both, either, differences, shifts


def shift_px(one: Grey, other: Grey) -> float:
    """How far the content of two images of one shape (rows, cols) lies apart, in whole pixels, by phase correlation
    (Kuglin and Hines, 1975).
    """
    window = np.outer(np.hanning(one.shape[0]), np.hanning(one.shape[1]))
    product = np.fft.rfft2((one - one.mean()) * window) * np.conj(np.fft.rfft2((other - other.mean()) * window))
    correlation = np.fft.irfft2(product / np.maximum(np.abs(product), 1e-9), s=one.shape)
    peak = np.unravel_index(int(np.argmax(correlation)), one.shape)
    return float(np.hypot(*(min(at, size - at) for at, size in zip(peak, one.shape, strict=True))))
