"""Photo files: good ones pass, whatever is wrong is named with its mend."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pictures import jpeg, tiff

from dronelake.errors import BadInput
from dronelake.photos import fault_of, sort_folder


def _fault(folder: Path, name: str, body: bytes) -> str | None:
    path = folder / name
    path.write_bytes(body)
    return fault_of(path)


@pytest.mark.parametrize(
    "body", [jpeg(), jpeg(progressive=True), jpeg() + b"\xff\xda a preview that the camera appends"]
)
def test_whole_jpegs_pass(tmp_path: Path, body: bytes) -> None:
    assert _fault(tmp_path, "a.JPG", body) is None


def test_a_whole_tiff_passes(tmp_path: Path) -> None:
    assert _fault(tmp_path, "a.tif", tiff()) is None


@settings(max_examples=60)
@given(data=st.data(), progressive=st.booleans(), zeros=st.booleans())
def test_a_cut_off_jpeg_never_passes(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, progressive: bool, zeros: bool
) -> None:
    """Cut anywhere, also where a card or a copy left zeros in place of the rest."""
    body = jpeg(progressive=progressive)
    at = data.draw(st.integers(0, len(body) - 2))
    cut = body[:at] + (b"\0" * (len(body) - at) if zeros else b"")
    assert _fault(tmp_path_factory.getbasetemp(), "cut.jpg", cut) is not None


@settings(max_examples=30)
@given(st.data())
def test_a_cut_off_tiff_never_passes(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    body = tiff()
    at = data.draw(st.integers(0, 96 * 64 * 3))
    assert _fault(tmp_path_factory.getbasetemp(), "cut.tif", body[:at]) is not None


@pytest.mark.parametrize(
    ("name", "body", "mend"),
    [
        ("a.jpg", b"", "is empty; copy it from the card again"),
        ("a.jpg", jpeg()[:-400], "is cut off: the end of the image is missing; copy it from the card again"),
        ("a.jpg", tiff(), "is not a JPEG inside; export it as JPEG, rename it"),
        ("a.tif", jpeg(), "is not a TIFF inside"),
        ("a.tif", tiff()[:1000], "is cut off|damaged TIFF header"),
        ("a.png", b"\x89PNG\r\n\x1a\n", "is not a .jpg or .tif file; export it as JPEG or TIFF"),
        ("photo", jpeg(), "is not a .jpg or .tif file"),
    ],
)
def test_names_the_fault_and_its_mend(tmp_path: Path, name: str, body: bytes, mend: str) -> None:
    fault = _fault(tmp_path, name, body)
    assert fault is not None
    assert re.search(mend, fault)


def test_leaves_out_what_nobody_takes_for_a_photo(tmp_path: Path) -> None:
    for name, body in {
        "b.jpg": jpeg(),
        "a.TIFF": tiff(),
        "LICENSE": b"text",
        "flight.MRK": b"log",
        ".DS_Store": b"x",
        "._b.jpg": b"x",
        "raw.dng": b"II*\0",
        "nameless": jpeg(),
    }.items():
        (tmp_path / name).write_bytes(body)
    (tmp_path / "more").mkdir()
    found = sort_folder(tmp_path)
    assert [path.name for path in found.photos] == ["a.TIFF", "b.jpg", "nameless", "raw.dng"]
    assert set(found.left_out) == {"LICENSE", "flight.MRK", ".DS_Store", "._b.jpg", "more"}


def test_an_empty_or_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="there is no photo in"):
        sort_folder(tmp_path)
    with pytest.raises(BadInput, match="is not a folder"):
        sort_folder(tmp_path / "nowhere")
