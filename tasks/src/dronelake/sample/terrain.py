"""The dike's cross-section: its heights in metres to NAP and the ground that covers it."""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d

from dronelake.sample.noise import Field, blend, streaks

# Cross-section from the river (south) to the polder (north): metres from the river's edge, height in metres to NAP.
PROFILE: tuple[tuple[float, float], ...] = (
    (-60.0, -0.3),
    (0.0, -0.2),
    (3.0, 0.8),
    (16.0, 1.1),
    (28.0, 4.2),
    (33.0, 4.2),
    (43.0, 1.4),
    (53.0, 0.9),
    (55.5, -0.3),
    (59.0, -0.3),
    (61.5, 0.7),
    (120.0, 0.6),
)
CREST = (30.5, 1.6)
"""Middle and half width of the path on the crest, metres from the river's edge."""
WATER: tuple[tuple[float, float], ...] = ((-60.0, 0.4), (55.2, 59.3))
"""The river and the ditch, as bands in metres from the river's edge."""
BANKS: tuple[tuple[float, float], ...] = ((0.3, 5.5), (50.5, 55.4), (59.4, 63.0))
"""Where water meets land and muskrats dig."""


@dataclass(frozen=True)
class Palette:
    """Colours of one season and one light, as linear RGB from 0 to 255."""

    grass: tuple[float, float, float]
    straw: tuple[float, float, float]
    soil: tuple[float, float, float]
    water: tuple[float, float, float]
    path: tuple[float, float, float]
    reed: tuple[float, float, float]
    contrast: float

    @staticmethod
    def draw(rng: np.random.Generator) -> "Palette":
        """A palette near the one of an overcast day in May."""

        def near(red: float, green: float, blue: float, spread: float) -> tuple[float, float, float]:
            light = rng.normal(1.0, 0.07)
            tint = rng.normal(0.0, spread, 3)
            return (red * light + tint[0], green * light + tint[1], blue * light + tint[2])

        return Palette(
            grass=near(92, 118, 58, 6),
            straw=near(142, 136, 86, 6),
            soil=near(112, 88, 64, 6),
            water=near(58, 70, 62, 5),
            path=near(142, 136, 126, 5),
            reed=near(126, 124, 76, 6),
            contrast=float(rng.uniform(0.85, 1.15)),
        )


def meander(rng: np.random.Generator, columns: int, cell_m: float) -> Field:
    """How far the dike's line wanders north or south along its length: metres, one value a column."""
    along = np.arange(columns, dtype=np.float32) * np.float32(cell_m)
    phases = rng.uniform(0, 2 * np.pi, 2)
    wander = 1.3 * np.sin(2 * np.pi * along / 71.0 + phases[0]) + 0.5 * np.sin(2 * np.pi * along / 23.0 + phases[1])
    return np.asarray(wander, dtype=np.float32)


def heights(rng: np.random.Generator, across: Field, cell_m: float) -> Field:
    """Heights in metres to NAP for `across`, the metres from the river's edge of every cell, (rows, cols)."""
    places = np.arange(PROFILE[0][0], PROFILE[-1][0], 0.1)
    section = np.interp(places, [at for at, _ in PROFILE], [height for _, height in PROFILE])
    # A mower and two centuries of rain leave no sharp edge on a dike.
    section = gaussian_filter1d(section, 8.0)
    ground = np.interp(across, places, section).astype(np.float32)
    relief = blend(rng, ground.shape, cell_m, {9.0: 0.05, 4.0: 0.03, 2.0: 0.012})
    wet = np.zeros(ground.shape, dtype=bool)
    for near, far in WATER:
        wet |= (across > near) & (across < far)
    return np.asarray(np.where(wet, ground, ground + relief), dtype=np.float32)


def inside(across: Field, near: float, far: float, soft_m: float) -> Field:
    """1 within a band, 0 outside, with an edge `soft_m` metres wide."""
    edge = np.minimum(across - np.float32(near), np.float32(far) - across) / np.float32(soft_m)
    return np.asarray(np.clip(edge + np.float32(0.5), 0, 1), dtype=np.float32)


def paint(rng: np.random.Generator, across: Field, cell_m: float, palette: Palette) -> Field:
    """The ground's colours, (rows, cols, 3) float32 from 0 to 255, before anything lies on it."""
    shape = (across.shape[0], across.shape[1])
    fine = blend(rng, shape, cell_m, {0.32: 0.5, 0.16: 0.75, 0.08: 0.8, 0.04: 0.5}) * np.float32(palette.contrast)
    broad = blend(rng, shape, cell_m, {14.0: 0.5, 6.0: 0.5, 2.5: 0.5, 1.1: 0.5})
    hue = blend(rng, shape, cell_m, {9.0: 0.5, 3.0: 0.5, 0.9: 0.6, 0.45: 0.4})
    reeds = streaks(rng, shape, cell_m, 0.5, 0.05)
    wobbly = across + np.float32(0.28) * hue + np.float32(0.1) * fine

    color = np.empty((*shape, 3), dtype=np.float32)
    dry = np.clip(np.float32(0.28) + np.float32(0.28) * hue, 0, 1)
    for band in range(3):
        grass = palette.grass[band] + 11.5 * fine + 6.0 * broad
        straw = palette.straw[band] + 13.0 * fine + 4.0 * broad
        color[..., band] = grass + dry * (straw - grass)
    bare = np.clip((broad + np.float32(0.6) * hue - np.float32(1.9)) * 2, 0, 1)
    mix(color, bare * np.float32(0.6), palette.soil, 10.0 * fine)
    path = inside(wobbly, CREST[0] - CREST[1], CREST[0] + CREST[1], 0.25)
    mix(color, path, palette.path, 13.0 * fine + 4.0 * broad)
    for near, far in BANKS[1:]:
        fringe = inside(wobbly, near + 1.8, far - 0.6, 0.8) * np.clip(np.float32(0.6) + np.float32(0.5) * broad, 0, 1)
        mix(color, fringe, palette.reed, 15.0 * reeds + 10.0 * fine)
    shore = inside(wobbly, WATER[0][1] - 0.3, WATER[0][1] + 0.7, 0.4)
    mix(color, shore * np.float32(0.8), palette.soil, 9.0 * fine + 4.0 * broad)
    duckweed = np.clip((hue + np.float32(0.4) * fine + np.float32(0.2)) * 1.2, 0, 1)
    for near, far in WATER:
        wet = inside(wobbly, near, far, 0.15)
        mix(color, wet, palette.water, 3.0 * fine + 3.0 * reeds)
        mix(color, wet * duckweed * np.float32(0.8), (96.0, 118.0, 52.0), 11.0 * fine)
    return color


def mix(color: Field, share: Field, over: tuple[float, float, float], texture: Field) -> None:
    """Lay a ground over `color`, in place: its share from 0 to 1, its colour and its texture, all a value a cell."""
    for band in range(3):
        color[..., band] += share * (np.float32(over[band]) + texture - color[..., band])
