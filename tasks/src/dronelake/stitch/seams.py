"""Which photo shows which patch of ground, and how bright each photo should be: all at a coarse scale.

Every photo is orthorectified once to cells of 16 GSD. There, three things are decided: a gain for each photo and
channel that makes overlaps agree, the seams (each cell goes to the photo that looks most steeply down on it), and a
smooth correction that brings each photo to the common low frequencies. Full resolution then only needs the photos
that a window's seams name: two-band blending (P. Burt, E. Adelson 1983) at the price of one band.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from scipy.ndimage import distance_transform_edt
from scipy.sparse import coo_matrix
from scipy.sparse.linalg import lsqr

from dronelake.stitch.camera import Pose
from dronelake.stitch.grid import Grid
from dronelake.stitch.surface import Surface

Floats = npt.NDArray[np.float32]

_FEATHER_CELLS = 1.5
_SMOOTH_CELLS = 8.0
_MIN_OVERLAP_CELLS = 40
_EDGE_SHARE = 0.02
"""The outermost part of a photo, in shares of its longer side, that seams avoid: lens and vignette are worst there."""


@dataclass
class CoarsePhoto:
    """One photo on its own part of the coarse grid; arrays are (rows, cols[, 3])."""

    row: int
    col: int
    colour: Floats
    """Mean RGB of each cell, 0 to 255."""
    inside: npt.NDArray[np.bool_]
    cost: Floats
    """Tangent of the angle off nadir, larger near the photo's edge."""
    weight: Floats
    """Share of this photo in the blend, feathered over the seams."""
    shift: Floats
    """RGB to add after the gain."""
    gain: Floats
    """RGB factors, shape (3,)."""

    @property
    def window(self) -> tuple[slice, slice]:
        return slice(self.row, self.row + self.inside.shape[0]), slice(self.col, self.col + self.inside.shape[1])


def plan_seams(poses: Sequence[Pose], surface: Surface, grid: Grid, workers: int) -> list[CoarsePhoto]:
    """One CoarsePhoto a pose, on the coarse `grid` that covers all of them."""
    with ThreadPoolExecutor(workers) as pool:
        photos = list(pool.map(lambda pose: _coarse(pose, surface, grid), poses))
    for photo, gain in zip(photos, gains(photos), strict=True):
        photo.gain = gain
    _label(photos, grid)
    _level(photos, grid)
    return photos


def _coarse(pose: Pose, surface: Surface, grid: Grid) -> CoarsePhoto:
    corners = pose.footprint(float(np.min(surface.heights)))
    rows, cols = grid.span(corners)
    x, y = grid.centres(rows, cols)
    z = surface.at(x, y)
    pixels = pose.pixels(x, y, z)
    width, height = pose.photo.width, pose.photo.height
    margin = np.minimum(
        np.minimum(pixels[0], width - 1 - pixels[0]), np.minimum(pixels[1], height - 1 - pixels[1])
    ) / max(width, height)
    inside = np.nan_to_num(margin, nan=-1.0) >= 0
    steep = np.hypot(x - pose.centre[0], y - pose.centre[1]) / np.maximum(pose.centre[2] - z, 1.0)
    cost = steep + 2.0 * np.clip(_EDGE_SHARE - np.nan_to_num(margin), 0, None) / _EDGE_SHARE
    image, factor = _reduced(pose)
    maps = np.nan_to_num(pixels, nan=-1e6)
    col_map = ((maps[0] + 0.5) * factor[0] - 0.5).astype(np.float32)
    row_map = ((maps[1] + 0.5) * factor[1] - 0.5).astype(np.float32)
    colour = cv2.remap(image, col_map, row_map, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    shape = inside.shape
    return CoarsePhoto(
        row=rows.start,
        col=cols.start,
        colour=colour.astype(np.float32),
        inside=inside,
        cost=np.where(inside, cost, np.inf).astype(np.float32),
        weight=np.zeros(shape, np.float32),
        shift=np.zeros((*shape, 3), np.float32),
        gain=np.ones(3, np.float32),
    )


def _reduced(pose: Pose) -> tuple[npt.NDArray[np.uint8], tuple[float, float]]:
    """The photo in RGB at 1/16 of its size, and the factors (x, y) from its pixels to the full photo's."""
    image = cv2.imread(str(pose.photo.path), cv2.IMREAD_REDUCED_COLOR_8 | cv2.IMREAD_IGNORE_ORIENTATION)
    assert image is not None, pose.photo.path
    size = (max(1, round(pose.photo.width / 16)), max(1, round(pose.photo.height / 16)))
    small = cv2.cvtColor(cv2.resize(image, size, interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2RGB)
    return np.asarray(small, dtype=np.uint8), (size[0] / pose.photo.width, size[1] / pose.photo.height)


def _overlap(a: CoarsePhoto, b: CoarsePhoto) -> tuple[tuple[slice, slice], tuple[slice, slice]] | None:
    """The windows of two photos' arrays that are the same ground."""
    top, left = max(a.row, b.row), max(a.col, b.col)
    bottom = min(a.row + a.inside.shape[0], b.row + b.inside.shape[0])
    right = min(a.col + a.inside.shape[1], b.col + b.inside.shape[1])
    if top >= bottom or left >= right:
        return None
    return (
        (slice(top - a.row, bottom - a.row), slice(left - a.col, right - a.col)),
        (slice(top - b.row, bottom - b.row), slice(left - b.col, right - b.col)),
    )


def gains(photos: Sequence[CoarsePhoto]) -> list[Floats]:
    """RGB factors that make overlapping photos equally bright, near 1 on the whole; least squares on logarithms."""
    rows: list[tuple[int, int, float, npt.NDArray[np.float64]]] = []
    for first, a in enumerate(photos):
        for second in range(first + 1, len(photos)):
            windows = _overlap(a, photos[second])
            if windows is None:
                continue
            b = photos[second]
            both = a.inside[windows[0]] & b.inside[windows[1]]
            # Burnt-out and black cells say nothing of exposure.
            pair = a.colour[windows[0]][both], b.colour[windows[1]][both]
            usable = np.all([(part > 8).all(axis=1) & (part < 247).all(axis=1) for part in pair], axis=0)
            if usable.sum() >= _MIN_OVERLAP_CELLS:
                ratio = np.median(np.log(pair[1][usable]) - np.log(pair[0][usable]), axis=0)
                rows.append((first, second, float(np.sqrt(usable.sum())), ratio))
    count = len(photos)
    if not rows:
        return [np.ones(3, np.float32) for _ in photos]
    weights = np.array([row[2] for row in rows])
    weights /= weights.mean()
    hold = 0.3  # keeps the whole from drifting dark or bright without holding single photos back
    index = np.arange(len(rows))
    values = np.concatenate([weights, -weights, np.full(count, hold)])
    row_index = np.concatenate([index, index, len(rows) + np.arange(count)])
    col_index = np.concatenate([[row[0] for row in rows], [row[1] for row in rows], np.arange(count)])
    matrix = coo_matrix((values, (row_index, col_index)), shape=(len(rows) + count, count)).tocsr()
    logs = np.zeros((count, 3))
    for channel in range(3):
        wanted = np.concatenate([[row[3][channel] for row in rows] * weights, np.zeros(count)])
        logs[:, channel] = lsqr(matrix, wanted)[0]
    return [np.asarray(gain, dtype=np.float32) for gain in np.exp(np.clip(logs, -1.0, 1.0))]


def _label(photos: Sequence[CoarsePhoto], grid: Grid) -> None:
    """Give each cell to its cheapest photo, and each photo a feathered weight around its own cells."""
    best = np.full(grid.shape, np.inf, np.float32)
    label = np.full(grid.shape, -1, np.int32)
    for index, photo in enumerate(photos):
        cheaper = photo.cost < best[photo.window]
        best[photo.window][cheaper] = photo.cost[cheaper]
        label[photo.window][cheaper] = index
    # Cells at the rim whose centre no photo holds: the photo next to them may still reach into them.
    near = distance_transform_edt(label < 0, return_distances=True, return_indices=True)
    rim = (label < 0) & (near[0] <= 2)
    label[rim] = label[near[1][0][rim], near[1][1][rim]]
    for index, photo in enumerate(photos):
        own = (label[photo.window] == index).astype(np.float32)
        soft = cv2.GaussianBlur(own, (0, 0), _FEATHER_CELLS)
        reach = cv2.dilate(photo.inside.astype(np.uint8), np.ones((5, 5), np.uint8)).astype(bool)
        photo.weight = np.where(reach & (soft > 0.02), soft, 0).astype(np.float32)


def _level(photos: Sequence[CoarsePhoto], grid: Grid) -> None:
    """Bring each photo to the common low frequencies by a smooth shift."""
    total = np.zeros((*grid.shape, 3), np.float32)
    weights = np.zeros(grid.shape, np.float32)
    shares = []
    for photo in photos:
        # Falls off from the nadir and to zero at the photo's edge, so that the common image has no steps.
        padded = np.pad(photo.inside, 1)
        edge = distance_transform_edt(padded)[1:-1, 1:-1].astype(np.float32)
        share = np.where(photo.inside, np.minimum(edge / (2 * _SMOOTH_CELLS), 1) / (0.05 + photo.cost) ** 2, 0)
        shares.append(share)
        total[photo.window] += share[..., None] * photo.colour * photo.gain
        weights[photo.window] += share
    common = total / np.maximum(weights, 1e-6)[..., None]
    for photo in photos:
        known = (photo.inside & (weights[photo.window] > 1e-6)).astype(np.float32)
        difference = (common[photo.window] - photo.colour * photo.gain) * known[..., None]
        blurred = cv2.GaussianBlur(difference, (0, 0), _SMOOTH_CELLS)
        norm = cv2.GaussianBlur(known, (0, 0), _SMOOTH_CELLS)
        photo.shift = (blurred / np.maximum(norm, 1e-3)[..., None]).astype(np.float32)
