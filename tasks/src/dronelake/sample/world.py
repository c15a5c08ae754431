"""A stretch of dike, built from a seed: colours, heights and what lies on it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy.ndimage import gaussian_filter

from dronelake.sample.noise import Field
from dronelake.sample.terrain import BANKS, Palette, heights, meander, paint
from dronelake.sample.things import CLASSES, Canvas, Thing, lay_damage, lay_distractor, lay_trap

GENERATOR = "1"
"""Version of the generator: it changes when the same seed gives another picture."""
HEIGHT_STEP = 16
"""Cells of colour to a cell of height: the ground's shape needs no more."""


@dataclass(frozen=True)
class Plan:
    """What to build: sizes in metres; `riverside_m` is how far north of the world's south edge the river ends."""

    seed: int
    width_m: float
    depth_m: float
    cell_m: float
    riverside_m: float
    traps: int
    damages: int
    distractors: int
    margin_m: tuple[float, float] = (3.0, 3.0)
    """Free of things along the edges: east and west, north and south."""
    apart_m: float = 3.6


@dataclass(frozen=True)
class World:
    """Colours (rows, cols, 3) uint8 north up at `cell_m`, heights (rows, cols) in metres to NAP at `height_cell_m`."""

    plan: Plan
    color: NDArray[np.uint8]
    height: Field
    height_cell_m: float
    things: tuple[Thing, ...]


def build(plan: Plan) -> World:
    """Build the world of a plan: the same plan gives the same world, cell by cell."""
    rng = np.random.default_rng([plan.seed, 4711])
    rows, cols = round(plan.depth_m / plan.cell_m), round(plan.width_m / plan.cell_m)
    north = (np.arange(rows, 0, -1, dtype=np.float32) - np.float32(0.5)) * np.float32(plan.cell_m)
    wander = meander(rng, cols, plan.cell_m)
    across = north[:, None] - np.float32(plan.riverside_m) - wander[None, :]

    height_cell = plan.cell_m * HEIGHT_STEP
    coarse = np.ascontiguousarray(across[HEIGHT_STEP // 2 :: HEIGHT_STEP, HEIGHT_STEP // 2 :: HEIGHT_STEP])
    height = heights(rng, coarse, height_cell)
    color = paint(rng, across, plan.cell_m, Palette.draw(rng))
    sun = float(rng.uniform(0, 2 * np.pi))
    shade(color, height, height_cell, sun)
    scatter(rng, color, plan.cell_m)
    canvas = Canvas(color, plan.cell_m, sun)
    things = populate(rng, plan, canvas, wander)
    soft = np.empty(color.shape, dtype=np.uint8)
    for band in range(3):
        # A lens spreads every point a little; without it, the photographs would alias.
        soft[..., band] = np.clip(gaussian_filter(color[..., band], 0.6, truncate=2.5), 0, 255).astype(np.uint8)
    return World(plan, soft, height, height_cell, things)


def shade(color: Field, height: Field, height_cell_m: float, sun: float) -> None:
    """Darken slopes that turn away from the sun, in place."""
    down, right = np.gradient(height, height_cell_m)
    slope = (right * np.cos(sun) + down * np.sin(sun)).astype(np.float32)
    light = Image.fromarray(np.clip(1 + 0.45 * slope, 0.75, 1.25).astype(np.float32))
    color *= np.asarray(light.resize((color.shape[1], color.shape[0]), Image.Resampling.BILINEAR))[..., None]


def scatter(rng: np.random.Generator, color: Field, cell_m: float) -> None:
    """Strew flowers, leaves, tufts and pebbles, in place: small, sharp, and nowhere the same."""
    rows, cols = color.shape[:2]
    image = Image.fromarray(np.clip(color, 0, 255).astype(np.uint8))
    pen = ImageDraw.Draw(image)
    tones = ((226, 226, 214), (214, 190, 52), (70, 96, 38), (48, 66, 30), (150, 142, 96), (120, 108, 88))
    count = int(rows * cols * cell_m**2 * 5)
    places = rng.uniform((0, 0), (cols, rows), (count, 2))
    sizes = rng.gamma(2.0, 0.014, (count, 2)) / cell_m + 0.6
    picks = rng.integers(0, len(tones), count)
    for (x, y), (wide, high), pick in zip(places.tolist(), sizes.tolist(), picks.tolist(), strict=True):
        pen.ellipse((x - wide, y - high, x + wide, y + high), fill=tones[pick])
    color[...] = np.asarray(image, dtype=np.float32)


def populate(rng: np.random.Generator, plan: Plan, canvas: Canvas, wander: Field) -> tuple[Thing, ...]:
    """Lay traps, damage and distractors, well apart; two in three of what is to be found lie on a bank."""
    lay = [lay_trap] * plan.traps + [lay_damage] * plan.damages
    taken: list[tuple[float, float]] = []
    things: list[Thing] = []
    for put in lay:
        east, south = free_place(rng, plan, wander, taken, on_bank=rng.random() < 0.67)
        things.append(put(canvas, rng, east, south))
    for _ in range(plan.distractors):
        lay_distractor(canvas, rng, *free_place(rng, plan, wander, taken, on_bank=False))
    return tuple(sorted(things, key=lambda thing: (CLASSES.index(thing.name), thing.box())))


def free_place(
    rng: np.random.Generator, plan: Plan, wander: Field, taken: list[tuple[float, float]], on_bank: bool
) -> tuple[float, float]:
    """A place that keeps its distance from `taken`, to which it is added: metres east and south of the corner."""
    beside, above = plan.margin_m
    for attempt in range(4000):
        east = float(rng.uniform(beside, plan.width_m - beside))
        south = float(rng.uniform(above, plan.depth_m - above))
        if on_bank and attempt < 2000:
            near, far = BANKS[int(rng.integers(len(BANKS)))]
            line = plan.riverside_m + float(wander[min(int(east / plan.cell_m), wander.size - 1)])
            south = plan.depth_m - line - float(rng.uniform(near, far))
            if not above <= south <= plan.depth_m - above:
                continue
        if all(np.hypot(east - x, south - y) >= plan.apart_m for x, y in taken):
            taken.append((east, south))
            return east, south
    raise ValueError(
        f"{len(taken)} things are {plan.apart_m} m apart on {plan.width_m} x {plan.depth_m} m and no more fit: "
        "ask for fewer or for a larger world"
    )
