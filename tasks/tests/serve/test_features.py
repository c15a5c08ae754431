"""Findings over OGC API Features: filters, both systems, refusals."""

import re
from typing import Any

import psycopg
import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer
from serving import DAMAGE, FINDINGS, TRAP, Served

EPSG = "http://www.opengis.net/def/crs/EPSG/0"
COLLECTION = "/features/collections/detections.finding"
TO_GRID = Transformer.from_crs("EPSG:4326", "EPSG:28992", always_xy=True)
_STRIP = "POLYGON((5.1003 52.1, 5.1005 52.1, 5.1005 52.2, 5.1003 52.2, 5.1003 52.1))"
_ALL = sorted(position for _, _, position in FINDINGS)


def _ask(served: Served, **parameters: Any) -> requests.Response:
    return requests.get(f"{served.url}{COLLECTION}/items", params=parameters, timeout=30)


def _places(answer: requests.Response) -> list[tuple[float, float]]:
    assert answer.status_code == 200, answer.text
    return sorted(tuple(feature["geometry"]["coordinates"]) for feature in answer.json()["features"])


def test_a_finding_says_what_it_is_and_what_it_was_found_on_by_which_model(served: Served) -> None:
    (feature,) = _ask(served, **{"class": DAMAGE}).json()["features"]
    assert feature["geometry"] == {"type": "Point", "coordinates": [5.1006, 52.1006]}
    assert (
        feature["properties"]
        | {
            "class": DAMAGE,
            "score": 0.8,
            "project": served.flight.project,
            "flight": served.flight.name,
            "orthophoto_key": served.orthophoto.key,
            "orthophoto_version": served.orthophoto.version_id,
            "model_version": served.model.version_id,
        }
        == feature["properties"]
    )
    alone = requests.get(f"{served.url}{COLLECTION}/items/{feature['id']}", timeout=30).json()
    assert alone["properties"] == feature["properties"]


@pytest.mark.parametrize(
    ("parameters", "found"),
    [
        ({}, _ALL),
        ({"class": TRAP}, _ALL[:2]),
        ({"filter": "score >= 0.8"}, [_ALL[0], _ALL[2]]),
        ({"filter": f"class = '{TRAP}' AND score > 0.7"}, _ALL[:1]),
        ({"filter": f"S_INTERSECTS(position, {_STRIP})"}, [_ALL[1]]),
        ({"filter": "class LIKE 'Besch%' OR score BETWEEN 0.5 AND 0.7"}, _ALL[1:]),
        ({"filter": f"class IN ('{DAMAGE}', 'another')"}, _ALL[2:]),
        ({"bbox": "5.1003,52.1003,5.1007,52.1007"}, _ALL[1:]),
        ({"datetime": "2020-01-01T00:00:00Z/.."}, _ALL),
        ({"datetime": "../2020-01-01T00:00:00Z"}, []),
        ({"model_version": "of another model"}, []),
    ],
)  # fmt: skip
def test_findings_are_filtered(served: Served, parameters: dict[str, str], found: list[tuple[float, float]]) -> None:
    assert _places(_ask(served, **parameters)) == found


def test_by_the_model_that_found_them(served: Served) -> None:
    assert _places(_ask(served, model_version=served.model.version_id)) == _ALL
    assert _places(_ask(served, filter=f"model_name = '{served.model.key.split('/')[0]}'")) == _ALL


def test_in_the_dutch_grid(served: Served) -> None:
    answer = _ask(served, crs=f"{EPSG}/28992")
    assert answer.headers["Content-Crs"] == f"<{EPSG}/28992>"
    for place, (east, north) in zip(_places(answer), _ALL, strict=True):
        assert place == pytest.approx(TO_GRID.transform(east, north), abs=0.01)


def test_in_degrees_with_the_axes_in_the_order_of_the_system(served: Served) -> None:
    answer = _ask(served, crs=f"{EPSG}/4326")
    assert answer.headers["Content-Crs"] == f"<{EPSG}/4326>"
    assert _places(answer) == sorted((north, east) for east, north in _ALL)
    answer = _ask(served)
    assert answer.headers["Content-Crs"] == "<http://www.opengis.net/def/crs/OGC/1.3/CRS84>"
    assert _places(answer) == _ALL


@settings(max_examples=15)
@given(st.integers(0, 2), st.floats(0.5, 5), st.booleans())
def test_a_box_of_the_dutch_grid_has_what_lies_in_it(served: Served, which: int, half_m: float, beside: bool) -> None:
    # The findings are 25 m apart.
    east, north = TO_GRID.transform(*_ALL[which])
    east += 2 * half_m if beside else 0
    box = ",".join(str(number) for number in (east - half_m, north - half_m, east + half_m, north + half_m))
    found = _places(_ask(served, bbox=box, **{"bbox-crs": f"{EPSG}/28992"}))
    assert found == ([] if beside else [_ALL[which]])


def test_a_box_in_degrees_has_its_axes_in_the_order_of_the_system(served: Served) -> None:
    box = {"bbox": "52.1003,5.1003,52.1005,5.1005", "bbox-crs": f"{EPSG}/4326"}
    assert _places(_ask(served, **box)) == [_ALL[1]]


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ({"crs": f"{EPSG}/3857"}, f"crs: '{EPSG}/3857' is not a system.*{EPSG}/28992"),
        ({"bbox": "1,2,3"}, "bbox: .* is not four numbers"),
        ({"bbox": "1,2,3,x"}, "bbox: .* is not four numbers"),
        ({"bbox": "119300,438980,119400,439000"}, "is not on Earth.*bbox-crs"),
        ({"bbox": "6,52,5,53"}, "turn it round"),
        ({"datetime": "yesterday"}, "datetime: 'yesterday' is no moment"),
        ({"clas": TRAP}, "there is no parameter clas here; there are .*class"),
        ({"limit": "many"}, "limit: "),
        ({"filter": "score >>"}, "filter: 'score >>' is not CQL2"),
        ({"filter": "scor > 1"}, 'column "scor" does not exist'),
        ({"score": "high"}, "high"),
        ({"sortby": "nothing"}, "nothing"),
        ({"geom-column": "nothing"}, "nothing"),
    ],
)
def test_what_is_wrong_in_a_request_is_told(served: Served, parameters: dict[str, str], told: str) -> None:
    answer = _ask(served, **parameters)
    assert answer.status_code == 400, answer.text
    assert re.search(told, answer.json()["detail"])


def test_what_is_not_there_is_told(served: Served) -> None:
    for path in ("/features/collections/findings", "/features/collections/detections.nothing", f"{COLLECTION}/items/0"):
        answer = requests.get(f"{served.url}{path}", timeout=30)
        assert answer.status_code == 404, path
        assert answer.json()["detail"]


@pytest.mark.parametrize(
    "call", ["pg_sleep(30) = 1", "pg_read_file('/etc/passwd') = 'x'", "set_config('a.b', 'c', false) = 'c'"]
)
def test_a_filter_calls_no_function_of_the_database(served: Served, call: str) -> None:
    answer = _ask(served, filter=call)
    assert answer.status_code == 400
    assert f"there is no {call.split('(')[0]} here" in answer.json()["detail"]


def test_every_page_has_other_findings(served: Served) -> None:
    url, found = f"{served.url}{COLLECTION}/items?limit=1&crs={EPSG}/28992", []
    while url:
        page = requests.get(url, timeout=30).json()
        assert page["numberMatched"] == 3
        found += [feature["id"] for feature in page["features"]]
        url = next((link["href"] for link in page["links"] if link["rel"] == "next"), "")
    assert len(found) == len(set(found)) == 3


def test_it_conforms_to_what_it_says(served: Served) -> None:
    """A class of conformance each: what it promises is served."""
    said = set(requests.get(f"{served.url}/features/conformance", timeout=30).json()["conformsTo"])
    collection = requests.get(f"{served.url}{COLLECTION}", timeout=30).json()
    assert {"crs", "storageCrs"} <= set(collection)
    assert collection["storageCrs"] in collection["crs"]
    assert collection["title"] == "Findings"
    assert f"{EPSG}/28992" in collection["crs"]
    for crs in collection["crs"]:
        assert _ask(served, crs=crs).headers["Content-Crs"] == f"<{crs}>"
    queryables = requests.get(f"{served.url}{COLLECTION}/queryables", timeout=30).json()["properties"]
    assert {"class", "score", "found_at", "model_name", "model_version", "project", "flight"} <= set(queryables)
    page = requests.get(f"{served.url}{COLLECTION}/items", headers={"Accept": "text/html"}, timeout=30)
    assert page.headers["Content-Type"].startswith("text/html")
    for part in ("features-1/1.0/conf/core", "features-2/1.0/conf/crs", "features-3/1.0/conf/filter"):
        assert f"http://www.opengis.net/spec/ogcapi-{part}" in said
    assert not any("tiles" in each or "transaction" in each for each in said)


def test_the_role_may_write_nothing(served: Served) -> None:
    with served.connect() as connection:
        for statement in (
            "DELETE FROM detections.finding",
            "SELECT pgstac.create_item('{}')",
            "DELETE FROM pgstac.items",
            "CREATE TABLE public.mine (a int)",
        ):
            with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.ReadOnlySqlTransaction)):
                connection.execute(statement)
