"""`dronelake sample-flight OUT`: OUT/photos/*.JPG, and beside the photos OUT/truth.geojson."""

import argparse
import json
import re
from pathlib import Path
from typing import Any

import numpy as np

from dronelake.errors import BadInput
from dronelake.sample.camera import Camera
from dronelake.sample.exif import CRS, jpeg, to_wgs84
from dronelake.sample.flight import FlightPlan, Shot
from dronelake.sample.render import ground_height, photograph
from dronelake.sample.things import Thing
from dronelake.sample.world import GENERATOR, Plan, World, build

SOUTH_WEST = (119_300.0, 438_900.0)
"""Where the generated dike lies, in metres in EPSG:28992: on the Lek near Schoonhoven."""
MARGIN_M = 5.0
"""Ground around what the plan covers, for the tilt of a real flight."""
OVERSAMPLING = 1.55
"""Cells of the world to a pixel."""
THINGS = 12
"""Traps, and as many damages, on the default flight; smaller flights have fewer."""


def plan_world(flight: FlightPlan, seed: int) -> Plan:
    """The world under a flight, with what is to be found where at least three photographs see it."""
    wide, deep = (length + 2 * MARGIN_M for length in flight.covered)
    beside = min(MARGIN_M + 2 * flight.base + 2.5, 0.38 * wide)
    above = min(MARGIN_M + 4.0, 0.38 * deep)
    things = max(1, min(THINGS, int((wide - 2 * beside) * (deep - 2 * above) / 200)))
    return Plan(
        seed=seed,
        width_m=wide,
        depth_m=deep,
        cell_m=flight.footprint[0] / flight.camera.width / OVERSAMPLING,
        riverside_m=MARGIN_M + 4.0,
        traps=things,
        damages=things,
        distractors=things * 2,
        margin_m=(beside, above),
    )


def corner_of(plan: Plan) -> tuple[float, float]:
    """The world's north-west corner (east, north) in metres in EPSG:28992."""
    return SOUTH_WEST[0], SOUTH_WEST[1] + plan.depth_m


def prepare(photos: int, camera: Camera, seed: int) -> tuple[World, FlightPlan, tuple[Shot, ...]]:
    """The world, the flight plan and its photographs, not yet taken."""
    flight = FlightPlan.of(photos, camera)
    world = build(plan_world(flight, seed))
    middle = (SOUTH_WEST[0] + world.plan.width_m / 2, SOUTH_WEST[1] + world.plan.depth_m / 2)
    ground = float(world.height.mean())
    return world, flight, flight.shots(np.random.default_rng([seed, 1234]), photos, middle, ground)


def describe(world: World, thing: Thing, camera: Camera, shots: tuple[Shot, ...]) -> dict[str, Any]:
    """One thing as a GeoJSON feature: the middle of its box as a point, the rest as properties."""
    corner = corner_of(world.plan)
    left, top, right, bottom = thing.box()
    west, east = corner[0] + left, corner[0] + right
    south, north = corner[1] - bottom, corner[1] - top
    middle = ((west + east) / 2, (south + north) / 2)
    up = float(ground_height(world, corner, np.array([middle[0]]), np.array([middle[1]]))[0])
    longitude, latitude = to_wgs84(*middle)
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [longitude, latitude]},
        "properties": {
            "class": thing.name,
            "east": round(middle[0], 4),
            "north": round(middle[1], 4),
            "height_nap_m": round(up, 3),
            "box": [round(value, 4) for value in (west, south, east, north)],
            "photos": len(seen_by(np.array([*middle, up]), camera, shots)),
        },
    }


def seen_by(place: np.ndarray[Any, np.dtype[np.float64]], camera: Camera, shots: tuple[Shot, ...]) -> list[int]:
    """Numbers of the photographs that show a place (east, north, up)."""
    numbers = []
    for shot in shots:
        x, y = shot.pose.project(camera, place[None])[0]
        if 0 <= x <= camera.width and 0 <= y <= camera.height:
            numbers.append(shot.number)
    return numbers


def write(out: Path, photos: int, size: tuple[int, int], seed: int) -> None:
    """Write the flight; files that are there already are replaced. Progress goes to standard output."""
    camera = Camera.of_size(*size)
    print(f"building {photos} photos' worth of dike, seed {seed}", flush=True)
    world, flight, shots = prepare(photos, camera, seed)
    (out / "photos").mkdir(parents=True, exist_ok=True)
    ground = float(world.height.mean())
    for shot in shots:
        noise = np.random.default_rng([seed, 99, shot.number])
        picture = photograph(world, corner_of(world.plan), camera, shot.pose, shot.light, noise)
        name = f"DRL_{shot.number:04d}.JPG"
        (out / "photos" / name).write_bytes(jpeg(picture, camera, shot, shot.measured[2] - ground))
        print(f"photo {shot.number} of {photos}: {name}", flush=True)
    truth = {
        "type": "FeatureCollection",
        "generator": {"version": GENERATOR, "seed": seed, "photos": photos, "size": list(size)},
        "crs_of_properties": CRS,
        "heights": "metres to NAP, in the photos' EXIF and XMP as here",
        "overlap": {"forward": 1 - flight.base / flight.footprint[1], "side": 1 - flight.spacing / flight.footprint[0]},
        "features": [describe(world, thing, camera, shots) for thing in world.things],
    }
    (out / "truth.geojson").write_text(json.dumps(truth, indent=1, ensure_ascii=False) + "\n")
    print(f"{photos} photos in {out / 'photos'}; {len(world.things)} things to find, listed in {out / 'truth.geojson'}")


def size_of(text: str) -> tuple[int, int]:
    """Read a size such as 1600x1200; raises ArgumentTypeError."""
    found = re.fullmatch(r"(\d{3,5})x(\d{3,5})", text)
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r} is no size such as 1600x1200")
    return int(found[1]), int(found[2])


def main(argv: list[str]) -> None:
    """Run the command; raises BadInput when the folder cannot be written or no photo is asked for."""
    parser = argparse.ArgumentParser(prog="dronelake sample-flight", description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--photos", type=int, default=24)
    parser.add_argument("--size", type=size_of, default=(1600, 1200), metavar="WIDTHxHEIGHT")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args(argv)
    if options.photos < 1 or options.seed < 0:
        raise BadInput("a flight has at least 1 photo, and its seed is not negative; change --photos or --seed")
    try:
        write(options.out, options.photos, options.size, options.seed)
    except OSError as error:
        raise BadInput(
            f"the sample flight cannot be written to {options.out}: {error}; choose another folder"
        ) from error
