"""Engine `odm`: OpenDroneMap, run in its own image (AGPL-3.0) over a folder that both sides share.

In the cluster its step stands between `dronelake stitch prepare` and `dronelake stitch finish`. Inside OpenDroneMap's
own image `dronelake stitch` can do all three.
"""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dronelake.errors import BadInput, LakeError, OutOfMemory
from dronelake.stitch.engine import Clock, Job, RawOrthophoto

PROJECT = "flight"
"""OpenDroneMap's project name; the photos are in <work dir>/flight/images for every engine."""

_OWNED = ("--project-path", "--rerun-all", "--end-with", "--skip-report", "--skip-orthophoto")


def arguments(work_dir: Path, extra: Sequence[str]) -> list[str]:
    """OpenDroneMap's arguments for the photos under `work_dir`; `extra` are its options from config.

    Raises BadInput for an option that this engine sets itself or whose effect would hide the result.
    """
    for option in extra:
        name = option.split("=", 1)[0]
        if name in _OWNED:
            raise BadInput(f"STITCH_ODM_ARGS may not hold {name}: the stitch step sets it; take it out")
    return ["--project-path", str(work_dir), *extra, PROJECT]


def check_exit(code: int) -> None:
    """Raise the error of the class that OpenDroneMap's exit code stands for; 0 passes.

    OutOfMemory is worth a larger size class, BadInput is final.
    """
    if code == 0:
        return
    if code in (137, 9, -9):
        raise OutOfMemory(f"OpenDroneMap was killed for want of memory (exit code {code}); use a larger size class")
    if code in (1, 134, 139, -6, -11):
        raise BadInput(
            f"OpenDroneMap cannot make an orthophoto of these photos (exit code {code}); its log above names the "
            "stage. Check overlap, GPS and sharpness, and fly or upload again"
        )
    if code in (132, -4):
        raise LakeError(
            f"this machine's CPU is too old for OpenDroneMap (exit code {code}: an instruction is missing); "
            "run the task on a node with AVX"
        )
    raise LakeError(f"OpenDroneMap ended with exit code {code}; its log above tells more")


def exit_code(file: Path) -> int:
    """The exit code that the runner noted of OpenDroneMap's step; raises LakeError when it noted none."""
    try:
        return int(file.read_text(encoding="utf-8").strip())
    except (OSError, ValueError) as error:
        raise LakeError(f"no exit code of OpenDroneMap's step in {file} ({error}); did that step run?") from error


def read_back(work_dir: Path, photos: int) -> RawOrthophoto:
    """What OpenDroneMap left under `work_dir`; raises BadInput when there is no orthophoto."""
    project = work_dir / PROJECT
    path = project / "odm_orthophoto" / "odm_orthophoto.tif"
    if not path.is_file():
        raise BadInput(
            f"OpenDroneMap ended well but left no {path.relative_to(work_dir)}; its log names the stage that was "
            "skipped, most often for want of overlap"
        )
    stats = _stats(project / "odm_report" / "stats.json")
    processing = stats.get("processing_statistics", {})
    reconstruction = stats.get("reconstruction_statistics", {})
    registered = reconstruction.get("reconstructed_shots_count")
    if not isinstance(registered, int):
        raise LakeError("OpenDroneMap's stats.json does not tell how many photos it registered; is its version known?")
    report: dict[str, Any] = {
        "photos": {"given": photos, "registered": registered},
        "alignment": _alignment(stats),
        "odm": {
            "area_m2": processing.get("area"),
            "seconds": processing.get("steps_times", {}).get("Total Time"),
            "points": reconstruction.get("reconstructed_points_count"),
            "average_gsd_cm": stats.get("odm_processing_statistics", {}).get("average_gsd"),
        },
    }
    return RawOrthophoto(path, report)


def _stats(path: Path) -> dict[str, Any]:
    try:
        stats = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise LakeError(f"OpenDroneMap's {path.name} cannot be read ({error}); was the step killed?") from error
    return stats if isinstance(stats, dict) else {}


def _alignment(stats: dict[str, Any]) -> dict[str, Any] | None:
    """GPS errors in our terms: root mean square in metres, per axis and in 3D."""
    errors = stats.get("gps_errors", {})
    deviation, mean = errors.get("std"), errors.get("mean")
    if not isinstance(deviation, dict) or not isinstance(mean, dict):
        return None
    square = [float(mean[axis]) ** 2 + float(deviation[axis]) ** 2 for axis in ("x", "y", "z")]
    east, north, up = (round(value**0.5, 4) for value in square)
    return {"rms_m": {"east": east, "north": north, "up": up, "total": round(sum(square) ** 0.5, 4)}}


class OdmEngine:
    """Runs OpenDroneMap as a child process; for an image that holds both."""

    name = "odm"

    def __init__(self, command: Sequence[str], extra: Sequence[str]) -> None:
        self._command = list(command)
        self._extra = list(extra)

    def run(self, job: Job, clock: Clock) -> RawOrthophoto:
        call = [*self._command, *arguments(job.work_dir, self._extra)]
        try:
            ended = subprocess.run(call, check=False)
        except FileNotFoundError:
            raise LakeError(
                f"{self._command[0]} is not in this image; run the odm engine in OpenDroneMap's image, or as a step "
                "between `dronelake stitch prepare` and `dronelake stitch finish`"
            ) from None
        check_exit(ended.returncode)
        clock.done("odm", "OpenDroneMap has finished")
        return read_back(job.work_dir, len(job.photos))
