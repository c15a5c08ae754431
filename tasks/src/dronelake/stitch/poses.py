"""Camera poses by pycolmap, as a process of its own: `python -m dronelake.stitch.poses JOB.json RESULT.npz`.

pycolmap and rasterio (or any other GDAL) in one process corrupt the heap, so nothing here imports either's kin, and
the caller hands over a file and reads a file. World coordinates are those of the job's positions: metres, z up.
"""

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pycolmap

from dronelake.errors import BadInput
from dronelake.stitch.align import Alignment, align

Array = npt.NDArray[np.float64]

_MAX_FEATURES = 6000
_MIN_REGISTERED_SHARE = 0.5
_RTK_SD_M = 0.1
_RTK_PHOTOS = 6


def main(argv: Sequence[str]) -> None:
    """Solve the job; a fault of the photos is written to the result as `fault` for the caller to raise."""
    job = json.loads(Path(argv[0]).read_text(encoding="utf-8"))
    pycolmap.logging.minloglevel = pycolmap.logging.Level.ERROR.value
    pycolmap.set_random_seed(job["seed"])
    try:
        result = solve(job)
    except BadInput as fault:
        result = {"fault": np.array(str(fault))}
    np.savez(argv[1], allow_pickle=False, **result)


def solve(job: dict[str, Any]) -> dict[str, npt.NDArray[Any]]:
    """Features, matches, poses, alignment and a last adjustment; arrays by name for the caller."""
    work = Path(job["work_dir"])
    database = work / "matches.db"
    database.unlink(missing_ok=True)
    say("features")
    _extract(job, database)
    say("matches")
    _match(job, database, work)
    say("poses")
    model = _map(job, database, work)
    names, given, sd, views = _given(job, model)
    fit = _align(model, names, given, sd, views, job["seed"])
    model.transform(_sim3(fit))
    if job["adjust"]:
        say("adjustment to the GPS positions")
        _adjust(model, names, given, sd, job["seed"])
        fit = _align(model, names, given, sd, views, job["seed"])
        model.transform(_sim3(fit))
    return _export(model, names, fit)


def say(stage: str) -> None:
    """Tell the caller what is going on; one line a stage."""
    print(stage, flush=True)


def _extract(job: dict[str, Any], database: Path) -> None:
    options = pycolmap.FeatureExtractionOptions()
    options.num_threads = job["workers"]
    options.use_gpu = False
    options.sift.max_num_features = _MAX_FEATURES
    options.sift.max_num_orientations = 1  # a second one a point doubles what is compared and finds little more
    options.sift.first_octave = 0  # the copies are at matching size already: doubling them costs 3 times the time
    for group in job["cameras"]:
        reader = pycolmap.ImageReaderOptions()
        # One focal length and one radial term: on level nadir flights more freedom bends the block (the heights of the
        # camera centres strayed 0.44 m from GPS with four distortion terms, 0.20 m with one, at equal fit).
        reader.camera_model = "SIMPLE_RADIAL"
        reader.camera_params = ",".join(str(value) for value in group["params"])
        pycolmap.extract_features(
            database,
            job["image_dir"],
            image_names=group["names"],
            camera_mode=pycolmap.CameraMode.SINGLE,
            reader_options=reader,
            extraction_options=options,
            device=pycolmap.Device.cpu,
        )


def _match(job: dict[str, Any], database: Path, work: Path) -> None:
    pairs = work / "pairs.txt"
    pairs.write_text("".join(f"{first} {second}\n" for first, second in job["pairs"]), encoding="utf-8")
    matching = pycolmap.FeatureMatchingOptions()
    matching.num_threads = job["workers"]
    matching.use_gpu = False
    pairing = pycolmap.ImportedPairingOptions()
    pairing.match_list_path = str(pairs)
    verification = pycolmap.TwoViewGeometryOptions()
    verification.ransac.random_seed = job["seed"]
    pycolmap.match_image_pairs(database, matching, pairing, verification, device=pycolmap.Device.cpu)


def _map(job: dict[str, Any], database: Path, work: Path) -> pycolmap.Reconstruction:
    options = pycolmap.IncrementalPipelineOptions()
    options.num_threads = job["workers"]
    options.random_seed = job["seed"]
    options.min_model_size = 3
    options.max_num_models = 3
    options.extract_colors = False
    # Steps on the way need not be polished to the last digit: the adjustment at the end is.
    options.ba_local_function_tolerance = 1e-5
    options.ba_global_function_tolerance = 1e-5
    target = work / "models"
    target.mkdir(exist_ok=True)
    models = pycolmap.incremental_mapping(database, job["image_dir"], target, options)
    count = sum(len(group["names"]) for group in job["cameras"])
    best = max(models.values(), key=lambda model: model.num_reg_images(), default=None)
    registered = best.num_reg_images() if best is not None else 0
    if best is None or registered < max(3, count * _MIN_REGISTERED_SHARE):
        parts = f" in the largest of {len(models)} groups" if len(models) > 1 else ""
        raise BadInput(
            f"only {registered} of {count} photos could be tied together{parts}: the photos do not overlap enough or "
            "show too little texture; fly with 75 % forward and 65 % side overlap, from higher over water or even grass"
        )
    return best


def _given(job: dict[str, Any], model: pycolmap.Reconstruction) -> tuple[list[str], Array, Array, Array]:
    """Names, positions, their standard deviations and viewing directions of registered photos that have GPS."""
    located = job["located"]
    names = sorted(image.name for image in model.images.values() if image.has_pose and image.name in located)
    given = np.array([located[name]["position"] for name in names], dtype=float).reshape(-1, 3)
    sd = np.array([located[name]["sd"] for name in names], dtype=float).reshape(-1, 3)
    views = np.array([located[name]["view"] or [np.nan] * 3 for name in names], dtype=float).reshape(-1, 3)
    return names, given, sd, views


def _align(
    model: pycolmap.Reconstruction, names: list[str], given: Array, sd: Array, views: Array, seed: int
) -> Alignment:
    images = [model.find_image_with_name(name) for name in names]
    centres = np.array([image.projection_center() for image in images], dtype=float).reshape(-1, 3)
    looking = np.array([image.viewing_direction() for image in images], dtype=float).reshape(-1, 3)
    return align(centres, given, source_views=looking, target_views=views, sd=sd, seed=seed)


def _sim3(fit: Alignment) -> pycolmap.Sim3d:
    return pycolmap.Sim3d(fit.scale, pycolmap.Rotation3d(fit.rotation), fit.translation)


def _adjust(model: pycolmap.Reconstruction, names: list[str], given: Array, sd: Array, seed: int) -> None:
    """Bundle adjustment in which GPS positions take part with their own uncertainty, so that the block does not bow."""
    config = pycolmap.BundleAdjustmentConfig()
    for image_id in model.reg_image_ids():
        config.add_image(image_id)
    priors = []
    for name, position, deviation in zip(names, given, sd, strict=True):
        image = model.find_image_with_name(name)
        priors.append(
            pycolmap.PosePrior(
                pose_prior_id=image.image_id,
                corr_data_id=image.data_id,
                position=position,
                position_covariance=np.diag(deviation**2),
                coordinate_system=pycolmap.PosePriorCoordinateSystem.CARTESIAN,
            )
        )
    prior_options = pycolmap.PosePriorBundleAdjustmentOptions()
    prior_options.alignment_ransac.random_seed = seed
    prior_options.ceres.prior_position_loss_function_type = pycolmap.LossFunctionType.CAUCHY
    options = pycolmap.BundleAdjustmentOptions()
    options.print_summary = False
    # Positions to the centimetre tell where the lens's axis is. Left in the middle of the sensor, 2 pixels of 1600 off,
    # it tilted the cameras by 0.36 degrees and put the ground 0.6 m too low; freed with plain GPS it would only drift.
    options.refine_principal_point = len(names) >= _RTK_PHOTOS and float(np.median(sd)) <= _RTK_SD_M
    pycolmap.create_pose_prior_bundle_adjuster(options, prior_options, config, priors, model).solve()
    model.update_point_3d_errors()


def _export(model: pycolmap.Reconstruction, names: list[str], fit: Alignment) -> dict[str, npt.NDArray[Any]]:
    images = sorted((image for image in model.images.values() if image.has_pose), key=lambda image: image.name)
    poses = [image.cam_from_world() for image in images]
    points = list(model.points3D.values())
    rms = fit.rms()
    return {
        "names": np.array([image.name for image in images]),
        "centres": np.array([image.projection_center() for image in images]),
        "rotations": np.array([pose.rotation.matrix().T for pose in poses]),
        "cameras": np.array([model.cameras[image.camera_id].params for image in images]),
        "camera_ids": np.array([image.camera_id for image in images]),
        "points": np.array([point.xyz for point in points]).reshape(-1, 3),
        "errors": np.array([point.error for point in points]),
        "track_lengths": np.array([point.track.length() for point in points]),
        "reprojection_px": np.array(model.compute_mean_reprojection_error()),
        "rms": np.array([rms["east"], rms["north"], rms["up"], rms["total"]]),
        "aligned": np.array(names),
        "inliers": fit.inliers,
    }


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "2")
    main(sys.argv[1:])
