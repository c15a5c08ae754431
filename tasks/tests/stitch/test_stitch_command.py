"""`dronelake stitch` between real buckets: what goes in, what comes out, and what never comes out."""

import io
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from georasters import NORTH, WEST, picture, write_raster
from pictures import jpeg

from dronelake.errors import BadInput, LakeError, NotFound, OutOfMemory, Superseded
from dronelake.keys import ORTHO_BUCKET, RAW_BUCKET, Flight, decode, encode
from dronelake.manifest import load
from dronelake.stitch import crs
from dronelake.stitch.command import main
from dronelake.stitch.gate import check
from dronelake.storage import Store
from dronelake.upload import upload


class Run:
    """A flight in the bucket and the environment of the step that stitches it."""

    def __init__(self, store: Store, flight: Flight, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.store, self.flight, self._patch = store, flight, patch
        self.photos = folder / "photos"
        self.work, self.results = folder / "work", folder / "results"
        self.version = "unknown"

    def upload(self) -> None:
        self.version = str(upload(self.store, self.flight, self.photos, "drone-operator", "tasks:test")["version_id"])

    def stitch(self, *step: str, **settings: str) -> None:
        env = {
            "FLIGHT_KEY": encode(self.flight.manifest_key),
            "FLIGHT_VERSION": self.version,
            "WORK_DIR": str(self.work),
            "RESULTS_DIR": str(self.results),
            "STITCH_ENGINE": "gdal",
            "CODE_VERSION": "tasks:test",
            "RUN_NAME": "orthophoto-1",
        }
        for name, value in (env | settings).items():
            self._patch.setenv(name, value)
        main(step)

    def outputs(self) -> list[str]:
        return [found.key for found in self.store.versions(ORTHO_BUCKET, f"{self.flight.project}/")]


@pytest.fixture
def run(store: Store, project: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    return Run(store, Flight(project, "vlucht $(id) 'één'"), tmp_path, monkeypatch)


def write_quarters(folder: Path) -> None:
    """One picture of 90 x 70 m in RD New, cut into two rasters that overlap."""
    whole = picture(700, 900)
    write_raster(folder / "west.tif", whole[:, :, :500])
    write_raster(folder / "east.tif", whole[:, :, 400:], west=WEST + 40)


def test_rasters_become_one_orthophoto_with_its_report_and_results(run: Run) -> None:
    write_quarters(run.photos)
    run.upload()
    run.stitch(STEP_IMAGE="tasks:1@sha256:1", ODM_IMAGE="odm:1", STITCH_GSD_M="0.1")
    key = decode((run.results / "ortho-key").read_text())
    version = (run.results / "ortho-version").read_text()
    assert key == run.flight.ortho_key()
    stored = run.store.head(ORTHO_BUCKET, key, version)
    expected = {
        "flight-key": encode(run.flight.manifest_key),
        "flight-version": run.version,
        "engine": "gdal",
        "code-version": "tasks:test",
        "run": "orthophoto-1",
        "image-dronelake": "tasks:1@sha256:1",
        "image-odm": "odm:1",
    }
    assert expected.items() <= stored.metadata.items()
    report = json.loads(run.store.read(ORTHO_BUCKET, run.flight.report_key()))
    assert report["engine"] == "gdal"
    assert report["photos"]["registered"] == 2
    assert report["crs"] == "EPSG:28992"
    assert report["gsd_m"] == pytest.approx(0.1)
    assert report["bounds"] == pytest.approx([WEST, NORTH - 70, WEST + 90, NORTH])
    assert report["flight"] == {"key": run.flight.manifest_key, "version": run.version}
    assert report["images"] == {"dronelake": "tasks:1@sha256:1", "odm": "odm:1"}
    assert report["settings"] == {"crs": "auto", "gsd_m": 0.1, "workers": 2, "odm_args": []}
    body = run.store.read(ORTHO_BUCKET, key, version)
    with rasterio.open(io.BytesIO(body)) as raster:
        difference = abs(raster.read().astype(int) - picture(700, 900)).mean()
        assert difference < 5
        assert (raster.dataset_mask() == 255).all()


def test_the_report_is_there_before_the_orthophoto_s_event(run: Run) -> None:
    write_quarters(run.photos)
    run.upload()
    run.stitch()
    moments = {found.key: found.modified for found in run.store.versions(ORTHO_BUCKET, f"{run.flight.project}/")}
    assert len(moments) == 2
    assert moments[run.flight.report_key()] <= moments[run.flight.ortho_key()]


def test_the_same_manifest_gives_the_same_pixels(run: Run) -> None:
    write_quarters(run.photos)
    run.upload()
    run.stitch()
    first = run.store.head(ORTHO_BUCKET, run.flight.ortho_key())
    shutil.rmtree(run.work)
    run.stitch(CODE_VERSION="tasks:newer")
    again = run.store.head(ORTHO_BUCKET, run.flight.ortho_key())
    assert again.version_id != first.version_id
    assert again.sha256 == first.sha256


def test_a_run_that_is_made_again_stitches_nothing_and_answers_with_what_is_there(run: Run) -> None:
    write_quarters(run.photos)
    run.upload()
    run.stitch()
    before, answers = run.outputs(), [(run.results / name).read_text() for name in ("ortho-key", "ortho-version")]
    shutil.rmtree(run.work)
    shutil.rmtree(run.results)
    run.stitch(RUN_NAME="orthophoto-2")
    assert run.outputs() == before
    assert [(run.results / name).read_text() for name in ("ortho-key", "ortho-version")] == answers


def test_a_photo_that_was_replaced_later_is_read_as_the_manifest_lists_it(run: Run) -> None:
    write_quarters(run.photos)
    run.upload()
    run.store.put(RAW_BUCKET, run.flight.photo_key("west.tif"), b"something else")
    run.stitch()
    assert run.flight.ortho_key() in run.outputs()


def upload_again(run: Run) -> None:
    """The uploader adds a photo; the run keeps the version of the manifest that it was started for."""
    version = run.version
    write_raster(run.photos / "more.tif", picture(700, 900), west=WEST + 60)
    run.upload()
    run.version = version


def test_a_run_of_a_replaced_manifest_ends_before_it_stitches(run: Run) -> None:
    write_quarters(run.photos)
    run.upload()
    upload_again(run)
    with pytest.raises(Superseded, match=rf"version {run.version} was replaced by version .*writes nothing"):
        run.stitch()
    assert not list(run.work.rglob("*.tif"))
    assert run.outputs() == []


def test_a_manifest_that_is_replaced_during_the_stitching_keeps_its_run_from_writing(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_quarters(run.photos)
    run.upload()

    def late(*arguments: Any) -> Any:
        upload_again(run)
        return check(*arguments)

    monkeypatch.setattr("dronelake.stitch.flow.check", late)
    with pytest.raises(Superseded, match="the newer version's own run does the work"):
        run.stitch()
    assert run.outputs() == []


def test_a_manifest_that_was_deleted_is_not_stitched(run: Run) -> None:
    write_quarters(run.photos)
    run.upload()
    run.store._client.delete_object(Bucket=RAW_BUCKET, Key=run.flight.manifest_key)
    with pytest.raises(Superseded, match="was deleted"):
        run.stitch()
    assert run.outputs() == []


def test_a_version_that_is_not_there_is_named_and_nothing_is_uploaded(run: Run) -> None:
    write_quarters(run.photos)
    run.upload()
    manifest = load(run.store, RAW_BUCKET, run.flight.manifest_key, run.version)
    missing = "11111111-2222-4333-8444-555555555555"
    photos = tuple(
        photo.model_copy(update={"version_id": missing}) if photo.key.endswith("west.tif") else photo
        for photo in manifest.photos
    )
    changed = manifest.model_copy(update={"photos": photos})
    run.version = run.store.put(RAW_BUCKET, run.flight.manifest_key, changed.to_json()).version_id
    with pytest.raises(BadInput, match=rf"1 of 2 photos.*west\.tif version {missing}.*upload the flight again"):
        run.stitch()
    assert run.outputs() == []


def test_a_manifest_that_is_not_there_is_named(run: Run) -> None:
    run.version = "11111111-2222-4333-8444-555555555555"
    with pytest.raises(NotFound, match=r"flight\.json version 11111111"):
        run.stitch()
    assert run.outputs() == []


def put_photos(run: Run, bodies: dict[str, bytes]) -> None:
    """A manifest over photos that `dronelake upload` might have refused, as another client may write it."""
    run.photos.mkdir(exist_ok=True)
    for number, name in enumerate(bodies):
        (run.photos / name).write_bytes(jpeg(number, lon=5.1 + number / 1e4))
    run.upload()
    manifest = load(run.store, RAW_BUCKET, run.flight.manifest_key, run.version)
    photos = []
    for photo in manifest.photos:
        stored = run.store.put(RAW_BUCKET, photo.key, bodies[photo.key.rsplit("/", 1)[1]])
        changes = {"version_id": stored.version_id, "size": stored.size, "sha256": stored.sha256, "etag": stored.etag}
        photos.append(photo.model_copy(update=changes))
    changed = manifest.model_copy(update={"photos": tuple(photos)})
    run.version = run.store.put(RAW_BUCKET, run.flight.manifest_key, changed.to_json()).version_id


@pytest.mark.parametrize("engine", ["sfm", "odm"])
def test_a_truncated_photo_is_named_and_nothing_is_uploaded(run: Run, engine: str) -> None:
    bodies = {f"DJI_{number}.JPG": jpeg(number, lon=5.1 + number / 1e4) for number in range(4)}
    bodies["DJI_2.JPG"] = bodies["DJI_2.JPG"][:-900]
    put_photos(run, bodies)
    with pytest.raises(BadInput, match=r"1 of 4 photos cannot be read: DJI_2\.JPG is cut off"):
        run.stitch(STITCH_ENGINE=engine)
    assert run.outputs() == []


@pytest.mark.parametrize("engine", ["sfm", "odm"])
def test_one_photo_is_no_flight(run: Run, engine: str) -> None:
    put_photos(run, {"DJI_1.JPG": jpeg(1)})
    with pytest.raises(BadInput, match="has 1 photo"):
        run.stitch(STITCH_ENGINE=engine)
    assert run.outputs() == []


def test_photos_without_gps_are_named(run: Run) -> None:
    put_photos(run, {f"DJI_{number}.JPG": jpeg(number, lon=None) for number in range(3)})
    with pytest.raises(BadInput, match=r"3 of 3 photos have no usable GPS.*DJI_0\.JPG"):
        run.stitch(STITCH_ENGINE="odm")
    assert run.outputs() == []


def test_photos_are_no_rasters(run: Run) -> None:
    put_photos(run, {"DJI_1.JPG": jpeg(1)})
    with pytest.raises(BadInput, match=r"DJI_1\.JPG carries no georeference.*engine sfm or odm"):
        run.stitch()
    assert run.outputs() == []


@pytest.fixture
def odm_run(run: Run) -> Run:
    """A flight that `prepare` has laid out for OpenDroneMap."""
    put_photos(run, {f"DJI {number}.JPG": jpeg(number, lon=5.1 + number / 1e4) for number in range(3)})
    run.stitch("prepare", STITCH_ENGINE="odm")
    return run


def test_prepare_lays_the_photos_out_as_opendronemap_wants_them(odm_run: Run) -> None:
    images = sorted(path.name for path in (odm_run.work / "flight/images").iterdir())
    assert len(images) == 3
    assert all(name.isascii() and " " not in name and name.endswith(".JPG") for name in images)
    assert odm_run.outputs() == []


def test_finish_takes_what_opendronemap_s_step_left(odm_run: Run) -> None:
    spots = crs.project(np.array([[5.1, 52.1]]), "EPSG:32631")
    project = odm_run.work / "flight"
    west, north = spots[0, 0] - 20, spots[0, 1] + 20
    write_raster(
        project / "odm_orthophoto/odm_orthophoto.tif", picture(600, 900), crs="EPSG:32631", west=west, north=north
    )
    (project / "odm_report").mkdir()
    stats = {"reconstruction_statistics": {"reconstructed_shots_count": 3}}
    (project / "odm_report/stats.json").write_text(json.dumps(stats))
    (odm_run.work / "exitCode").write_text("0")
    odm_run.stitch("finish", STITCH_ENGINE="odm", ODM_EXIT_CODE_FILE=str(odm_run.work / "exitCode"))
    report = json.loads(odm_run.store.read(ORTHO_BUCKET, odm_run.flight.report_key()))
    assert report["photos"] == {"given": 3, "registered": 3}
    assert report["crs"] == "EPSG:28992"
    cog = odm_run.work / "again.tif"
    cog.write_bytes(odm_run.store.read(ORTHO_BUCKET, odm_run.flight.ortho_key()))
    check(cog, "EPSG:28992", [(5.1, 52.1), (5.1002, 52.1)])


def test_prepare_and_finish_have_nothing_to_do_around_opendronemap_for_what_was_stitched(odm_run: Run) -> None:
    about = {"flight-key": encode(odm_run.flight.manifest_key), "flight-version": odm_run.version}
    about |= {"engine": "odm", "code-version": "tasks:test"}
    there = odm_run.store.put(ORTHO_BUCKET, odm_run.flight.ortho_key(), b"cog", metadata=about)
    shutil.rmtree(odm_run.work)
    odm_run.stitch("prepare", STITCH_ENGINE="odm")
    assert list(odm_run.work.iterdir()) == []
    (odm_run.work / "exitCode").write_text("1")
    odm_run.stitch("finish", STITCH_ENGINE="odm", ODM_EXIT_CODE_FILE=str(odm_run.work / "exitCode"))
    assert (odm_run.results / "ortho-version").read_text() == there.version_id
    assert odm_run.outputs() == [there.key]


def test_finish_tells_that_opendronemap_ran_out_of_memory(odm_run: Run) -> None:
    (odm_run.work / "exitCode").write_text("137")
    with pytest.raises(OutOfMemory):
        odm_run.stitch("finish", STITCH_ENGINE="odm", ODM_EXIT_CODE_FILE=str(odm_run.work / "exitCode"))
    assert odm_run.outputs() == []


def test_finish_without_prepare_says_so(run: Run) -> None:
    with pytest.raises(LakeError, match="dronelake stitch prepare"):
        run.stitch("finish", STITCH_ENGINE="odm")


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("STITCH_ENGINE", "magic", "STITCH_ENGINE"),
        ("STITCH_GSD_M", "5", "STITCH_GSD_M"),
        ("STITCH_CRS", "RD", "STITCH_CRS"),
        ("FLIGHT_KEY", "projects/a b/c/flight.json", "not a URL-encoded object key"),
        ("ORTHO_KEY_TEMPLATE", "{project}.tif", "template"),
    ],
)
def test_a_wrong_setting_is_named_before_any_work(run: Run, name: str, value: str, told: str) -> None:
    write_quarters(run.photos)
    run.upload()
    with pytest.raises(BadInput, match=told):
        run.stitch(**{name: value})
    assert run.outputs() == []


def test_an_unknown_step_is_refused() -> None:
    with pytest.raises(BadInput, match="no step 'undo'"):
        main(["undo"])
