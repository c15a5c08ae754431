"""Findings held against the truth."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer

from dronelake.errors import BadInput
from dronelake.sample.score import main
from dronelake.sample.truth import Spot, match, score, spots

TRAP, DAMAGE = "Muskusrat klem", "Beschadiging oever"
THINGS = [Spot(TRAP, 10.0 * number, 0.0) for number in range(10)]

places = st.builds(
    Spot,
    st.sampled_from([TRAP, DAMAGE]),
    st.floats(0, 20).map(lambda value: round(value, 3)),
    st.floats(0, 20).map(lambda value: round(value, 3)),
)


def test_counts_right_false_and_missed() -> None:
    findings = [Spot(TRAP, 0.03, 0.04), Spot(TRAP, 10.5, 0), Spot(TRAP, 55.0, 0), Spot(DAMAGE, 20.0, 0)]
    found = match(THINGS, findings)
    assert (found.matched, found.false, found.missed) == (2, 2, 8)
    assert found.errors_m == pytest.approx((0.05, 0.5))
    assert (found.precision, found.recall) == (0.5, 0.2)


def test_two_findings_of_one_thing_are_one_right_and_one_false() -> None:
    found = match(THINGS[:1], [Spot(TRAP, 0.1, 0), Spot(TRAP, -0.2, 0)])
    assert (found.matched, found.false) == (1, 1)
    assert found.errors_m == pytest.approx((0.1,))


def test_pairs_are_chosen_so_that_most_things_are_found() -> None:
    # The nearest pair alone would leave the second thing without its finding.
    truth, findings = [Spot(TRAP, 0, 0), Spot(TRAP, 1.2, 0)], [Spot(TRAP, 0.7, 0), Spot(TRAP, -0.9, 0)]
    assert match(truth, findings).matched == 2


@given(st.lists(places, max_size=12), st.lists(places, max_size=12), st.randoms())
def test_order_does_not_matter_and_the_counts_add_up(truth: list[Spot], findings: list[Spot], random: object) -> None:
    whole = match(truth, findings)
    assert whole.matched + whole.missed == len(truth)
    assert whole.matched + whole.false == len(findings)
    assert all(error <= 1.0 for error in whole.errors_m)
    again = match(truth[::-1], findings[::-1])
    assert again.matched == whole.matched
    assert sum(again.errors_m) == pytest.approx(sum(whole.errors_m))


def collection(points: list[Spot]) -> dict[str, object]:
    lift = Transformer.from_crs("EPSG:28992", "EPSG:4326", always_xy=True)
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": lift.transform(spot.east, spot.north)},
                "properties": {"class": spot.name},
            }
            for spot in points
        ],
    }


def test_the_command_says_whether_the_promise_is_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    near = [Spot(TRAP, 119_300 + 10 * number, 438_900) for number in range(10)]
    off = [Spot(TRAP, spot.east + 0.03, spot.north) for spot in near]
    (tmp_path / "truth").write_text(json.dumps(collection(near)))
    (tmp_path / "good").write_text(json.dumps(collection(off)))
    (tmp_path / "poor").write_text(json.dumps(collection(off[:8])))
    arguments = [str(tmp_path / "truth"), str(tmp_path / "good"), "--gsd", "0.025"]
    assert main(arguments) == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures["error_median_m"] == pytest.approx(0.03, abs=0.001)
    assert figures["classes"][TRAP]["recall"] == 1
    assert main([arguments[0], str(tmp_path / "poor"), "--gsd", "0.025"]) == 1
    assert main([*arguments[:2], "--gsd", "0.01"]) == 1, "3 cm is more than two pixels of 1 cm"


def test_no_findings_keep_no_promise() -> None:
    figures = score(THINGS, [], 0.025)
    assert (figures["passed"], figures["recall"], figures["error_median_m"]) == (False, 0, None)


@pytest.mark.parametrize("body", ["no json", '{"features": [{"geometry": null, "properties": {}}]}'])
def test_files_that_are_no_findings_are_refused(tmp_path: Path, body: str) -> None:
    (tmp_path / "bad").write_text(body)
    assert main([str(tmp_path / "bad"), str(tmp_path / "bad"), "--gsd", "0.025"]) == 2


def test_a_feature_without_class_is_named() -> None:
    feature = {"geometry": {"type": "Point", "coordinates": [5, 52]}, "properties": {}}
    with pytest.raises(BadInput, match="feature 0"):
        spots({"features": [feature]})
