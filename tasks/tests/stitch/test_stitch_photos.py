"""What is read of photos, and photos that cannot be used."""

from pathlib import Path

import numpy as np
import pytest
from pictures import jpeg
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from dronelake.errors import BadInput
from dronelake.stitch.photos import check_flight, read_photo, read_photos, view_vector, working_copy

XMP = '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description {values}/></rdf:RDF></x:xmpmeta>'


def drone_photo(path: Path, xmp: dict[str, str], **exif: object) -> Path:
    """A photo of 800 x 600 px with EXIF details by name and a DJI block."""
    tags = {"focal": 0x920A, "equivalent": 0xA405, "x_resolution": 0xA20E, "unit": 0xA210}
    block = Image.Exif()
    details = block.get_ifd(0x8769)
    for name, value in exif.items():
        details[tags[name]] = IFDRational(value) if isinstance(value, float) else value
    values = " ".join(f'drone-dji:{name}="{value}"' for name, value in xmp.items())
    Image.new("RGB", (800, 600)).save(path, exif=block, xmp=XMP.format(values=values).encode())
    return path


def test_the_focal_length_follows_from_the_sensor_s_pitch(tmp_path: Path) -> None:
    """A 8.8 mm lens before 60.6 pixels a millimetre."""
    path = drone_photo(tmp_path / "a.jpg", {}, focal=8.8, x_resolution=60.606, unit=4, equivalent=24)
    assert read_photo(path, "a").focal_px == pytest.approx(533.3, abs=0.1)


def test_or_else_from_the_35_mm_equivalent(tmp_path: Path) -> None:
    assert read_photo(drone_photo(tmp_path / "a.jpg", {}, focal=3.61, equivalent=20), "a").focal_px == pytest.approx(
        20 / 36 * 800
    )
    assert read_photo(drone_photo(tmp_path / "b.jpg", {}), "b").focal_px is None


def test_a_gimbal_that_looks_down_gives_a_view_straight_down(tmp_path: Path) -> None:
    path = drone_photo(tmp_path / "a.jpg", {"GimbalYawDegree": "+45.00", "GimbalPitchDegree": "-90.00"})
    assert read_photo(path, "a").view == pytest.approx((0, 0, -1), abs=1e-9)
    assert view_vector(90.0, 0.0) == pytest.approx((1, 0, 0), abs=1e-9)
    assert view_vector(0.0, -45.0) == pytest.approx((0, 0.5**0.5, -(0.5**0.5)))


def test_an_rtk_drone_tells_its_accuracy(tmp_path: Path) -> None:
    rtk = {"RtkStdLon": "0.012", "RtkStdLat": "0.015", "RtkStdHgt": "0.03"}
    assert read_photo(drone_photo(tmp_path / "a.jpg", rtk), "a").accuracy == (0.015, 0.03)
    no_fix = {"RtkStdLon": "0.0", "RtkStdLat": "0.0", "RtkStdHgt": "0.0"}
    assert read_photo(drone_photo(tmp_path / "b.jpg", no_fix), "b").accuracy is None


def test_position_and_height_are_those_of_the_exif(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(jpeg(1, lon=-91.99456, lat=46.84261, alt=198.3))
    photo = read_photo(path, "a")
    assert photo.position == pytest.approx((-91.99456, 46.84261), abs=1e-6)
    assert photo.altitude == pytest.approx(198.3)
    assert photo.located


def test_every_broken_photo_is_named_in_one_error(tmp_path: Path) -> None:
    whole = jpeg(1)
    files = {"good.jpg": whole, "cut photo.jpg": whole[: len(whole) * 2 // 3], "note.jpg": b"not a photo"}
    pairs = []
    for number, (name, body) in enumerate(files.items()):
        path = tmp_path / f"{number}.jpg"
        path.write_bytes(body)
        pairs.append((path, name))
    with pytest.raises(BadInput) as refusal:
        read_photos(pairs)
    told = str(refusal.value)
    assert "2 of 3 photos" in told
    assert "cut photo.jpg is cut off" in told
    assert "note.jpg is not a JPEG inside" in told
    assert "good.jpg" not in told


def flight(folder: Path, with_gps: int, without: int) -> list:
    pairs = []
    for number in range(with_gps + without):
        path = folder / f"{number}.jpg"
        path.write_bytes(jpeg(number, lon=5.1 + number / 1e4 if number < with_gps else None))
        pairs.append((path, f"DJI_{number}.JPG"))
    return read_photos(pairs)


def test_a_flight_of_one_photo_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="has 1 photo and an orthophoto needs at least 3"):
        check_flight(flight(tmp_path, 1, 0))


def test_a_photo_without_gps_may_go_along(tmp_path: Path) -> None:
    check_flight(flight(tmp_path, 3, 1))


def test_too_few_positions_are_refused_with_the_photos_that_lack_them(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"2 of 4 photos have no usable GPS.*DJI_2\.JPG, DJI_3\.JPG"):
        check_flight(flight(tmp_path, 2, 2))


def test_working_copies_are_grey_small_and_without_exif(tmp_path: Path) -> None:
    path = drone_photo(tmp_path / "a.jpg", {"GimbalYawDegree": "1"}, focal=8.8)
    photo = read_photo(path, "a")
    assert working_copy(photo, tmp_path / "a.png", 400) == (400, 300)
    with Image.open(tmp_path / "a.png") as copy:
        assert (copy.mode, copy.size) == ("L", (400, 300))
        assert not copy.getexif()
    assert working_copy(photo, tmp_path / "b.png", 2000) == (800, 600)


def test_a_copy_shows_what_the_photo_shows(tmp_path: Path) -> None:
    pixels = np.zeros((600, 800, 3), np.uint8)
    pixels[300:, 400:] = 200
    Image.fromarray(pixels).save(tmp_path / "a.jpg", quality=95)
    working_copy(read_photo(tmp_path / "a.jpg", "a"), tmp_path / "a.png", 400)
    copy = np.asarray(Image.open(tmp_path / "a.png")).astype(int)
    assert copy[:140, :190].max() < 10
    assert abs(copy[160:, 210:] - 200).max() < 10
