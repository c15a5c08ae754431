"""Which CRS an orthophoto gets."""

import numpy as np
import pyproj
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dronelake.errors import BadInput
from dronelake.stitch import crs


@pytest.mark.parametrize(
    ("place", "lon", "lat"),
    [
        ("Utrecht", 5.12, 52.09),
        ("Vaals, at the border", 6.016, 50.770),
        ("Lobith, where the Rhine enters", 6.118, 51.862),
        ("Sluis, Zeeuws-Vlaanderen", 3.386, 51.308),
        ("Den Helder", 4.76, 52.96),
        ("Schiermonnikoog", 6.16, 53.48),
        ("Nieuwe Statenzijl, on the Dollard", 7.207, 53.231),
        ("Afsluitdijk", 5.17, 53.03),
        ("Maastricht", 5.69, 50.85),
        ("Oosterscheldekering", 3.70, 51.63),
    ],
)
def test_inside_the_netherlands_it_is_rd_new(place: str, lon: float, lat: float) -> None:
    assert crs.choose("auto", [(lon, lat)] * 3) == "EPSG:28992", place


@pytest.mark.parametrize(
    ("lon", "lat", "zone"),
    [
        (4.40, 51.22, "EPSG:32631"),  # Antwerp
        (6.96, 50.94, "EPSG:32632"),  # Cologne
        (7.20, 53.37, "EPSG:32632"),  # Emden
        (3.72, 51.05, "EPSG:32631"),  # Gent
        (6.08, 50.776, "EPSG:32632"),  # Aachen, 3 km from the border
        (-91.9946, 46.8426, "EPSG:32615"),
        (5.32, 60.39, "EPSG:32632"),  # Bergen: the wide zone of southern Norway
        (15.6, 78.2, "EPSG:32633"),  # Svalbard
        (151.2, -33.87, "EPSG:32756"),  # Sydney
        (-68.27, 12.15, "EPSG:32619"),  # Bonaire is of the Netherlands and not in RD New
        (180.0, 10.0, "EPSG:32601"),
        (-180.0, 10.0, "EPSG:32601"),
    ],
)
def test_elsewhere_it_is_the_utm_zone(lon: float, lat: float, zone: str) -> None:
    assert crs.choose("auto", [(lon, lat)]) == zone


@given(lon=st.floats(-180, 180), lat=st.floats(-79, 83))
def test_the_utm_zone_is_one_that_is_meant_for_the_place(lon: float, lat: float) -> None:
    area = pyproj.CRS(crs.utm_zone(lon, lat)).area_of_use
    assert area is not None
    inside = any(area.west - 1e-9 <= lon + turn <= area.east + 1e-9 for turn in (-360, 0))
    norway = (56 <= lat < 64 or lat >= 72) and 0 <= lon < 42
    assert inside or norway
    assert (lat >= 0) == (area.north > 0)


def test_one_stray_position_does_not_move_the_flight() -> None:
    assert crs.choose("auto", [(5.1, 52.1), (5.1, 52.1), (5.1, 52.1), (-40.0, 10.0)]) == "EPSG:28992"


def test_config_decides_when_it_says_so() -> None:
    assert crs.choose("EPSG:25831", [(5.1, 52.1)]) == "EPSG:25831"


@pytest.mark.parametrize("setting", ["EPSG:4326", "EPSG:999999", "EPSG:2263", "EPSG:4978"])
def test_a_crs_that_is_no_map_in_metres_is_refused(setting: str) -> None:
    with pytest.raises(BadInput, match=setting):
        crs.choose(setting, [(5.1, 52.1)])


@given(lon=st.floats(3.6, 7.0), lat=st.floats(50.9, 53.4))
def test_positions_come_back_from_the_map(lon: float, lat: float) -> None:
    there = crs.project(np.array([[lon, lat]]), "EPSG:28992")
    assert crs.unproject(there, "EPSG:28992")[0] == pytest.approx([lon, lat], abs=1e-8)
