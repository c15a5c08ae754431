"""Keys: what goes in comes out, and what could do harm never does."""

import json
import re
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from names import SEGMENTS

from dronelake.errors import BadInput
from dronelake.keys import (
    Flight,
    check_key,
    decode,
    encode,
    local_name,
    parse_manifest,
    parse_output,
    parse_raw,
    slug,
)


@given(st.lists(SEGMENTS, min_size=1, max_size=4).map("/".join))
def test_decode_undoes_encode_and_nothing_in_between_can_be_expanded(key: str) -> None:
    encoded = encode(key)
    assert decode(encoded) == key
    assert set(encoded) <= set(string.ascii_letters + string.digits + "-_.~%+")


@pytest.mark.parametrize(
    ("key", "encoded"),
    [
        # As MinIO's event carries them (Go's url.QueryEscape).
        ("projects/dijk a/1/foto.jpg", "projects%2Fdijk+a%2F1%2Ffoto.jpg"),
        ("projects/a/b/$(id).jpg", "projects%2Fa%2Fb%2F%24%28id%29.jpg"),
        ("projects/a/b/1+1~.jpg", "projects%2Fa%2Fb%2F1%2B1~.jpg"),
        ("projects/a/b/'é\"`.jpg", "projects%2Fa%2Fb%2F%27%C3%A9%22%60.jpg"),
    ],
)
def test_the_encoded_form_is_that_of_the_event(key: str, encoded: str) -> None:
    assert encode(key) == encoded
    assert decode(encoded) == key


@pytest.mark.parametrize(
    "encoded",
    [
        "",
        "a b",
        "$(id)",
        "a/b",
        "%zz",
        "%",
        "a%2",
        "%ff%fe",
        "a%00b",
        "..%2Fx",
        "a%2F..%2Fb",
        "%2Fetc",
        "a%2F%2Fb",
        "a%0Ab",
        "a%5Cb",
    ],
)
def test_refuses_what_is_no_encoded_key(encoded: str) -> None:
    with pytest.raises(BadInput):
        decode(encoded)


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("", "empty"),
        ("/a", "starts with '/'"),
        ("a/", "empty part"),
        ("a//b", "empty part"),
        ("a/../b", "out of its folder"),
        ("./a", "out of its folder"),
        ("a\\b", "backslash"),
        ("a\x00b", "control character"),
        ("a\x1b[31mb", "control character"),
        ("a\udcffb", "control character"),
        ("a/" + "é" * 128, "longer than 255 bytes"),
        ("/".join(["a" * 200] * 6), "longer than 1024 bytes"),
    ],
)
def test_refuses_keys_with_the_reason(key: str, reason: str) -> None:
    with pytest.raises(BadInput, match=reason):
        check_key(key)


@given(SEGMENTS, SEGMENTS, SEGMENTS)
def test_parsing_undoes_formatting(project: str, name: str, photo: str) -> None:
    flight = Flight(project, name)
    assert parse_manifest(flight.manifest_key) == flight
    assert parse_output(flight.ortho_key()) == flight
    assert parse_output(flight.result_key("pictures/1-klem.jpg")) == flight
    if photo != "flight.json":
        raw = parse_raw(flight.photo_key(photo))
        assert (raw.flight, raw.name, raw.is_manifest) == (flight, photo, False)


@pytest.mark.parametrize("key", ["projects/a/b", "projects/a/b/c/d.jpg", "other/a/b/c.jpg", "flight.json"])
def test_refuses_raw_keys_of_another_shape(key: str) -> None:
    with pytest.raises(BadInput, match="is not projects/<project>/<flight>/<photo>"):
        parse_raw(key)


def test_a_photo_is_no_manifest_and_the_other_way_round() -> None:
    with pytest.raises(BadInput, match="is not a flight manifest"):
        parse_manifest("projects/a/b/c.jpg")
    with pytest.raises(BadInput, match="is the manifest's own"):
        Flight("a", "b").photo_key("flight.json")


# The config's own check is tested on the same templates, in test/config.
_TEMPLATES = json.loads(Path(__file__).with_name("ortho-key-templates.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("template", _TEMPLATES["taken"])
def test_takes_an_orthophoto_template_inside_the_flights_folder(template: str) -> None:
    assert parse_output(Flight("a", "b").ortho_key(template)) == Flight("a", "b")


@pytest.mark.parametrize("template", _TEMPLATES["refused"])
def test_refuses_an_orthophoto_template_that_leads_elsewhere(template: str) -> None:
    with pytest.raises(BadInput):
        Flight("a", "b").ortho_key(template)


def test_braces_in_a_name_are_not_a_template() -> None:
    assert Flight("{flight}", "$(x)").ortho_key() == "{flight}/$(x)/{flight}-merged.geotiff"


@given(
    st.lists(SEGMENTS, min_size=1, max_size=4).map("/".join), st.lists(SEGMENTS, min_size=1, max_size=4).map("/".join)
)
def test_local_names_are_plain_file_names_and_differ_where_keys_do(one: str, other: str) -> None:
    assert re.fullmatch(r"[0-9a-f]{16}[A-Za-z0-9_-]*(\.[A-Za-z0-9]{1,8})?", local_name(one))
    assert len(local_name(one)) <= 120
    assert (local_name(one) == local_name(other)) == (one == other)


def test_a_local_name_keeps_the_suffix_that_tools_look_at() -> None:
    assert local_name("projects/a/b/DJI 0018.JPG").endswith("-DJI-0018.JPG")


@given(st.text())
def test_slugs_are_safe_in_addresses(text: str) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug(text))
