"""The sample flight: what it promises of its photographs, seen from the outside."""

import hashlib
import io
import json
import re
from pathlib import Path

import exifread
import numpy as np
import pytest
from PIL import Image
from pyproj import Transformer

from dronelake.errors import BadInput
from dronelake.sample.camera import Camera, Pose
from dronelake.sample.command import corner_of, main, prepare, seen_by
from dronelake.sample.flight import FORWARD_OVERLAP, SIDE_OVERLAP, FlightPlan
from dronelake.sample.render import ground_height, meet_ground
from dronelake.sample.things import DAMAGE, TRAP

SMALL = ["--photos", "6", "--size", "400x300"]


@pytest.fixture(scope="module")
def flown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("flight")
    main([str(out), *SMALL])
    return out


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_same_seed_gives_the_same_bytes_and_another_seed_another_flight(flown: Path, tmp_path: Path) -> None:
    main([str(tmp_path / "again"), *SMALL])
    main([str(tmp_path / "other"), *SMALL, "--seed", "8"])
    assert digests(tmp_path / "again") == digests(flown)
    other = digests(tmp_path / "other")
    assert all(other[name] != digest for name, digest in digests(flown).items())


def test_photos_and_truth_are_apart(flown: Path) -> None:
    assert sorted(path.name for path in flown.iterdir()) == ["photos", "truth.geojson"]
    photos = sorted((flown / "photos").iterdir())
    assert [path.name for path in photos] == [f"DRL_{number:04d}.JPG" for number in range(1, 7)]
    assert {Image.open(path).size for path in photos} == {(400, 300)}


def degrees(values: list[exifread.utils.Ratio]) -> float:
    whole, minutes, seconds = (float(value) for value in values)
    return whole + minutes / 60 + seconds / 3600


def test_exif_and_xmp_tell_where_each_camera_was_to_an_rtk_receivers_error(flown: Path) -> None:
    camera = Camera.of_size(400, 300)
    _, _, shots = prepare(6, camera, 7)
    to_rd = Transformer.from_crs("EPSG:4326", "EPSG:28992", always_xy=True)
    for shot in shots:
        data = (flown / "photos" / f"DRL_{shot.number:04d}.JPG").read_bytes()
        tags = exifread.process_file(io.BytesIO(data), details=False)
        longitude, latitude = degrees(tags["GPS GPSLongitude"].values), degrees(tags["GPS GPSLatitude"].values)
        up = float(tags["GPS GPSAltitude"].values[0])
        east, north = to_rd.transform(longitude, latitude)
        assert np.allclose((east, north, up), shot.measured, atol=1e-3), "the tags hold what the receiver measured"
        assert np.abs(np.subtract(shot.measured, shot.pose.place)).max() < 0.15
        assert str(tags["EXIF DateTimeOriginal"]).startswith("2026:05:18 10:3")
        xmp = data.decode("latin-1")
        in_xmp = re.search(r'drone-dji:GpsLatitude="([+-][\d.]+)"', xmp)
        assert in_xmp
        assert float(in_xmp[1]) == pytest.approx(latitude, abs=2e-9)
        assert f'drone-dji:AbsoluteAltitude="{up:+.3f}"' in xmp
        assert 'drone-dji:RtkFlag="50"' in xmp
    focal_px = float(tags["EXIF FocalLengthIn35mmFilm"].values[0]) / 36 * 400
    assert focal_px == pytest.approx(camera.focal, rel=0.02)


def test_truth_lists_every_thing_in_both_coordinate_systems(flown: Path) -> None:
    truth = json.loads((flown / "truth.geojson").read_text())
    to_rd = Transformer.from_crs("EPSG:4326", "EPSG:28992", always_xy=True)
    assert {feature["properties"]["class"] for feature in truth["features"]} == {TRAP, DAMAGE}
    for feature in truth["features"]:
        about = feature["properties"]
        west, south, east, north = about["box"]
        assert to_rd.transform(*feature["geometry"]["coordinates"]) == pytest.approx(
            ((west + east) / 2, (south + north) / 2), abs=2e-3
        )
        longest = max(east - west, north - south)
        assert 0.7 < longest < 1.1 if about["class"] == TRAP else 1.2 < longest < 3.84


def test_default_flight_shows_every_thing_on_three_photos_or_more() -> None:
    # A coarse camera sees the same ground from the same places as the default one.
    camera = Camera.of_size(160, 120)
    world, _, shots = prepare(24, camera, 7)
    assert sum(thing.name == TRAP for thing in world.things) == 12
    assert sum(thing.name == DAMAGE for thing in world.things) == 12
    corner = corner_of(world.plan)
    for thing in world.things:
        for x, y in thing.outline[:: max(1, len(thing.outline) // 12)]:
            east, north = corner[0] + x, corner[1] - y
            up = ground_height(world, corner, np.array([east]), np.array([north]))[0]
            assert len(seen_by(np.array([east, north, up]), camera, shots)) >= 3


def test_things_do_not_touch_one_another() -> None:
    world, _, _ = prepare(24, Camera.of_size(160, 120), 7)
    boxes = [thing.box() for thing in world.things]
    for number, (left, top, right, bottom) in enumerate(boxes):
        for west, north, east, south in boxes[number + 1 :]:
            assert right < west or east < left or bottom < north or south < top


def test_overlap_is_what_was_promised() -> None:
    plan = FlightPlan.of(24, Camera.of_size(1600, 1200))
    assert plan.lines * plan.photos_a_line == 24
    assert 1 - plan.base / plan.footprint[1] == pytest.approx(FORWARD_OVERLAP)
    assert 1 - plan.spacing / plan.footprint[0] == pytest.approx(SIDE_OVERLAP)
    assert FORWARD_OVERLAP >= 0.75
    assert SIDE_OVERLAP >= 0.65
    assert plan.footprint[0] / 1600 == pytest.approx(0.025)


def test_a_ray_meets_the_ground_where_the_camera_projects_it_from() -> None:
    camera = Camera.of_size(400, 300)
    world, _, shots = prepare(6, camera, 7)
    corner = corner_of(world.plan)
    x, y = np.meshgrid(np.linspace(0, 400, 9), np.linspace(0, 300, 7))
    for shot in shots:
        east, north = meet_ground(world, corner, shot.pose, camera.rays(x, y))
        up = ground_height(world, corner, east, north)
        ground = np.stack([east, north, up], axis=-1).reshape(-1, 3)
        back = shot.pose.project(camera, ground)
        # A hundredth of a pixel is a millimetre on the ground.
        assert np.abs(back - np.stack([x, y], axis=-1).reshape(-1, 2)).max() < 0.01


def test_a_level_camera_that_heads_east_has_east_up_and_south_to_the_right() -> None:
    camera = Camera(1600, 1200, 1000.0, (0.0, 0.0), 0.0)
    pose = Pose((100.0, 200.0, 30.0), float(np.pi / 2), 0.0, 0.0)
    ahead, right = pose.project(camera, np.array([[103.0, 200.0, 0.0], [100.0, 197.0, 0.0]]))
    assert ahead == pytest.approx((800, 500))
    assert right == pytest.approx((900, 600))


@pytest.mark.parametrize("arguments", [["--photos", "0"], ["--seed", "-1"]])
def test_nonsense_is_refused_before_anything_is_written(tmp_path: Path, arguments: list[str]) -> None:
    with pytest.raises(BadInput, match="at least 1 photo"):
        main([str(tmp_path / "out"), *arguments])
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="choose another folder"):
        main([str(tmp_path / "file"), *SMALL])


def test_one_photo_is_a_flight_too(tmp_path: Path) -> None:
    main([str(tmp_path), "--photos", "1", "--size", "400x300"])
    assert len(list((tmp_path / "photos").iterdir())) == 1
