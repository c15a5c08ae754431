"""The stitching of an orthophoto done again: the same photo versions, engine and settings."""

from pathlib import Path
from typing import Any

from dronelake.errors import BadInput
from dronelake.keys import ORTHO_BUCKET, parse_output
from dronelake.records import report_of
from dronelake.rerun.orthophotos import compare_orthophotos
from dronelake.rerun.verdict import Verdict
from dronelake.stitch.engine import Clock
from dronelake.stitch.flow import checked, read_manifest, stitch, take_photos
from dronelake.stitch.settings import StitchSettings
from dronelake.storage import Store, StoredObject


def stitch_again(store: Store, key: str, version: str, folder: Path) -> tuple[Verdict, dict[str, Any]]:
    """Make an orthophoto version again under `folder`; returns the comparison and what the record says of the making.

    Raises BadInput when the orthophoto does not say what it was made of.
    """
    recorded = store.head(ORTHO_BUCKET, key, version)
    settings = _settings(store, recorded, folder / "work")
    settings.work_dir.mkdir(parents=True)
    clock = Clock()
    prepared, photos = take_photos(settings, store, read_manifest(settings, store), clock)
    cog, _ = checked(settings, prepared, stitch(settings, prepared, photos, clock), clock)
    cog = cog.rename(folder / "again.tif")
    before = folder / "recorded.tif"
    store.download(ORTHO_BUCKET, key, version, before, sha256=recorded.sha256, size=recorded.size)
    return compare_orthophotos(before, cog), {
        "flight": settings.flight_version,
        "engine": settings.stitch_engine,
        "code_version": recorded.metadata.get("code-version", "unknown"),
        "images": {
            name.removeprefix("image-"): image for name, image in recorded.metadata.items() if name.startswith("image-")
        },
    }


def _settings(store: Store, orthophoto: StoredObject, work: Path) -> StitchSettings:
    """What the step was told, from the orthophoto's metadata and its report; the environment adds nothing to it."""
    about = orthophoto.metadata
    report = report_of(store, orthophoto, parse_output(orthophoto.key))[1]
    lacking = [name for name in ("flight-key", "flight-version", "engine") if name not in about]
    if lacking or report.settings is None:
        said = ", ".join(lacking) or "the settings of its stitching"
        raise BadInput(
            f"{orthophoto.uri} version {orthophoto.version_id} does not record {said}, so it cannot be made again "
            "exactly; stitch the flight anew with this version of the code"
        )
    told = report.settings
    return StitchSettings.model_validate(
        {
            "flight_key": about["flight-key"],
            "flight_version": about["flight-version"],
            "stitch_engine": about["engine"],
            "stitch_crs": told["crs"],
            "stitch_gsd_m": told["gsd_m"],
            "stitch_workers": told["workers"],
            "stitch_odm_args": tuple(told["odm_args"]),
            "work_dir": work,
        }
    )
