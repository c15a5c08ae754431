"""Structure from motion on generated photos: what the orthophoto shows is where the world has it."""

import json
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from orthotruth import offsets
from PIL import Image
from scipy.spatial.transform import Rotation

from dronelake.errors import BadInput
from dronelake.sample import command as sample
from dronelake.sample.camera import Camera
from dronelake.sample.world import World
from dronelake.stitch import crs
from dronelake.stitch.camera import Pose
from dronelake.stitch.cog import write_cog
from dronelake.stitch.engine import Clock, Job, Options, RawOrthophoto
from dronelake.stitch.gate import check
from dronelake.stitch.photos import Photo, read_photos
from dronelake.stitch.sfm import SfmEngine, photo_pairs
from dronelake.stitch.sfm import _poses as poses_of

RD = "EPSG:28992"
PHOTOS, SIZE, SEED = 9, (640, 480), 7


@dataclass(frozen=True)
class Flown:
    """A small flight over a generated dike, stitched once for all tests."""

    photos: list[Photo]
    world: World
    work: Path
    raw: RawOrthophoto


@pytest.fixture(scope="module")
def flown(tmp_path_factory: pytest.TempPathFactory) -> Flown:
    folder = tmp_path_factory.mktemp("flown")
    sample.main([str(folder / "flight"), "--photos", str(PHOTOS), "--size", "640x480", "--seed", str(SEED)])
    files = sorted((folder / "flight/photos").iterdir())
    photos = read_photos([(path, path.name) for path in files])
    world, _, _ = sample.prepare(PHOTOS, Camera.of_size(*SIZE), SEED)
    work = folder / "work"
    work.mkdir()
    return Flown(photos, world, work, SfmEngine().run(Job(photos, work, Options(RD)), Clock()))


def test_every_photo_is_registered_close_to_its_gps_position(flown: Flown) -> None:
    report = flown.raw.report
    assert report["photos"]["registered"] == report["photos"]["given"] == PHOTOS
    assert report["photos"]["left_out"] == report["photos"]["oblique"] == []
    assert report["alignment"]["rms_m"]["total"] < 0.15
    json.dumps(report)


def test_the_ground_is_where_the_world_has_it(flown: Flown) -> None:
    """Median within 2 pixels and 95 of 100 patches within half a metre."""
    found = offsets(flown.raw.path, flown.world, sample.corner_of(flown.world.plan))
    assert len(found) > 20
    error = np.hypot(*found.T)
    assert np.median(error) < 2 * flown.raw.report["gsd_m"]
    assert np.percentile(error, 95) < 0.5


def test_the_orthophoto_passes_the_gate_without_holes(flown: Flown) -> None:
    cog = flown.work / "cog.tif"
    write_cog(flown.raw.path, cog, RD)
    track = [photo.position for photo in flown.photos if photo.position is not None]
    passed = check(cog, RD, track)
    assert passed.track_cover == 1
    with rasterio.open(cog) as raster:
        mask = (raster.dataset_mask() > 0).astype(np.uint8)
    middle = mask[mask.shape[0] // 4 : -mask.shape[0] // 4, mask.shape[1] // 4 : -mask.shape[1] // 4]
    assert middle.all()


def test_a_photo_without_gps_is_used_and_told(flown: Flown, tmp_path: Path) -> None:
    photos = list(flown.photos)
    bare = tmp_path / photos[4].path.name
    with Image.open(photos[4].path) as image:
        image.save(bare, quality=95)
    photos[4] = read_photos([(bare, photos[4].name)])[0]
    raw = SfmEngine().run(Job(photos, tmp_path, Options(RD, gsd_m=0.25)), Clock())
    assert raw.report["photos"]["without_gps"] == [photos[4].name]
    assert raw.report["photos"]["registered"] == PHOTOS


def test_an_oblique_photo_is_told_and_does_not_stretch_the_mosaic(
    flown: Flown, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def tilted(*arguments: Any) -> list[Pose]:
        first, *rest = poses_of(*arguments)
        up = Rotation.from_euler("x", 60, degrees=True).as_matrix()
        return [replace(first, rotation=first.rotation @ up), *rest]

    monkeypatch.setattr("dronelake.stitch.sfm._poses", tilted)
    raw = SfmEngine().run(Job(flown.photos, tmp_path, Options(RD, gsd_m=0.25)), Clock())
    assert raw.report["photos"]["oblique"] == [flown.photos[0].name]
    assert raw.report["photos"]["registered"] == PHOTOS
    with rasterio.open(raw.path) as found, rasterio.open(flown.raw.path) as whole:
        assert found.bounds.right - found.bounds.left <= whole.bounds.right - whole.bounds.left + 1
        assert found.bounds.top - found.bounds.bottom <= whole.bounds.top - whole.bounds.bottom + 1


def test_photos_that_do_not_overlap_are_refused(flown: Flown, tmp_path: Path) -> None:
    photos = []
    rng = np.random.default_rng(1)
    for photo in flown.photos[:4]:
        path = tmp_path / photo.path.name
        shutil.copy(photo.path, path)
        with Image.open(photo.path) as image:
            exif = image.getexif()
        noise = Image.fromarray(rng.integers(0, 255, (60, 80, 3), dtype=np.uint8)).resize(SIZE)
        noise.save(path, exif=exif)
        photos += read_photos([(path, photo.name)])
    apart = [Photo(**{**photo.__dict__, "view": (0.0, 0.0, -1.0)}) for photo in photos]
    with pytest.raises(BadInput, match=r"photos could be tied together.*do not overlap enough"):
        SfmEngine().run(Job(apart, tmp_path, Options(RD)), Clock())


def located(count: int, without: tuple[int, ...] = ()) -> list[Photo]:
    """Photos on a line of 10 m steps near Utrecht."""
    places = crs.unproject(np.column_stack([136_000 + 10.0 * np.arange(count), np.full(count, 455_000.0)]), RD)
    return [
        Photo(
            Path(f"{number:03}.jpg"),
            f"{number}",
            800,
            600,
            "c",
            position=None if number in without else (float(lon), float(lat)),
        )
        for number, (lon, lat) in enumerate(places)
    ]


def test_a_small_flight_is_matched_all_with_all() -> None:
    assert len(photo_pairs(located(10), RD)) == 45


def test_a_large_flight_is_matched_with_neighbours_only() -> None:
    pairs = photo_pairs(located(200), RD)
    assert len(pairs) <= 200 * 12
    assert ("000.jpg", "001.jpg") in pairs
    assert ("000.jpg", "199.jpg") not in pairs
    assert all(first < second for first, second in pairs)
    assert pairs == sorted(set(pairs))


def test_a_photo_without_gps_is_matched_with_all() -> None:
    pairs = photo_pairs(located(50, without=(7,)), RD)
    assert sum("007.jpg" in pair for pair in pairs) == 49
