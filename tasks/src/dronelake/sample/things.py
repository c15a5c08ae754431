"""What lies on the ground: traps and bank damage, which are to be found, and what only resembles them."""

from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from dronelake.sample.noise import Field, blend

TRAP = "Muskusrat klem"
DAMAGE = "Beschadiging oever"
CLASSES: tuple[str, ...] = (TRAP, DAMAGE)

TRAP_LENGTH_M = 1.0
TRAP_WIDTH_M = 0.35

Points = NDArray[np.float64]


@dataclass(frozen=True)
class Thing:
    """One object on the ground.

    `outline` is its visible rim, (points, 2), in metres east and south of the world's north-west corner.
    """

    name: str
    outline: Points

    def box(self) -> tuple[float, float, float, float]:
        """The bounding box (east least, south least, east most, south most) in the outline's metres."""
        east, south = self.outline.min(axis=0), self.outline.max(axis=0)
        return (float(east[0]), float(east[1]), float(south[0]), float(south[1]))


class Canvas:
    """The ground's colours, painted upon in metres: `color` is (rows, cols, 3) float32, north up."""

    def __init__(self, color: Field, cell_m: float, sun: float) -> None:
        """`sun` is the direction that shadows fall to, in radians from east towards south."""
        self.color = color
        self.cell_m = cell_m
        self.sun = sun

    def patch(self, east: float, south: float, reach_m: float, turn: float) -> "Patch":
        """The cells within `reach_m` of a point, with coordinates along and across a thing turned by `turn` radians."""
        rows, cols = self.color.shape[:2]
        top, bottom = (int(max(0, min(rows, (south + d) / self.cell_m))) for d in (-reach_m, reach_m))
        left, right = (int(max(0, min(cols, (east + d) / self.cell_m))) for d in (-reach_m, reach_m))
        x = (np.arange(left, right, dtype=np.float32) + np.float32(0.5)) * np.float32(self.cell_m) - np.float32(east)
        y = (np.arange(top, bottom, dtype=np.float32) + np.float32(0.5)) * np.float32(self.cell_m) - np.float32(south)
        dx, dy = np.meshgrid(x, y)
        along = dx * np.float32(np.cos(turn)) + dy * np.float32(np.sin(turn))
        across = -dx * np.float32(np.sin(turn)) + dy * np.float32(np.cos(turn))
        shadow = self.sun - turn
        return Patch(self.color[top:bottom, left:right], along, across, self.cell_m, np.cos(shadow), np.sin(shadow))


@dataclass(frozen=True)
class Patch:
    """A window on the canvas: `along` and `across` are metres from the object's middle, in its own directions."""

    color: Field
    along: Field
    across: Field
    cell_m: float
    shade_along: float
    shade_across: float

    def lay(self, distance: Field, color: tuple[float, float, float], cover: float = 1.0, soft_m: float = 0.0) -> None:
        """Paint where `distance`, metres outside of a shape, is negative; the edge is as soft as a cell or `soft_m`."""
        self.tint(distance, np.asarray(color, dtype=np.float32), cover, soft_m)

    def tint(self, distance: Field, color: Field, cover: float = 1.0, soft_m: float = 0.0) -> None:
        """As `lay`, with a colour a cell or one for all."""
        share = np.clip(0.5 - distance / np.float32(max(self.cell_m, soft_m)), 0, 1)[..., None] * np.float32(cover)
        self.color[...] += share * (color - self.color)

    def box(self, along: float, across: float, half_long: float, half_wide: float) -> Field:
        """Distance in metres outside of a rectangle."""
        outside = np.maximum(np.abs(self.along - along) - half_long, np.abs(self.across - across) - half_wide)
        return cast(Field, outside)

    def disc(self, along: float, across: float, long: float, wide: float) -> Field:
        """Distance in metres, near enough, outside of an ellipse of radii `long` and `wide`."""
        reach = np.hypot((self.along - along) / long, (self.across - across) / wide)
        return cast(Field, (reach - 1) * np.float32(min(long, wide)))


def outline(east: float, south: float, turn: float, along: Points, across: Points) -> Points:
    """Points along and across an object turned by `turn`, as metres east and south: (points, 2)."""
    return np.stack(
        [
            east + along * np.cos(turn) - across * np.sin(turn),
            south + along * np.sin(turn) + across * np.cos(turn),
        ],
        axis=1,
    )


def lay_trap(canvas: Canvas, rng: np.random.Generator, east: float, south: float) -> Thing:
    """A wire cage trap with its float and its marker plate."""
    turn = float(rng.uniform(0, 2 * np.pi))
    long, wide = TRAP_LENGTH_M / 2, TRAP_WIDTH_M / 2
    patch = canvas.patch(east, south, 0.8, turn)
    patch.lay(
        patch.box(0.05 * patch.shade_along, 0.05 * patch.shade_across, long, wide), (22, 25, 20), 0.55, soft_m=0.05
    )
    cage = patch.box(0, 0, long, wide)
    patch.lay(cage, (30, 32, 28), float(rng.uniform(0.55, 0.8)))
    steel = float(rng.uniform(150, 195))
    wire = (steel, steel + 2, steel + 4)
    for at in np.linspace(-long, long, 9)[1:-1]:
        patch.lay(np.maximum(np.abs(patch.along - at) - 0.011, cage), wire, 0.85)
    for at in (-wide / 3, wide / 3):
        patch.lay(np.maximum(np.abs(patch.across - at) - 0.009, cage), wire, 0.75)
    rim = np.maximum(cage, -(cage + np.float32(0.038)))
    patch.lay(rim, wire if rng.random() < 0.7 else (118.0, 84.0, 62.0))
    bright = rng.uniform(0.88, 1.1)
    buoy = ((228, 96, 30), (214, 52, 40), (235, 165, 40))[int(rng.integers(3))]
    patch.lay(patch.disc(0.31, 0, 0.115, 0.1), (buoy[0] * bright, buoy[1] * bright, buoy[2] * bright))
    patch.lay(patch.disc(0.29, -0.03, 0.035, 0.03), (250, 225, 200), 0.7, soft_m=0.03)
    patch.lay(patch.box(-0.36, 0, 0.065, 0.075), (228 * bright, 230 * bright, 226 * bright))
    patch.lay(patch.box(-0.36, 0, 0.02, 0.055), (40, 60, 130))
    corners = np.array([[-long, -wide], [long, -wide], [long, wide], [-long, wide]])
    return Thing(TRAP, outline(east, south, turn, corners[:, 0], corners[:, 1]))


def lay_damage(canvas: Canvas, rng: np.random.Generator, east: float, south: float) -> Thing:
    """A bank scar of bare earth, 1.5 to 3 m long, with its broken rim, its spoil and the burrow that caved in."""
    turn = float(rng.uniform(0, 2 * np.pi))
    size = float(rng.uniform(0.66, 1.02))
    stretch = float(rng.uniform(1.1, 1.45))
    order = np.arange(2, 9)
    swing = rng.normal(0, 0.12, order.size) / np.sqrt(order / 2)
    phase = rng.uniform(0, 2 * np.pi, order.size)

    def radius(angle: Field | Points) -> Points:
        wave = sum(s * np.cos(o * angle + p) for o, s, p in zip(order, swing, phase, strict=True))
        return cast(Points, size * np.clip(1 + wave, 0.6, 1.45))

    patch = canvas.patch(east, south, 2.6, turn)
    x, y = patch.along / np.float32(stretch), patch.across * np.float32(stretch**0.25)
    scar = (np.hypot(x, y) - radius(np.arctan2(y, x))).astype(np.float32)
    shape = (scar.shape[0], scar.shape[1])
    grain = blend(rng, shape, patch.cell_m, {0.4: 5.0, 0.15: 6.0, 0.06: 6.0, 0.03: 4.0})
    earth = rng.normal((128, 96, 66), (9, 7, 6))
    soil = np.asarray(earth, dtype=np.float32) + grain[..., None]
    patch.tint(scar, soil)
    # Towards the shadow's side the scar is a raw face in the light, on the sun's side the turf overhangs it.
    side = -(patch.along * patch.shade_along + patch.across * patch.shade_across) / size
    rim = np.maximum(scar, -(scar + np.float32(0.13)))
    patch.color[...] *= 1 - (np.clip(0.5 - rim / 0.05, 0, 1) * np.clip(0.35 + 0.65 * side, 0.08, 0.75))[..., None]
    lit = np.maximum(scar, -(scar + np.float32(0.3)))
    patch.color[...] *= 1 + (np.clip(0.5 - lit / 0.2, 0, 1) * np.clip(-0.25 * side, 0, 0.3))[..., None]
    for _ in range(int(rng.integers(1, 4))):
        at, aside = rng.uniform(-0.5, 0.5, 2) * size
        hole = float(rng.uniform(0.1, 0.2))
        patch.lay(patch.disc(at * stretch, aside, hole * 1.3, hole), (30, 24, 19), 0.92, soft_m=0.05)
    for _ in range(int(rng.integers(10, 26))):
        at, aside = rng.uniform(-0.8, 0.8, 2) * size
        clod = float(rng.uniform(0.025, 0.08))
        tone = float(rng.uniform(0.6, 1.35))
        shape_of_clod = np.maximum(patch.disc(at * stretch, aside, clod * 1.4, clod), scar)
        patch.lay(shape_of_clod, (earth[0] * tone, earth[1] * tone, earth[2] * tone), 0.9)
    angle = np.linspace(0, 2 * np.pi, 180, endpoint=False)
    reach = radius(angle)
    along, across = reach * np.cos(angle) * stretch, reach * np.sin(angle) / stretch**0.25
    return Thing(DAMAGE, outline(east, south, turn, np.asarray(along), np.asarray(across)))


def lay_distractor(canvas: Canvas, rng: np.random.Generator, east: float, south: float) -> None:
    """Something that is neither: a stone, a bag, a plank, a tussock, a molehill, a puddle or a tree's shadow."""
    turn = float(rng.uniform(0, 2 * np.pi))
    kind = int(rng.integers(7))
    patch = canvas.patch(east, south, 2.2, turn)
    shape = (patch.along.shape[0], patch.along.shape[1])
    grain = blend(rng, shape, patch.cell_m, {0.15: 7.0, 0.06: 7.0, 0.03: 5.0})[..., None]

    def solid(distance: Field, color: tuple[float, float, float], lift_m: float, shadow: Field) -> None:
        patch.lay(shadow, (20, 22, 18), 0.6, soft_m=lift_m)
        patch.tint(distance, np.asarray(color, dtype=np.float32) + grain)

    if kind == 0:
        big = float(rng.uniform(0.12, 0.4))
        tone = float(rng.uniform(110, 190))
        at = (0.3 * big * patch.shade_along, 0.3 * big * patch.shade_across)
        solid(patch.disc(0, 0, big, big * 0.75), (tone, tone - 3, tone - 10), 0.06, patch.disc(*at, big, big * 0.75))
    elif kind == 1:
        bag = ((225, 225, 220), (60, 95, 165), (35, 35, 38), (205, 190, 90))[int(rng.integers(4))]
        long, wide = float(rng.uniform(0.25, 0.45)), float(rng.uniform(0.15, 0.28))
        shadow = patch.box(0.06 * patch.shade_along, 0.06 * patch.shade_across, long, wide)
        crumpled = cast(Field, patch.box(0, 0, long, wide) + np.float32(0.05) * np.sin(patch.along * 23))
        solid(crumpled, bag, 0.06, shadow)
    elif kind == 2:
        long = float(rng.uniform(0.4, 1.1))
        tone = float(rng.uniform(0.7, 1.3))
        shadow = patch.box(0.04 * patch.shade_along, 0.04 * patch.shade_across, long, 0.09)
        solid(patch.box(0, 0, long, 0.09), (128 * tone, 100 * tone, 72 * tone), 0.05, shadow)
    elif kind == 3:
        for _ in range(90):
            at, aside = rng.normal(0, 0.24, 2)
            tone = float(rng.uniform(0.6, 1.3))
            blade = patch.disc(at, aside, float(rng.uniform(0.05, 0.16)), 0.02)
            patch.lay(blade, (112 * tone, 118 * tone, 62 * tone), 0.85)
    elif kind == 4:
        for _ in range(int(rng.integers(1, 4))):
            at, aside = rng.normal(0, 0.55, 2)
            big = float(rng.uniform(0.12, 0.24))
            tone = float(rng.uniform(0.75, 1.1))
            mound = patch.disc(at, aside, big, big)
            patch.tint(mound, np.asarray((92 * tone, 70 * tone, 52 * tone), dtype=np.float32) + grain, soft_m=0.06)
            crown = patch.disc(at - 0.05 * patch.shade_along, aside - 0.05 * patch.shade_across, big / 2, big / 2)
            patch.lay(crown, (128 * tone, 104 * tone, 80 * tone), 0.5, soft_m=0.12)
    elif kind == 5:
        pool = patch.disc(0, 0, float(rng.uniform(0.4, 1.0)), float(rng.uniform(0.25, 0.5)))
        patch.lay(pool, (96, 104, 104), 0.85, soft_m=0.12)
    else:
        crown = patch.disc(0, 0, float(rng.uniform(0.7, 1.6)), float(rng.uniform(0.5, 1.0)))
        patch.lay(crown, (14, 18, 14), float(rng.uniform(0.35, 0.6)), soft_m=0.35)
