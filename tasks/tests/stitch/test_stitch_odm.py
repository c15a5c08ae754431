"""OpenDroneMap's command line, exit codes, and what it leaves on disk."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from georasters import picture, write_raster
from hypothesis import given
from hypothesis import strategies as st

from dronelake.errors import BadInput, LakeError, OutOfMemory
from dronelake.stitch import crs, odm
from dronelake.stitch.cog import write_cog
from dronelake.stitch.engine import Clock, Job, Options
from dronelake.stitch.gate import check

UTM = "EPSG:32631"
STATS = {
    "processing_statistics": {"area": 9001.5, "steps_times": {"Total Time": 1042.6}},
    "reconstruction_statistics": {"reconstructed_shots_count": 23, "reconstructed_points_count": 81234},
    "odm_processing_statistics": {"average_gsd": 2.6},
    "gps_errors": {"mean": {"x": 0.3, "y": 0.0, "z": 0.0}, "std": {"x": 0.4, "y": 0.2, "z": 1.0}},
}


def laid_out(work: Path, *, crs_of: str = UTM, west: float = 640_000.0, north: float = 5_772_000.0) -> Path:
    """A folder as OpenDroneMap leaves it: an RGBA raster in UTM with an empty rim, and its statistics."""
    alpha = np.zeros((1, 500, 600), np.uint8)
    alpha[:, 40:-40, 40:-40] = 255
    data = np.concatenate([picture(500, 600), alpha])
    write_raster(
        work / "flight/odm_orthophoto/odm_orthophoto.tif",
        data,
        crs=crs_of,
        west=west,
        north=north,
        gsd=0.05,
        photometric="RGB",
        alpha="YES",
        tiled=True,
        blockxsize=256,
        blockysize=256,
    )
    stats = work / "flight/odm_report/stats.json"
    stats.parent.mkdir(parents=True)
    stats.write_text(json.dumps(STATS))
    return work


def test_the_command_line_names_the_folder_and_the_project() -> None:
    assert odm.arguments(Path("/work"), ["--orthophoto-resolution", "3", "--fast-orthophoto"]) == [
        "--project-path",
        "/work",
        "--orthophoto-resolution",
        "3",
        "--fast-orthophoto",
        "flight",
    ]


@given(extra=st.lists(st.text(min_size=1).filter(lambda text: not text.startswith("--")), max_size=5))
def test_options_arrive_one_by_one_whatever_is_in_them(extra: list[str]) -> None:
    found = odm.arguments(Path("/a folder/$(x)"), extra)
    assert found == ["--project-path", "/a folder/$(x)", *extra, "flight"]


@pytest.mark.parametrize("option", ["--project-path", "--project-path=/elsewhere", "--end-with", "--skip-report"])
def test_options_that_would_hide_the_result_are_refused(option: str) -> None:
    with pytest.raises(BadInput, match=option.split("=")[0]):
        odm.arguments(Path("/work"), ["--dsm", option])


@pytest.mark.parametrize(
    ("code", "kind", "exit_code"),
    [
        (137, OutOfMemory, 137),
        (9, OutOfMemory, 137),
        (-9, OutOfMemory, 137),
        (1, BadInput, 2),
        (134, BadInput, 2),
        (139, BadInput, 2),
        (-11, BadInput, 2),
        (132, LakeError, 1),
        (3, LakeError, 1),
    ],
)
def test_an_exit_code_is_an_error_of_its_class(code: int, kind: type[LakeError], exit_code: int) -> None:
    with pytest.raises(kind, match=str(code)) as raised:
        odm.check_exit(code)
    assert raised.value.exit_code == exit_code


def test_exit_code_zero_passes() -> None:
    odm.check_exit(0)


def test_the_runner_s_note_of_the_exit_code_is_read(tmp_path: Path) -> None:
    note = tmp_path / "exitCode"
    note.write_text("137\n")
    assert odm.exit_code(note) == 137
    note.write_text("")
    with pytest.raises(LakeError, match="did that step run"):
        odm.exit_code(note)


def test_its_orthophoto_and_statistics_become_ours(tmp_path: Path) -> None:
    raw = odm.read_back(laid_out(tmp_path), photos=24)
    assert raw.report["photos"] == {"given": 24, "registered": 23}
    assert raw.report["alignment"]["rms_m"] == {"east": 0.5, "north": 0.2, "up": 1.0, "total": 1.1358}
    write_cog(raw.path, tmp_path / "cog.tif", "EPSG:28992")
    middle = crs.unproject(np.array([[640_015.0, 5_771_987.0]]), UTM)[0]
    passed = check(tmp_path / "cog.tif", "EPSG:28992", [(float(middle[0]), float(middle[1]))])
    assert passed.gsd_m == pytest.approx(0.05, rel=0.01)
    # 26 x 21 m of the 30 x 25 m show something; the warp turns them within a slightly larger frame.
    assert passed.valid_share * passed.width * passed.height * passed.gsd_m**2 == pytest.approx(26 * 21, rel=0.02)


def test_a_raster_at_the_equator_does_not_pass(tmp_path: Path) -> None:
    """What OpenDroneMap writes when no photo has a usable position."""
    raw = odm.read_back(laid_out(tmp_path, west=500_000.0, north=20.0), photos=24)
    write_cog(raw.path, tmp_path / "cog.tif", UTM)
    with pytest.raises(BadInput, match="made without real positions"):
        check(tmp_path / "cog.tif", UTM, [(5.1, 52.1)])


def test_a_run_without_orthophoto_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"left no flight/odm_orthophoto/odm_orthophoto\.tif"):
        odm.read_back(tmp_path, photos=24)


@pytest.mark.parametrize("content", ["", "[]", '{"reconstruction_statistics": {}}'])
def test_statistics_that_tell_nothing_are_an_error(tmp_path: Path, content: str) -> None:
    laid_out(tmp_path)
    (tmp_path / "flight/odm_report/stats.json").write_text(content)
    with pytest.raises(LakeError, match=r"stats\.json"):
        odm.read_back(tmp_path, photos=24)


def test_the_engine_runs_the_command_and_takes_its_exit_code(tmp_path: Path) -> None:
    script = "import json, sys; open(sys.argv[2] + '/call', 'w').write(json.dumps(sys.argv[1:])); sys.exit(137)"
    engine = odm.OdmEngine([sys.executable, "-c", script], ["--fast-orthophoto"])
    with pytest.raises(OutOfMemory, match="larger size class"):
        engine.run(Job([], tmp_path, Options(UTM)), Clock())
    called = json.loads((tmp_path / "call").read_text())
    assert called == ["--project-path", str(tmp_path), "--fast-orthophoto", "flight"]


def test_an_image_without_opendronemap_says_so(tmp_path: Path) -> None:
    with pytest.raises(LakeError, match="not in this image"):
        odm.OdmEngine(["no-such-program"], []).run(Job([], tmp_path, Options(UTM)), Clock())
