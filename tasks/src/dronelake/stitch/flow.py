"""The three parts of a stitch run: prepare (photos in), an engine, finish (gate, then results out).

Between processes, `stitch.json` in the work folder carries what `finish` needs. Nothing is uploaded before the gate
has let the result pass; the report goes first and the orthophoto last, since its event starts the detection.
"""

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from dronelake import keys
from dronelake import manifest as manifests
from dronelake.errors import BadInput, LakeError, NotFound
from dronelake.settings import ResultSettings, RunSettings
from dronelake.stitch import crs as crs_module
from dronelake.stitch import odm
from dronelake.stitch.cog import write_cog
from dronelake.stitch.engine import Clock, Engine, Job, Options, RawOrthophoto
from dronelake.stitch.fetch import fetch_photos
from dronelake.stitch.gate import Passed, check
from dronelake.stitch.photos import Photo, check_flight, read_photos
from dronelake.stitch.rasters import GdalEngine, read_rasters
from dronelake.stitch.settings import StitchSettings
from dronelake.stitch.sfm import SfmEngine
from dronelake.storage import Store, StoredObject

COG_TYPE = "image/tiff; application=geotiff; profile=cloud-optimized"

_STATE = "stitch.json"


class Prepared(BaseModel):
    """What `prepare` leaves for `finish`; `track` in degrees (lon, lat)."""

    model_config = ConfigDict(frozen=True)

    flight_key: str
    flight_version: str
    crs: str
    photos: int
    without_gps: list[str]
    track: list[tuple[float, float]]

    def save(self, work_dir: Path) -> None:
        (work_dir / _STATE).write_text(self.model_dump_json(), encoding="utf-8")

    @classmethod
    def load(cls, work_dir: Path) -> "Prepared":
        try:
            return cls.model_validate_json((work_dir / _STATE).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise LakeError(f"{work_dir} was not prepared ({error}); run `dronelake stitch prepare` first") from error


def stitched_before(settings: StitchSettings, store: Store) -> StoredObject | None:
    """The flight's orthophoto, when it was made of the same manifest version by the same engine and code.

    A run that is made again, because its orthophoto was never catalogued, then has nothing to stitch.
    """
    flight = keys.parse_manifest(keys.decode(settings.flight_key))
    try:
        latest = store.head(keys.ORTHO_BUCKET, flight.ortho_key(settings.ortho_key_template))
    except NotFound:
        return None
    same = _origin(settings, RunSettings.load()).items() <= latest.metadata.items()
    return latest if same else None


def prepare(settings: StitchSettings, store: Store, clock: Clock) -> tuple[Prepared, list[Photo]]:
    """Take the photos of the flight's latest manifest; raises Superseded when it has a newer one."""
    key = keys.decode(settings.flight_key)
    manifest = read_manifest(settings, store)
    store.check_latest(keys.RAW_BUCKET, key, settings.flight_version)
    return take_photos(settings, store, manifest, clock)


def read_manifest(settings: StitchSettings, store: Store) -> manifests.Manifest:
    """The version of the flight's manifest that is to be stitched; raises NotFound."""
    key = keys.decode(settings.flight_key)
    keys.parse_manifest(key)
    return manifests.load(store, keys.RAW_BUCKET, key, settings.flight_version)


def take_photos(
    settings: StitchSettings, store: Store, manifest: manifests.Manifest, clock: Clock
) -> tuple[Prepared, list[Photo]]:
    """Download a manifest's photos into <work dir>/flight/images and check them, be it the latest or not."""
    key = keys.decode(settings.flight_key)
    manifest.place.ortho_key(settings.ortho_key_template)  # a wrong template fails now, not after the work
    clock.say(f"flight {key}: {len(manifest.photos)} photos, engine {settings.stitch_engine}")
    files = fetch_photos(store, manifest, settings.work_dir / odm.PROJECT / "images")
    clock.done("download", f"{sum(path.stat().st_size for path, _ in files) / 1e6:.0f} MB downloaded")
    if settings.stitch_engine == "gdal":
        photos = read_rasters(files)
    else:
        photos = read_photos(files)
        check_flight(photos)
    track = [photo.position for photo in photos if photo.position is not None]
    prepared = Prepared(
        flight_key=settings.flight_key,
        flight_version=settings.flight_version,
        crs=crs_module.choose(settings.stitch_crs, track),
        photos=len(photos),
        without_gps=[photo.name for photo in photos if photo.position is None],
        track=track,
    )
    prepared.save(settings.work_dir)
    clock.done("photos", f"{len(track)} of {len(photos)} photos with GPS; the orthophoto will be in {prepared.crs}")
    return prepared, photos


def stitch(settings: StitchSettings, prepared: Prepared, photos: list[Photo], clock: Clock) -> RawOrthophoto:
    """Run the engine on prepared photos."""
    engines: dict[str, Engine] = {
        "sfm": SfmEngine(),
        "gdal": GdalEngine(),
        "odm": odm.OdmEngine(settings.stitch_odm_command, settings.stitch_odm_args),
    }
    options = Options(prepared.crs, settings.stitch_gsd_m, settings.stitch_workers)
    return engines[settings.stitch_engine].run(Job(photos, settings.work_dir, options), clock)


def stitched_elsewhere(settings: StitchSettings, prepared: Prepared) -> RawOrthophoto:
    """What OpenDroneMap's own step left; raises by its exit code."""
    if settings.stitch_engine != "odm":
        raise BadInput(f"engine {settings.stitch_engine} runs in `dronelake stitch` itself; finish alone is for odm")
    if settings.odm_exit_code_file is not None:
        odm.check_exit(odm.exit_code(settings.odm_exit_code_file))
    return odm.read_back(settings.work_dir, prepared.photos)


def finish(
    settings: StitchSettings, store: Store, prepared: Prepared, raw: RawOrthophoto, clock: Clock
) -> StoredObject:
    """Make the COG, let the gate decide, upload report and orthophoto, and leave the results; returns the orthophoto.

    Raises Superseded, with nothing uploaded, when the flight has a newer manifest.
    """
    cog, passed = checked(settings, prepared, raw, clock)
    run = RunSettings.load()
    flight = keys.parse_manifest(keys.decode(prepared.flight_key))
    ortho_key = flight.ortho_key(settings.ortho_key_template)
    images = settings.images(run.step_image)
    provenance = {
        **_origin(settings, run),
        "run": run.run_name,
        **{f"image-{name}": image for name, image in images.items()},
    }
    report: dict[str, Any] = {
        "format": 1,
        "engine": settings.stitch_engine,
        "flight": {"key": keys.decode(prepared.flight_key), "version": prepared.flight_version},
        "orthophoto": {"key": ortho_key, "bytes": cog.stat().st_size},
        "code_version": run.code_version,
        "run": run.run_name,
        "images": images,
        "settings": settings.recorded(),
        **raw.report,
        **passed.report(),
        "seconds": clock.stages,
    }
    # The flight may have been uploaded anew in the hours since; its newer run writes the same keys.
    store.check_latest(keys.RAW_BUCKET, flight.manifest_key, prepared.flight_version)
    body = json.dumps(report, indent=2, ensure_ascii=False, allow_nan=False).encode()
    store.put(keys.ORTHO_BUCKET, flight.report_key(), body, content_type="application/json", metadata=provenance)
    stored = store.put_file(keys.ORTHO_BUCKET, ortho_key, cog, content_type=COG_TYPE, metadata=provenance)
    answer(stored)
    clock.done("upload", f"{stored.uri} version {stored.version_id}")
    return stored


def checked(settings: StitchSettings, prepared: Prepared, raw: RawOrthophoto, clock: Clock) -> tuple[Path, Passed]:
    """Make the COG in the work folder and let the gate decide; raises BadInput when it does not let it pass."""
    cog = settings.work_dir / "orthophoto.tif"
    write_cog(raw.path, cog, prepared.crs, settings.stitch_gsd_m, settings.stitch_workers)
    clock.done("cog", f"{cog.stat().st_size / 1e6:.1f} MB of COG")
    passed = check(cog, prepared.crs, prepared.track)
    clock.done("gate", f"the gate lets it pass: {passed.gsd_m * 100:.2f} cm, {passed.width} x {passed.height} px")
    return cog, passed


def answer(orthophoto: StoredObject) -> None:
    """Leave the results that later steps read."""
    results = ResultSettings.load()
    results.write("ortho-key", keys.encode(orthophoto.key))
    results.write("ortho-version", orthophoto.version_id)


def _origin(settings: StitchSettings, run: RunSettings) -> dict[str, str]:
    """What an orthophoto is made of and by what, as its metadata say it."""
    return {
        "flight-key": settings.flight_key,
        "flight-version": settings.flight_version,
        "engine": settings.stitch_engine,
        "code-version": run.code_version,
    }
