"""`dronelake stitch [prepare|finish]`: make the orthophoto of one flight manifest."""

import errno
from collections.abc import Sequence

from dronelake.errors import BadInput, LakeError, OutOfMemory
from dronelake.stitch.engine import Clock
from dronelake.stitch.flow import Prepared, answer, finish, prepare, stitch, stitched_before, stitched_elsewhere
from dronelake.stitch.settings import StitchSettings
from dronelake.storage import Store

USAGE = """usage: dronelake stitch [prepare|finish]

Without a word: download the photos, run the engine, check and upload. `prepare` and `finish` are the first and last
part alone, for engine odm, whose step runs in OpenDroneMap's own image in between.
Environment: FLIGHT_KEY (URL-encoded), FLIGHT_VERSION, WORK_DIR, STITCH_ENGINE (sfm, gdal, odm), STITCH_CRS (auto or
EPSG:<n>), STITCH_GSD_M, STITCH_WORKERS, STITCH_ODM_COMMAND and STITCH_ODM_ARGS (JSON lists), ODM_EXIT_CODE_FILE,
ODM_IMAGE, ORTHO_KEY_TEMPLATE, RESULTS_DIR, CODE_VERSION, RUN_NAME, STEP_IMAGE and the object store's AWS_*
variables."""


def main(argv: Sequence[str]) -> None:
    """Run the step; errors leave as LakeError, by class."""
    if list(argv) in (["-h"], ["--help"]):
        print(USAGE)
        return
    if list(argv) not in ([], ["prepare"], ["finish"]):
        raise BadInput(f"there is no step {' '.join(argv)!r} of stitch; see dronelake stitch --help")
    settings = StitchSettings.load()
    try:
        settings.work_dir.mkdir(parents=True, exist_ok=True)
        _run(argv[0] if argv else "all", settings, Store.from_env(), Clock())
    except MemoryError as error:
        raise OutOfMemory("the flight does not fit into memory; give the task a larger size class") from error
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise LakeError(f"{settings.work_dir} is full; give the task a larger work volume") from error
        raise


def _run(step: str, settings: StitchSettings, store: Store, clock: Clock) -> None:
    before = stitched_before(settings, store)
    if before is not None:
        # After `prepare` OpenDroneMap's step finds no photos and ends at once; `finish` comes here too and answers.
        clock.say(
            f"{before.uri} version {before.version_id} was made of this manifest version before: nothing to stitch"
        )
        answer(before)
        return
    if step == "prepare":
        prepare(settings, store, clock)
    elif step == "finish":
        prepared = Prepared.load(settings.work_dir)
        finish(settings, store, prepared, stitched_elsewhere(settings, prepared), clock)
    else:
        prepared, photos = prepare(settings, store, clock)
        finish(settings, store, prepared, stitch(settings, prepared, photos, clock), clock)
