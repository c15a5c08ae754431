"""Photographs of the world: every pixel's ray is followed to the ground."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import map_coordinates

from dronelake.sample.camera import Camera, Numbers, Pose
from dronelake.sample.world import World

VIGNETTE = 0.13
"""Share of the light that the corners lose."""
NOISE = 1.6
"""Standard deviation of the sensor's noise, of 255."""
COARSE_PX = 8
"""The ground is smooth: rays are followed for every eighth pixel each way, and the places between interpolated."""


def ground_height(world: World, corner: tuple[float, float], east: Numbers, north: Numbers) -> Numbers:
    """Heights in metres to NAP at places in metres; `corner` is the world's north-west corner (east, north)."""
    at = [
        (corner[1] - north) / world.height_cell_m - 0.5,
        (east - corner[0]) / world.height_cell_m - 0.5,
    ]
    return np.asarray(map_coordinates(world.height, at, np.float64, order=1, mode="nearest"))


def meet_ground(world: World, corner: tuple[float, float], pose: Pose, rays: Numbers) -> tuple[Numbers, Numbers]:
    """Where rays (..., 3) in the camera's frame meet the ground: metres east and north.

    Height and place are found in turns. From above, over slopes gentler than the rays, each turn divides the error by
    ten and more.
    """
    east0, north0, up0 = pose.place
    ahead = rays @ pose.axes().T
    height = np.full(rays.shape[:-1], float(world.height.mean()))
    east = north = height
    for _ in range(8):
        reach = (height - up0) / ahead[..., 2]
        east, north = east0 + reach * ahead[..., 0], north0 + reach * ahead[..., 1]
        height = ground_height(world, corner, east, north)
    return east, north


def photograph(
    world: World, corner: tuple[float, float], camera: Camera, pose: Pose, light: float, rng: np.random.Generator
) -> Image.Image:
    """The picture that a camera takes of the world from a pose."""
    x, y = coarse_places(camera.width), coarse_places(camera.height)
    east, north = meet_ground(world, corner, pose, camera.rays(*np.meshgrid(x, y)))
    cell = world.plan.cell_m
    right = enlarge((east - corner[0]) / cell - 0.5, camera)
    down = enlarge((corner[1] - north) / cell - 0.5, camera)
    pixels = sample(world.color, down, right)
    pixels *= vignette(camera)[..., None] * np.float32(light)
    pixels += rng.standard_normal(pixels.shape, dtype=np.float32) * np.float32(NOISE)
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def coarse_places(count: int) -> Numbers:
    """Places of the coarse grid along a side of `count` pixels, from the first pixel's middle beyond the last one's."""
    return np.arange(0, count + COARSE_PX, COARSE_PX, dtype=np.float64) + 0.5


def enlarge(coarse: Numbers, camera: Camera) -> NDArray[np.float32]:
    """Values at every pixel's middle, (height, width), from those of the coarse grid."""
    rows, cols = np.arange(camera.height) / COARSE_PX, np.arange(camera.width) / COARSE_PX
    row, col = rows.astype(np.intp), cols.astype(np.intp)
    down, right = (rows - row)[:, None], (cols - col)[None, :]
    tall = coarse[row] * (1 - down) + coarse[row + 1] * down
    return np.asarray(tall[:, col] * (1 - right) + tall[:, col + 1] * right, dtype=np.float32)


def sample(color: NDArray[np.uint8], down: NDArray[np.float32], right: NDArray[np.float32]) -> NDArray[np.float32]:
    """Colours (..., 3) between the cells of `color`; places beyond its edge get the edge's colour."""
    rows, cols = color.shape[:2]
    row = np.clip(down.astype(np.intp), 0, rows - 2)
    col = np.clip(right.astype(np.intp), 0, cols - 2)
    low = np.clip(down - row, 0, 1)[..., None].astype(np.float32)
    beside = np.clip(right - col, 0, 1)[..., None].astype(np.float32)
    flat = color.reshape(-1, 3)
    at = row * cols + col
    above = flat[at] * (1 - beside) + flat[at + 1] * beside
    at += cols
    below = flat[at] * (1 - beside) + flat[at + 1] * beside
    return np.asarray(above * (1 - low) + below * low, dtype=np.float32)


def vignette(camera: Camera) -> NDArray[np.float32]:
    """The share of the light that each pixel gets, (height, width)."""
    x = (np.arange(camera.width, dtype=np.float32) + 0.5) / camera.width * 2 - 1
    y = (np.arange(camera.height, dtype=np.float32) + 0.5) / camera.height * 2 - 1
    aspect = camera.height / camera.width
    radius2 = (x[None, :] ** 2 + (y[:, None] * aspect) ** 2) / (1 + aspect**2)
    return np.asarray(1 - VIGNETTE * radius2, dtype=np.float32)
