"""Make the training sets: `python tasks/training/dataset.py OUT` writes two sets in YOLO's layout.

The manifest, OUT/dataset.json, is the dataset's version: seed, generator, counts and the SHA-256 of every file. The
one of the shipped model's sets is kept beside that model; `--check` compares with it.
"""

import argparse
import hashlib
import json
import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tiles import GSD_M, Cut, cut

from dronelake.sample.things import CLASSES
from dronelake.sample.world import GENERATOR, Plan, build

SEED = 20260
SHIPPED = Path(__file__).parents[1] / "models" / "muskrat-bank" / "dataset.json"
FIRST_WORLD = {"train": 0, "val": 1000, "test": 2000}
"""Every world is in one split only: what is measured was never seen."""


@dataclass(frozen=True)
class Kind:
    """A set: how its tiles are cut, how many of a world, and how many worlds each split has."""

    cut: Cut
    tiles: int
    worlds: dict[str, int]


SETS = {
    # What the first phase learns from, and what all are measured on: windows as detection cuts them.
    "wide": Kind(Cut(192, near=False, void_px=(25, 90)), 12, {"train": 30, "val": 5, "test": 7}),
    # What the second phase learns from: the same worlds, closer to the things.
    "close": Kind(Cut(128, near=True, void_px=(15, 60)), 18, {"train": 20, "val": 3, "test": 6}),
}


def world_plan(number: int) -> Plan:
    """The plan of a training world: 26 m x 26 m somewhere across the dike, crowded so that no tile is wasted."""
    rng = np.random.default_rng([SEED, number])
    return Plan(
        seed=SEED * 100_000 + number,
        width_m=26.0,
        depth_m=26.0,
        cell_m=float(rng.uniform(0.016, 0.022)),
        riverside_m=float(rng.choice([-45.0, -38.0, -25.0, -8.0, 4.0, 10.0])) + float(rng.uniform(-3, 3)),
        traps=6,
        damages=6,
        distractors=9,
        margin_m=(2.5, 2.5),
        apart_m=2.9,
    )


def make_world(job: tuple[Path, str, str, int]) -> list[dict[str, Any]]:
    """Build one world and write its tiles; returns their entries in the manifest."""
    out, kind, split, index = job
    number = FIRST_WORLD[split] + index
    world = build(world_plan(number))
    entries = []
    for tile in range(SETS[kind].tiles):
        image, labels = cut(world, np.random.default_rng([SEED, number, tile]), SETS[kind].cut)
        name = f"{number:04d}-{tile:02d}"
        text = "".join(label.line() + "\n" for label in labels)
        (out / "images" / split / f"{name}.jpg").write_bytes(image)
        (out / "labels" / split / f"{name}.txt").write_text(text)
        counts = [sum(label.number == number_of for label in labels) for number_of in range(len(CLASSES))]
        entries.append(
            {
                "name": f"{kind}/images/{split}/{name}.jpg",
                "sha256": hashlib.sha256(image).hexdigest(),
                "labels_sha256": hashlib.sha256(text.encode()).hexdigest(),
                "set": kind,
                "split": split,
                "things": counts,
            }
        )
    return entries


def make(out: Path, kind: str) -> dict[str, Any]:
    """Write one set under `out`; returns its manifest."""
    worlds = SETS[kind].worlds
    for split in worlds:
        for folder in ("images", "labels"):
            (out / folder / split).mkdir(parents=True, exist_ok=True)
    jobs = [(out, kind, split, index) for split, count in worlds.items() for index in range(count)]
    files: list[dict[str, Any]] = []
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for done, entries in enumerate(pool.map(make_world, jobs), 1):
            files += entries
            print(f"{kind}: world {done} of {len(jobs)}", flush=True)
    counts = {
        split: {
            "images": sum(file["split"] == split for file in files),
            **{
                name: sum(file["things"][number] for file in files if file["split"] == split)
                for number, name in enumerate(CLASSES)
            },
        }
        for split in worlds
    }
    manifest = {
        "seed": SEED,
        "generator": GENERATOR,
        "classes": list(CLASSES),
        "gsd_m": GSD_M,
        "tile_px": SETS[kind].cut.side,
        "counts": counts,
        "files": files,
    }
    names = "\n".join(f"  {number}: {name}" for number, name in enumerate(CLASSES))
    splits = "\n".join(f"{split}: images/{split}" for split in worlds)
    (out / "data.yaml").write_text(f"path: {out.resolve()}\n{splits}\nnames:\n{names}\n")
    return manifest


def text_of(manifests: dict[str, dict[str, Any]]) -> str:
    """The sets as one dataset manifest, in the form that `dronelake.dataset` reads; a line an image."""
    sets = {kind: {key: manifest[key] for key in manifest if key != "files"} for kind, manifest in manifests.items()}
    lines = ",\n ".join(json.dumps(file) for manifest in manifests.values() for file in manifest["files"])
    head = json.dumps({"format": 1, "sets": sets}, ensure_ascii=False)
    return f'{head[:-1]}, "images": [\n {lines}\n]}}\n'


def main() -> None:
    """Make the sets and, with --check, compare them with the manifest of the published model's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument(
        "--check", action="store_true", help="fail unless the sets are the published model's, byte by byte"
    )
    options = parser.parse_args()
    text = text_of({kind: make(options.out / kind, kind) for kind in SETS})
    (options.out / "dataset.json").write_text(text)
    if options.check and SHIPPED.read_text() != text:
        raise SystemExit(f"the sets differ from {SHIPPED}: other versions of numpy, scipy or Pillow?")


if __name__ == "__main__":
    main()
