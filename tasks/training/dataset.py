"""Make the training set: `python tasks/training/dataset.py OUT` writes images and labels in YOLO's layout.

The manifest, OUT/manifest.json, is the dataset's version: seed, generator, counts and the SHA-256 of every file. The
one of the published model is kept beside this script; `--check` compares with it.
"""

import argparse
import hashlib
import json
import os
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from tiles import GSD_M, TILE_PX, cut

from dronelake.sample.things import CLASSES
from dronelake.sample.world import GENERATOR, Plan, build

SEED = 20260
WORLDS = {"train": 30, "val": 5, "test": 7}
"""Every world is in one split only: what is measured was never seen."""
TILES_A_WORLD = 12
FIRST_WORLD = {"train": 0, "val": 1000, "test": 2000}


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


def make_world(job: tuple[Path, str, int]) -> list[dict[str, Any]]:
    """Build one world and write its tiles; returns their entries in the manifest."""
    out, split, index = job
    number = FIRST_WORLD[split] + index
    world = build(world_plan(number))
    entries = []
    for tile in range(TILES_A_WORLD):
        image, labels = cut(world, np.random.default_rng([SEED, number, tile]))
        name = f"{number:04d}-{tile:02d}"
        text = "".join(label.line() + "\n" for label in labels)
        (out / "images" / split / f"{name}.jpg").write_bytes(image)
        (out / "labels" / split / f"{name}.txt").write_text(text)
        counts = [sum(label.number == number_of for label in labels) for number_of in range(len(CLASSES))]
        entries.append(
            {
                "split": split,
                "image": f"{name}.jpg",
                "image_sha256": hashlib.sha256(image).hexdigest(),
                "labels_sha256": hashlib.sha256(text.encode()).hexdigest(),
                "things": counts,
            }
        )
    return entries


def make(out: Path) -> dict[str, Any]:
    """Write the whole set under `out`; returns the manifest."""
    for split in WORLDS:
        for kind in ("images", "labels"):
            (out / kind / split).mkdir(parents=True, exist_ok=True)
    jobs = [(out, split, index) for split, count in WORLDS.items() for index in range(count)]
    files: list[dict[str, Any]] = []
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for done, entries in enumerate(pool.map(make_world, jobs), 1):
            files += entries
            print(f"world {done} of {len(jobs)}", flush=True)
    counts = {
        split: {
            "images": sum(file["split"] == split for file in files),
            **{
                name: sum(file["things"][number] for file in files if file["split"] == split)
                for number, name in enumerate(CLASSES)
            },
        }
        for split in WORLDS
    }
    manifest = {
        "seed": SEED,
        "generator": GENERATOR,
        "classes": list(CLASSES),
        "gsd_m": GSD_M,
        "tile_px": TILE_PX,
        "counts": counts,
        "files": files,
    }
    lines = ",\n  ".join(json.dumps(file) for file in files)
    head = json.dumps({key: value for key, value in manifest.items() if key != "files"}, indent=1)
    (out / "manifest.json").write_text(f'{head[:-2]},\n "files": [\n  {lines}\n ]\n}}\n')
    names = "\n".join(f"  {number}: {name}" for number, name in enumerate(CLASSES))
    splits = "\n".join(f"{split}: images/{split}" for split in WORLDS)
    (out / "data.yaml").write_text(f"path: {out.resolve()}\n{splits}\nnames:\n{names}\n")
    return manifest


def main() -> None:
    """Make the set and, with --check, compare it with the manifest of the published model's set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument(
        "--check", action="store_true", help="fail unless the set is the published model's, byte by byte"
    )
    options = parser.parse_args()
    manifest = make(options.out)
    print(json.dumps(manifest["counts"], indent=1))
    if options.check:
        kept = json.loads((Path(__file__).parent / "dataset.json").read_text())
        if kept != manifest:
            raise SystemExit(
                "the set differs from tasks/training/dataset.json: other versions of numpy, scipy or Pillow?"
            )


if __name__ == "__main__":
    main()
