"""The gate lets a good orthophoto pass and names what is wrong with any other."""

from pathlib import Path

import numpy as np
import pytest
import rasterio
from georasters import NORTH, WEST, picture, write_raster
from shapely.geometry import Point, shape

from dronelake.errors import BadInput
from dronelake.stitch import crs
from dronelake.stitch.cog import write_cog
from dronelake.stitch.gate import check

RD = "EPSG:28992"


def cog(folder: Path, target_crs: str = RD, **raster: object) -> Path:
    raw = write_raster(folder / "raw.tif", **raster)  # type: ignore[arg-type]
    write_cog(raw, folder / "cog.tif", target_crs)
    return folder / "cog.tif"


def track_over(west: float = WEST, north: float = NORTH, in_crs: str = RD) -> list[tuple[float, float]]:
    """Positions over the test raster of 90 x 70 m."""
    places = np.array([[west + x, north - y] for x in (20.0, 45.0, 70.0) for y in (20.0, 50.0)])
    return [(float(lon), float(lat)) for lon, lat in crs.unproject(places, in_crs)]


def test_a_good_orthophoto_passes_with_its_measures(tmp_path: Path) -> None:
    mask = np.full((700, 900), 255, np.uint8)
    mask[:, :100] = 0
    passed = check(cog(tmp_path, mask=mask), RD, track_over())
    assert passed.crs == RD
    assert passed.gsd_m == pytest.approx(0.1)
    assert passed.bounds == pytest.approx((WEST, NORTH - 70, WEST + 90, NORTH))
    assert passed.valid_share == pytest.approx(8 / 9, abs=0.01)
    footprint = shape(passed.footprint)
    inside, outside = crs.unproject(np.array([[WEST + 50, NORTH - 30], [WEST + 5, NORTH - 30]]), RD)
    assert footprint.contains(Point(*inside))
    assert not footprint.contains(Point(*outside))
    report = passed.report()
    assert report["size_px"] == [900, 700]
    assert report["footprint"]["type"] == "Polygon"


def test_a_plain_geotiff_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="not a valid COG"):
        check(write_raster(tmp_path / "plain.tif"), RD, track_over())


def test_another_crs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="EPSG:28992 was asked for"):
        check(cog(tmp_path, "EPSG:32631"), RD, track_over())


def test_a_footprint_beside_the_track_is_refused_with_the_distance(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"under 0% of the flight's GPS positions only, \d{3} m away"):
        check(cog(tmp_path), RD, track_over(west=WEST + 500))


def test_a_footprint_under_half_of_the_track_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="under 50% of the flight's GPS positions"):
        check(cog(tmp_path), RD, track_over() + track_over(west=WEST + 500))


@pytest.mark.parametrize(("west", "north"), [(500_000.0, 60.0), (-40.0, 40.0), (3.0, 2500.0)])
def test_a_result_without_real_positions_is_refused(tmp_path: Path, west: float, north: float) -> None:
    path = cog(tmp_path, "EPSG:32631", crs="EPSG:32631", west=west, north=north)
    with pytest.raises(BadInput, match="made without real positions"):
        check(path, "EPSG:32631", track_over(west, north, "EPSG:32631"))


def test_an_empty_result_is_refused(tmp_path: Path) -> None:
    mask = np.zeros((700, 900), np.uint8)
    mask[300:310, 300:310] = 255
    with pytest.raises(BadInput, match="show anything"):
        check(cog(tmp_path, mask=mask), RD, [])


@pytest.mark.parametrize("gsd", [0.0001, 25.0])
def test_a_gsd_that_no_drone_has_is_refused(tmp_path: Path, gsd: float) -> None:
    with pytest.raises(BadInput, match="its pixels are"):
        check(cog(tmp_path, gsd=gsd), RD, [])


def test_a_raster_without_crs_cannot_become_an_orthophoto(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no coordinate reference system"):
        cog(tmp_path, crs=None)


def test_grey_elevation_is_no_orthophoto(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="1 bands of float32"):
        cog(tmp_path, data=np.ones((1, 50, 50), np.float32))


def test_every_fault_is_named_at_once(tmp_path: Path) -> None:
    mask = np.zeros((700, 900), np.uint8)
    mask[:10, :10] = 255
    with pytest.raises(BadInput) as refusal:
        check(cog(tmp_path, "EPSG:32631", mask=mask), RD, track_over())
    told = str(refusal.value)
    assert "was asked for" in told
    assert "show anything" in told
    assert "nothing was uploaded" in told


def test_a_warped_cog_keeps_what_is_in_the_picture(tmp_path: Path) -> None:
    """Warped to the asked GSD, the same ground has the same colour."""
    data = np.full((3, 700, 900), 60, np.uint8)
    data[0, 200:400, 300:600] = 220
    raw = write_raster(tmp_path / "raw.tif", data)
    write_cog(raw, tmp_path / "cog.tif", "EPSG:32631", gsd_m=0.2)
    spot = crs.project(crs.unproject(np.array([[WEST + 45, NORTH - 30]]), RD), "EPSG:32631")[0]
    with rasterio.open(tmp_path / "cog.tif") as raster:
        assert raster.res == pytest.approx((0.2, 0.2))
        red, green, _ = next(raster.sample([tuple(spot)], indexes=[1, 2, 3]))
        assert abs(int(red) - 220) < 6
        assert abs(int(green) - 60) < 6
        assert raster.bounds.left % 0.2 == pytest.approx(0, abs=1e-6) or raster.bounds.left % 0.2 == pytest.approx(0.2)
    assert check(tmp_path / "cog.tif", "EPSG:32631", track_over()).gsd_m == pytest.approx(0.2)


def test_the_cog_is_the_picture_within_what_jpeg_loses(tmp_path: Path) -> None:
    data = picture(600, 600, seed=3)
    path = cog(tmp_path, data=data)
    with rasterio.open(path) as raster:
        assert np.abs(raster.read().astype(int) - data).mean() < 5
        assert raster.compression.value == "JPEG"
        assert (raster.dataset_mask() == 255).all()
