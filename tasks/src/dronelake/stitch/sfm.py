"""Engine `sfm`: structure from motion by pycolmap, elevation from its points, orthorectification and blending."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from dronelake.errors import BadInput, LakeError, OutOfMemory
from dronelake.stitch import crs as crs_module
from dronelake.stitch.align import check_track
from dronelake.stitch.camera import Pose
from dronelake.stitch.engine import Clock, Job, RawOrthophoto
from dronelake.stitch.mosaic import write_mosaic
from dronelake.stitch.photos import Photo, positions, working_copy
from dronelake.stitch.surface import Surface, surface_from_points

Array = npt.NDArray[np.float64]

_MATCH_SIZE_PX = 2000
_NEIGHBOURS = 12
_ALL_PAIRS_UP_TO = 13
_GPS_SD_M = (0.5, 0.5)
"""Horizontal and vertical standard deviation, within one flight, of a drone's GPS that does not tell its own."""
_DEFAULT_FOCAL_SHARE = 0.75
"""Focal length over the longer side in pixels where the EXIF is silent: between a Mavic's and a Phantom's."""
_MAX_OFF_NADIR_DEG = 40
"""Just under 45, which gimbals are set to for oblique photos, so that those are out as one."""


class SfmEngine:
    name = "sfm"

    def run(self, job: Job, clock: Clock) -> RawOrthophoto:
        located = [photo for photo in job.photos if photo.located]
        track = positions(located)
        track[:, :2] = crs_module.project(track[:, :2], job.options.crs)
        check_track(track, any(photo.view for photo in located))
        # Single-precision steps inside the solver want small numbers.
        origin = np.round(np.array([*track[:, :2].mean(axis=0), 0.0]))
        solution = _solve(job, located, track - origin, clock)
        poses = _poses(job.photos, solution, origin)
        points = solution["points"] + origin
        registered = {pose.photo.name for pose in poses}
        left_out = [photo.name for photo in job.photos if photo.name not in registered]
        down, oblique = looking_down(poses)
        clock.done(
            "poses",
            f"{len(poses)} of {len(job.photos)} photos registered, {len(oblique)} of them oblique and left out of the "
            f"mosaic, {len(points)} points",
        )
        surface = surface_from_points(points, solution["errors"], solution["track_lengths"], down)
        clock.done("surface", f"elevation model of {surface.heights.shape} cells of {surface.cell_m} m")
        path = job.work_dir / "mosaic.tif"
        gsd = write_mosaic(path, down, surface, job.options, clock)
        clock.done("mosaic", f"mosaic at {gsd * 100:.2f} cm")
        return RawOrthophoto(path, _report(job, solution, poses, left_out, oblique, surface, gsd))


def looking_down(poses: list[Pose]) -> tuple[list[Pose], list[str]]:
    """The poses whose photos are fit for a mosaic, and the names of the oblique ones.

    An oblique photo still ties the others together, but its ground reaches to the horizon. Raises BadInput when no
    photo looks down.
    """
    down = [pose for pose in poses if pose.off_nadir <= _MAX_OFF_NADIR_DEG]
    if not down:
        raise BadInput(
            f"every photo looks more than {_MAX_OFF_NADIR_DEG} degrees away from straight down, so there is no ground "
            "to make an orthophoto of; fly with the camera pointing down"
        )
    return down, [pose.photo.name for pose in poses if pose.off_nadir > _MAX_OFF_NADIR_DEG]


def photo_pairs(photos: list[Photo], crs: str) -> list[tuple[str, str]]:
    """Names of photos worth matching: all pairs of a small flight, else each photo with its nearest neighbours.

    A photo without GPS could overlap any other, so it is tried with all; the pairs are sorted and unique.
    """
    names = [photo.path.name for photo in photos]
    if len(photos) <= _ALL_PAIRS_UP_TO:
        return sorted((min(a, b), max(a, b)) for index, a in enumerate(names) for b in names[index + 1 :])
    located = [index for index, photo in enumerate(photos) if photo.position is not None]
    lonlat = np.array([photos[index].position for index in located], dtype=float)
    places = crs_module.project(lonlat, crs)
    pairs = set()
    for row, index in enumerate(located):
        near = np.argsort(np.hypot(*(places - places[row]).T), kind="stable")[1 : _NEIGHBOURS + 1]
        pairs |= {(names[index], names[located[other]]) for other in near}
    for index in sorted(set(range(len(photos))) - set(located)):
        pairs |= {(names[index], other) for other in names if other != names[index]}
    return sorted({(min(pair), max(pair)) for pair in pairs})


def _solve(job: Job, located: list[Photo], track: Array, clock: Clock) -> dict[str, npt.NDArray[Any]]:
    """Run the pose solver in a process of its own; raises BadInput, OutOfMemory or LakeError by how it ended."""
    image_dir = job.work_dir / "matching"
    image_dir.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(job.options.workers) as pool:
        made = pool.map(lambda photo: _copy(photo, image_dir), job.photos)
        sizes = {photo.path.name: size for photo, size in zip(job.photos, made, strict=True)}
    clock.done("copies", f"{len(sizes)} working copies of at most {_MATCH_SIZE_PX} px")
    task = {
        "work_dir": str(job.work_dir),
        "image_dir": str(image_dir),
        "seed": job.options.seed,
        "workers": job.options.workers,
        "adjust": True,
        "cameras": _cameras(job.photos, sizes),
        "pairs": [(_png(a), _png(b)) for a, b in photo_pairs(job.photos, job.options.crs)],
        "located": {
            _png(photo.path.name): {"position": place.tolist(), "sd": _sd(photo), "view": photo.view}
            for photo, place in zip(located, track, strict=True)
        },
    }
    job_file, result_file = job.work_dir / "poses.json", job.work_dir / "poses.npz"
    job_file.write_text(json.dumps(task), encoding="utf-8")
    result_file.unlink(missing_ok=True)
    _run_solver(job_file, result_file, job.options.workers, clock)
    with np.load(result_file, allow_pickle=False) as stored:
        result = {name: stored[name] for name in stored.files}
    if "fault" in result:
        raise BadInput(str(result["fault"]))
    result["scales"] = np.array([_scale(photo, sizes[photo.path.name]) for photo in _by_name(job, result["names"])])
    return result


def _run_solver(job_file: Path, result_file: Path, workers: int, clock: Clock) -> None:
    log = job_file.with_suffix(".log")
    command = [sys.executable, "-m", "dronelake.stitch.poses", str(job_file), str(result_file)]
    environment = {**os.environ, "OMP_NUM_THREADS": str(workers)}
    with (
        log.open("w", encoding="utf-8") as stderr,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr, text=True, env=environment) as solver,
    ):
        assert solver.stdout is not None
        for line in solver.stdout:
            clock.say(f"structure from motion: {line.strip()}")
    if solver.returncode == 0 and result_file.exists():
        return
    tail = " | ".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-5:])
    if solver.returncode in (-9, 137) or "bad_alloc" in tail or "MemoryError" in tail:
        raise OutOfMemory("structure from motion was killed for want of memory; give the task a larger size class")
    raise LakeError(f"structure from motion ended with code {solver.returncode}: {tail}")


def _copy(photo: Photo, folder: Path) -> tuple[int, int]:
    return working_copy(photo, folder / _png(photo.path.name), _MATCH_SIZE_PX)


def _png(name: str) -> str:
    return f"{name}.png"


def _scale(photo: Photo, size: tuple[int, int]) -> tuple[float, float]:
    return photo.width / size[0], photo.height / size[1]


def _by_name(job: Job, names: npt.NDArray[np.str_]) -> list[Photo]:
    photos = {_png(photo.path.name): photo for photo in job.photos}
    return [photos[str(name)] for name in names]


def _cameras(photos: list[Photo], sizes: dict[str, tuple[int, int]]) -> list[dict[str, Any]]:
    """One camera a body, frame size and focal length; parameters f, cx, cy, k1 of the copies."""

    def body(photo: Photo) -> tuple[str, int, int, float]:
        return photo.camera, photo.width, photo.height, round(photo.focal_px or 0.0, 1)

    groups = []
    for _, same in groupby(sorted(photos, key=lambda photo: (body(photo), photo.path.name)), key=body):
        members = list(same)
        width, height = sizes[members[0].path.name]
        scale = width / members[0].width
        focal = members[0].focal_px or _DEFAULT_FOCAL_SHARE * max(members[0].width, members[0].height)
        params = [focal * scale, width / 2, height / 2, 0.0]
        groups.append({"params": params, "names": [_png(photo.path.name) for photo in members]})
    return groups


def _sd(photo: Photo) -> list[float]:
    horizontal, vertical = photo.accuracy or _GPS_SD_M
    return [horizontal, horizontal, vertical]


def _poses(photos: list[Photo], solution: dict[str, npt.NDArray[Any]], origin: Array) -> list[Pose]:
    by_name = {_png(photo.path.name): photo for photo in photos}
    return [
        Pose(
            photo=by_name[str(name)],
            centre=centre + origin,
            rotation=rotation,
            params=np.array([focal * scale[0], focal * scale[1], cx * scale[0], cy * scale[1], radial, 0.0, 0.0, 0.0]),
        )
        for name, centre, rotation, (focal, cx, cy, radial), scale in zip(
            solution["names"],
            solution["centres"],
            solution["rotations"],
            solution["cameras"],
            solution["scales"],
            strict=True,
        )
    ]


def _report(
    job: Job,
    solution: dict[str, npt.NDArray[Any]],
    poses: list[Pose],
    left_out: list[str],
    oblique: list[str],
    surface: Surface,
    gsd: float,
) -> dict[str, Any]:
    east, north, up, total = (round(float(value), 4) for value in solution["rms"])
    without_gps = [photo.name for photo in job.photos if not photo.located]
    outliers = [
        pose.photo.name
        for pose in poses
        if _png(pose.photo.path.name) in set(solution["aligned"][~solution["inliers"]].tolist())
    ]
    return {
        "photos": {
            "given": len(job.photos),
            "registered": len(poses),
            "left_out": left_out,
            "oblique": oblique,
            "without_gps": without_gps,
            "gps_outliers": outliers,
        },
        "gsd_m": gsd,
        "alignment": {
            "rms_m": {"east": east, "north": north, "up": up, "total": total},
            "photos": int(solution["inliers"].sum()),
        },
        "reprojection_px": round(float(solution["reprojection_px"]) * float(solution["scales"].mean()), 3),
        "points": len(solution["points"]),
        "cameras": [
            {
                "camera": pose.photo.camera,
                "focal_px": round(float(pose.params[0]), 1),
                "focal_exif_px": round(pose.photo.focal_px, 1) if pose.photo.focal_px else None,
            }
            for pose in {int(key): pose for key, pose in zip(solution["camera_ids"], poses, strict=True)}.values()
        ],
        "heights": {
            "ground_m": round(float(np.median(surface.heights)), 2),
            "camera_m": round(float(np.median([pose.centre[2] for pose in poses])), 2),
            "datum": "as the EXIF heights of the photos; they may be ellipsoidal, above sea level or barometric",
        },
    }
