"""The whole step on a real object store and a real database, with a model that finds white-hot squares."""

import hashlib
import io
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import pytest
from georasters import write_raster
from lake import rows
from onnxfile import square_finder
from PIL import Image
from pyproj import Transformer
from servers import Minio

from dronelake.catalog.results import results_of
from dronelake.database import connect
from dronelake.detect.boxes import Box
from dronelake.detect.command import main
from dronelake.detect.finding import Finding, locate
from dronelake.detect.orthophoto import open_orthophoto
from dronelake.detect.publish import publish
from dronelake.detect.rows import Source, replace
from dronelake.detect.windows import Window
from dronelake.errors import BadInput, NotFound, Superseded
from dronelake.keys import MODEL_BUCKET, ORTHO_BUCKET, RESULT_BUCKET, Flight, encode
from dronelake.settings import DatabaseSettings
from dronelake.storage import Store, StoredObject

GSD, WEST, NORTH = 0.02, 119_300.0, 438_980.0
TRAP, DAMAGE = "Muskusrat klem", "Beschadiging oever"


@pytest.fixture
def database_role() -> str:
    return "pipeline_detect"


@pytest.fixture
def model(store: Store, tmp_path: Path, project: str) -> str:
    """A published model of 4 cm a pixel whose tiles are 64 pixels; its name is the test's own."""
    name = project.replace(" ", "-")
    write_model(tmp_path / "model", name)
    publish(store, tmp_path / "model", name)
    return name


def write_model(folder: Path, name: str, cell: int = 8) -> None:
    folder.mkdir(exist_ok=True)
    weights = square_finder(64, cell)
    (folder / "model.onnx").write_bytes(weights)
    card = {
        "name": name,
        "classes": [TRAP, DAMAGE],
        "gsd_m": 0.04,
        "tile_px": 64,
        "overlap_px": 16,
        "thresholds": {TRAP: 0.6, DAMAGE: 0.6},
        "onnx": {"sha256": hashlib.sha256(weights).hexdigest()},
    }
    (folder / "model.json").write_text(json.dumps(card))


def ground(*things: tuple[str, int, int], width: int = 320, height: int = 224) -> np.ndarray[Any, Any]:
    """An orthophoto's pixels (3, rows, cols): grey, with 16 px squares at the given columns and rows.

    Windows of this size begin at multiples of 96, so squares at multiples of 16 fill whole cells of the model.
    """
    data = np.full((3, height, width), 60, dtype=np.uint8)
    for name, column, row in things:
        data[:, row : row + 16, column : column + 16] = 0
        data[0 if name == TRAP else 2, row : row + 16, column : column + 16] = 255
    return data


def put_ortho(store: Store, flight: Flight, folder: Path, data: np.ndarray[Any, Any], **about: Any) -> StoredObject:
    path = write_raster(
        folder / "ortho.tif", data, west=WEST, north=NORTH, gsd=GSD, tiled=True, blockxsize=64, blockysize=64, **about
    )
    return store.put_file(ORTHO_BUCKET, flight.ortho_key(), path)


def run(monkeypatch: pytest.MonkeyPatch, ortho: StoredObject, model: str, **more: str) -> None:
    env = {"ORTHO_KEY": encode(ortho.key), "ORTHO_VERSION": ortho.version_id, "MODEL_NAME": model, **more}
    for name, value in {"CODE_VERSION": "tasks:test", "RUN_NAME": f"detection-{ortho.version_id}", **env}.items():
        monkeypatch.setenv(name, value)
    main([])


def found(database: DatabaseSettings, ortho: StoredObject) -> list[tuple[object, ...]]:
    with connect(database) as connection:
        return rows(
            connection,
            "SELECT class, ST_X(position), ST_Y(position), picture_key, picture_version FROM detections.finding "
            "WHERE orthophoto_version = %s ORDER BY class DESC, ST_X(position)",
            ortho.version_id,
        )


def middle(column: int, row: int) -> tuple[float, float]:
    """Longitude and latitude of the middle of a square."""
    lift = Transformer.from_crs("EPSG:28992", "EPSG:4326", always_xy=True)
    longitude, latitude = lift.transform(WEST + (column + 8) * GSD, NORTH - (row + 8) * GSD)
    return longitude, latitude


def test_findings_are_rows_pictures_geojson_and_a_result(
    store: Store, database: DatabaseSettings, project: str, model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flight = Flight(project, "vlucht 'één' $(x)")
    ortho = put_ortho(store, flight, tmp_path, ground((TRAP, 32, 48), (DAMAGE, 272, 176)))
    run(monkeypatch, ortho, model)

    trap, damage = found(database, ortho)
    assert trap[0] == TRAP
    assert trap[1:3] == pytest.approx(middle(32, 48), abs=1e-8)
    assert damage[0] == DAMAGE
    assert damage[1:3] == pytest.approx(middle(272, 176), abs=1e-8)

    stored, result = next(results_of(store, ortho.key, ortho.version_id))
    assert stored.key == flight.result_key("result.json")
    assert (result.findings, result.model.name, result.code_version) == (2, model, "tasks:test")
    assert result.model.version == store.head(MODEL_BUCKET, f"{model}/model.onnx").version_id
    collection = json.loads(store.read(RESULT_BUCKET, result.geojson.key, result.geojson.version))
    assert [feature["properties"]["class"] for feature in collection["features"]] == [TRAP, DAMAGE]
    assert collection["features"][0]["geometry"]["coordinates"] == pytest.approx(middle(32, 48), abs=1e-8)
    for row, picture in zip((trap, damage), result.pictures, strict=True):
        assert row[3:] == (picture.key, picture.version)
        image = Image.open(io.BytesIO(store.read(RESULT_BUCKET, picture.key, picture.version)))
        assert image.width == 640
    folder = f"{project}/{flight.name}/pictures/{ortho.version_id[:8]}-{result.model.version[:8]}"
    assert [picture.key for picture in result.pictures] == [
        f"{folder}/1-muskusrat-klem.jpg",
        f"{folder}/2-beschadiging-oever.jpg",
    ]


def test_a_rerun_replaces_and_another_orthophoto_adds(
    store: Store, database: DatabaseSettings, project: str, model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flight = Flight(project, "1")
    first = put_ortho(store, flight, tmp_path, ground((TRAP, 32, 48), (TRAP, 272, 176)))
    run(monkeypatch, first, model)
    run(monkeypatch, first, model)
    assert len(found(database, first)) == 2
    second = put_ortho(store, flight, tmp_path, ground((TRAP, 160, 112)))
    run(monkeypatch, second, model)
    assert (len(found(database, first)), len(found(database, second))) == (2, 1)
    [stored] = store.latest(RESULT_BUCKET, f"{project}/1/pictures/{second.version_id[:8]}-")
    assert [(row[3], row[4]) for row in found(database, second)] == [(stored.key, stored.version_id)]


def test_exactly_the_named_version_is_read(store: Store, minio: Minio, project: str, tmp_path: Path) -> None:
    flight = Flight(project, "1")
    old = put_ortho(store, flight, tmp_path, ground((TRAP, 32, 48)))
    put_ortho(store, flight, tmp_path, ground())
    with open_orthophoto(minio.settings, store, old) as orthophoto:
        pixels, _ = orthophoto.read(Window(32, 48, 16, 16, (True, True, True, True)), (16, 16))
    assert (pixels[0] == 255).all()


@pytest.mark.parametrize("when", ["before", "during"])
def test_a_run_on_an_orthophoto_that_was_replaced_writes_nothing(
    when: str,
    store: Store,
    database: DatabaseSettings,
    project: str,
    model: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    flight = Flight(project, "1")
    old = put_ortho(store, flight, tmp_path, ground((TRAP, 32, 48)))

    def late(*arguments: Any) -> Any:
        put_ortho(store, flight, tmp_path, ground())
        return locate(*arguments)

    if when == "before":
        put_ortho(store, flight, tmp_path, ground())
    else:
        monkeypatch.setattr("dronelake.detect.command.locate", late)
    with pytest.raises(Superseded, match=rf"version {old.version_id} was replaced by version"):
        run(monkeypatch, old, model)
    assert found(database, old) == []
    assert list(store.latest(RESULT_BUCKET, f"{project}/")) == []


def test_an_older_version_of_the_model_can_be_asked_for(
    store: Store, database: DatabaseSettings, project: str, model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = store.head(MODEL_BUCKET, f"{model}/model.onnx").version_id
    write_model(tmp_path / "other", model, cell=16)
    publish(store, tmp_path / "other", model)
    # Half of a 16 pixel cell of the newer model: its score is a quarter, the older one's is 1.
    ortho = put_ortho(store, Flight(project, "1"), tmp_path, ground((TRAP, 32, 64)))
    run(monkeypatch, ortho, model)
    assert found(database, ortho) == []
    run(monkeypatch, ortho, model, MODEL_VERSION=older)
    assert len(found(database, ortho)) == 1


def test_an_orthophoto_without_findings_has_a_result_too(
    store: Store, database: DatabaseSettings, project: str, model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ortho = put_ortho(store, Flight(project, "1"), tmp_path, ground())
    run(monkeypatch, ortho, model)
    _, result = next(results_of(store, ortho.key, ortho.version_id))
    assert (result.findings, result.pictures) == (0, [])


def test_nothing_is_found_where_the_orthophoto_is_empty(
    store: Store,
    database: DatabaseSettings,
    project: str,
    model: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    mask = np.zeros((224, 320), dtype=np.uint8)
    mask[:, :120] = 255
    ortho = put_ortho(store, Flight(project, "1"), tmp_path, ground((TRAP, 32, 48), (TRAP, 272, 176)), mask=mask)
    run(monkeypatch, ortho, model)
    assert len(found(database, ortho)) == 1
    told = capsys.readouterr().out
    assert "of which 0 are empty" not in told


def test_an_orthophoto_smaller_than_a_tile_is_read_whole(
    store: Store, database: DatabaseSettings, project: str, model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ortho = put_ortho(store, Flight(project, "1"), tmp_path, ground((TRAP, 32, 16), width=80, height=64))
    run(monkeypatch, ortho, model)
    [row] = found(database, ortho)
    assert row[1:3] == pytest.approx(middle(32, 16), abs=1e-8)


def no_tiff(folder: Path) -> Path:
    path = folder / "bad.tif"
    path.write_bytes(b"not a picture of the ground")
    return path


def no_crs(folder: Path) -> Path:
    return write_raster(folder / "bad.tif", ground(), crs=None)


def in_degrees(folder: Path) -> Path:
    return write_raster(folder / "bad.tif", ground(), crs="EPSG:4326", west=4.8, north=51.9, gsd=1e-7)


def one_band(folder: Path) -> Path:
    return write_raster(folder / "bad.tif", ground()[:1])


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (no_tiff, "is not a GeoTIFF"),
        (no_crs, "has no coordinate reference system"),
        (in_degrees, "not in metres"),
        (one_band, "red, green and blue"),
    ],
)
def test_what_is_no_orthophoto_is_refused_and_leaves_nothing(
    make: Any,
    told: str,
    store: Store,
    database: DatabaseSettings,
    project: str,
    model: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    flight = Flight(project, "1")
    ortho = store.put_file(ORTHO_BUCKET, flight.ortho_key(), make(tmp_path))
    with pytest.raises(BadInput, match=told) as caught:
        run(monkeypatch, ortho, model)
    assert ortho.version_id in str(caught.value)
    assert "X-Amz-Signature" not in str(caught.value), "the signed link is a secret"
    assert list(store.latest(RESULT_BUCKET, f"{project}/")) == []
    assert found(database, ortho) == []


def test_a_missing_orthophoto_or_model_is_named(
    store: Store, database: DatabaseSettings, project: str, model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flight = Flight(project, "1")
    ortho = put_ortho(store, flight, tmp_path, ground())
    with pytest.raises(NotFound, match="publish-model"):
        run(monkeypatch, ortho, f"{model}-none")
    with pytest.raises(NotFound, match="MODEL_VERSION"):
        run(monkeypatch, ortho, model, MODEL_VERSION="5d0b3f0c-0000-0000-0000-000000000000")
    monkeypatch.delenv("MODEL_VERSION")
    gone = StoredObject(ORTHO_BUCKET, flight.ortho_key(), "5d0b3f0c-0000-0000-0000-000000000000", 0, "")
    with pytest.raises(NotFound, match="5d0b3f0c"):
        run(monkeypatch, gone, model)


def test_runs_that_write_the_same_findings_at_once_replace_one_anothers(database: DatabaseSettings) -> None:
    place = ((5.0, 52.0), (5.1, 52.0), (5.1, 52.1), (5.0, 52.1))
    ortho, weights, shown = (
        StoredObject(bucket, "p/f/x", f"{bucket}-1", 1, "") for bucket in (ORTHO_BUCKET, MODEL_BUCKET, RESULT_BUCKET)
    )
    box = Box(0, 0.9, 0, 0, 8, 8)
    findings = [Finding(TRAP, 0.9, box, (5 + n / 1e5, 52.0), place, (0, 0)) for n in range(200)]
    together = threading.Barrier(6)

    def write(run: int) -> None:
        source = Source("p", "f", ortho, GSD, "m", weights, weights, f"run-{run}")
        with connect(database) as connection:
            together.wait(timeout=30)
            replace(connection, source, findings, [shown] * len(findings))

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(write, range(6)))
    assert len(found(database, ortho)) == len(findings)


def test_rows_stay_as_they_were_when_the_new_ones_cannot_be_written(
    store: Store,
    database: DatabaseSettings,
    project: str,
    model: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ortho = put_ortho(store, Flight(project, "1"), tmp_path, ground((TRAP, 32, 48)))
    run(monkeypatch, ortho, model)
    before = found(database, ortho)
    # The old rows are deleted in the transaction in which the new ones then fail.
    monkeypatch.setattr("dronelake.detect.rows._INSERT", "SELECT 1 / 0, " + ", ".join(["%s::bytea"] * 14))
    with pytest.raises(psycopg.Error):
        run(monkeypatch, ortho, model)
    assert found(database, ortho) == before
