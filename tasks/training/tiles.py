"""Training tiles: windows of generated worlds, made to look like windows of an orthophoto."""

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter, map_coordinates

from dronelake.sample.things import CLASSES
from dronelake.sample.world import World

GSD_M = 0.04
"""The ground sampling distance that the model is trained for; detection scales every orthophoto to it."""
FINER = 2
"""Tiles are photographed this much finer and then averaged, as an orthophoto is when scaled to the model's GSD."""
LEAST_VISIBLE = 0.35
"""Share of a thing's box that a tile must show for it to count as seen."""

Pixels = NDArray[np.uint8]
Grid = NDArray[np.float32]


@dataclass(frozen=True)
class Cut:
    """How a set is cut: tiles of `side` pixels, anywhere or mostly `near` things, since empty ground teaches little."""

    side: int
    near: bool
    void_px: tuple[float, float]
    """How far from the middle an orthophoto's edge may run through a tile."""


@dataclass(frozen=True)
class Label:
    """A class number and its box, in shares of the tile from 0 to 1: middle x, middle y, width, height."""

    number: int
    x: float
    y: float
    width: float
    height: float

    def line(self) -> str:
        """The label in YOLO's text format."""
        return f"{self.number} {self.x:.6f} {self.y:.6f} {self.width:.6f} {self.height:.6f}"


@dataclass(frozen=True)
class View:
    """Where a tile lies on a world: pixels a side, middle in metres east and south of the corner, turn, scale."""

    side: int
    east: float
    south: float
    turn: float
    px_m: float

    def ground(self, x: Grid, y: Grid) -> tuple[Grid, Grid]:
        """Metres east and south under the tile's pixels."""
        dx, dy = (x - self.side / 2) * self.px_m, (y - self.side / 2) * self.px_m
        cos, sin = np.float32(np.cos(self.turn)), np.float32(np.sin(self.turn))
        return np.float32(self.east) + cos * dx - sin * dy, np.float32(self.south) + sin * dx + cos * dy

    def pixels(self, ground: NDArray[np.float64]) -> NDArray[np.float64]:
        """Pixels (points, 2) of points (points, 2) in metres east and south."""
        delta = (ground - (self.east, self.south)) / self.px_m
        cos, sin = np.cos(self.turn), np.sin(self.turn)
        turned = np.stack([cos * delta[:, 0] + sin * delta[:, 1], -sin * delta[:, 0] + cos * delta[:, 1]], axis=1)
        return np.asarray(turned + self.side / 2)


def cut(world: World, rng: np.random.Generator, how: Cut) -> tuple[bytes, list[Label]]:
    """One tile of a world as JPEG bytes, with its labels."""
    east, south = choose(world, rng, how)
    view = View(
        side=how.side,
        east=east,
        south=south,
        turn=float(rng.uniform(0, 2 * np.pi)),
        px_m=GSD_M * float(rng.uniform(0.92, 1.08)),
    )
    labels, boxes = see(world, view)
    pixels = photograph(world, view, rng)
    pixels = seam(pixels, lambda: photograph(world, view, rng), rng) if rng.random() < 0.35 else pixels
    pixels = develop(pixels, rng)
    if rng.random() < 0.1:
        void(pixels, boxes, rng, how)
    out = io.BytesIO()
    Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(out, "JPEG", quality=int(rng.integers(78, 96)))
    return out.getvalue(), labels


def choose(world: World, rng: np.random.Generator, how: Cut) -> tuple[float, float]:
    """The middle of a tile, in metres east and south."""
    reach = how.side * GSD_M * 0.75
    spread = how.side * GSD_M * 0.36
    wide, deep = world.plan.width_m, world.plan.depth_m
    if not how.near:
        return float(rng.uniform(reach, wide - reach)), float(rng.uniform(reach, deep - reach))
    if rng.random() < 0.75:
        left, top, right, bottom = world.things[int(rng.integers(len(world.things)))].box()
        place = ((left + right) / 2 + rng.uniform(-spread, spread), (top + bottom) / 2 + rng.uniform(-spread, spread))
    else:
        place = (rng.uniform(0, wide), rng.uniform(0, deep))
    east, south = np.clip(place, reach, (wide - reach, deep - reach))
    return float(east), float(south)


def see(world: World, view: View) -> tuple[list[Label], list[tuple[float, float, float, float]]]:
    """The labels that a view has, and the boxes in pixels (left, top, right, bottom) of everything that it touches."""
    labels, boxes = [], []
    for thing in world.things:
        points = view.pixels(thing.outline)
        (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
        near, far = np.clip((left, top), 0, view.side), np.clip((right, bottom), 0, view.side)
        wide, high = far - near
        if wide <= 0 or high <= 0:
            continue
        boxes.append((float(left), float(top), float(right), float(bottom)))
        if wide * high >= LEAST_VISIBLE * (right - left) * (bottom - top):
            x, y = (near + far) / 2 / view.side
            number = CLASSES.index(thing.name)
            labels.append(Label(number, float(x), float(y), float(wide / view.side), float(high / view.side)))
    return labels, boxes


def photograph(world: World, view: View, rng: np.random.Generator) -> Grid:
    """The view's pixels, FINER times its side, 3 bands, warped as an imperfect elevation model warps them."""
    side = view.side * FINER
    y, x = (np.mgrid[0:side, 0:side].astype(np.float32) + np.float32(0.5)) / np.float32(FINER)
    strength = float(rng.uniform(0, 0.7))
    shift = rng.normal(0, 0.3, 2)
    for grid, offset in ((x, shift[0]), (y, shift[1])):
        coarse = Image.fromarray(rng.normal(0, 1, (7, 7)).astype(np.float32))
        grid += np.float32(strength) * np.asarray(coarse.resize((side, side), Image.Resampling.BICUBIC))
        grid += np.float32(offset)
    east, south = view.ground(x, y)
    at = [south / world.plan.cell_m - 0.5, east / world.plan.cell_m - 0.5]
    bands = [map_coordinates(world.color[..., band], at, np.float32, order=1, mode="reflect") for band in range(3)]
    return np.stack(bands, axis=-1)


def seam(pixels: Grid, other_photo: object, rng: np.random.Generator) -> Grid:
    """Blend two photographs of the same view along a line: a step in light, a small shift, a ghost where both show."""
    assert callable(other_photo)
    other: Grid = other_photo() * np.float32(rng.normal(1.0, 0.06))
    side = len(pixels)
    y, x = np.mgrid[0:side, 0:side].astype(np.float32)
    turn = rng.uniform(0, 2 * np.pi)
    line = (x - rng.uniform(0.2, 0.8) * side) * np.cos(turn) + (y - rng.uniform(0.2, 0.8) * side) * np.sin(turn)
    share = np.clip(line / rng.uniform(2, 80) + 0.5, 0, 1)[..., None].astype(np.float32)
    return pixels * (1 - share) + other * share


def develop(pixels: Grid, rng: np.random.Generator) -> Grid:
    """Blur, light, colour and noise: pixels averaged by FINER each way."""
    soft = float(rng.uniform(0.3, 1.7))
    pixels = gaussian_filter(pixels, (soft, soft, 0))
    side = len(pixels) // FINER
    pixels = pixels.reshape(side, FINER, side, FINER, 3).mean(axis=(1, 3))
    scaled = np.clip(pixels / 255, 0, 1) ** np.float32(rng.uniform(0.85, 1.18))
    tint = np.asarray(rng.normal(rng.normal(1.0, 0.1), 0.035, 3), dtype=np.float32)
    noisy = scaled * 255 * tint + rng.normal(0, rng.uniform(0.3, 4.0), pixels.shape)
    return np.asarray(noisy, dtype=np.float32)


def void(pixels: Grid, boxes: list[tuple[float, float, float, float]], rng: np.random.Generator, how: Cut) -> None:
    """Blacken one side of the tile, in place, as beyond an orthophoto's edge; never over a thing."""
    y, x = np.mgrid[0 : how.side, 0 : how.side]
    turn = rng.uniform(0, 2 * np.pi)
    beyond = (x - how.side / 2) * np.cos(turn) + (y - how.side / 2) * np.sin(turn) > rng.uniform(*how.void_px)
    for left, top, right, bottom in boxes:
        if beyond[max(0, int(top)) : int(bottom) + 1, max(0, int(left)) : int(right) + 1].any():
            return
    pixels[beyond] = 0
