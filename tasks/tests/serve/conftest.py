"""A catalogue with a chain in it, served over HTTP as in the lake: one server for all tests, which only read."""

import secrets
from collections.abc import Iterator

import pytest
from chain import catalogued, detected, published, stitched, uploaded
from lake import drop_database, make_database
from servers import Minio, Postgres
from serving import FINDINGS, Served, serving

from dronelake.database import connect
from dronelake.detect.boxes import Box
from dronelake.detect.finding import Finding
from dronelake.detect.rows import Source, replace
from dronelake.keys import Flight
from dronelake.storage import Store

_HALF = 0.000_005


@pytest.fixture(scope="session")
def served(
    minio: Minio, postgres: Postgres, migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    name = f"served_{secrets.token_hex(4)}"
    make_database(postgres, name, migrated_template)
    store = Store(minio.settings)
    flight = Flight(f"dijk {secrets.token_hex(4)}", "2026-05-01 noord")
    source = uploaded(store, flight, tmp_path_factory.mktemp("photos"))
    orthophoto = stitched(store, source)
    model = published(store, f"model-{secrets.token_hex(4)}")
    detected(store, flight, orthophoto, model)
    with pytest.MonkeyPatch.context() as patch:
        for variable, value in {**minio.env, **postgres.env(name, "pipeline_catalog")}.items():
            patch.setenv(variable, value)
        catalogued(patch, source, orthophoto, "flight", "orthophoto", "results")
    origin = Source(flight.project, flight.name, orthophoto, 0.02, model.key.split("/")[0], model, model, "detection-1")
    with connect(postgres.settings(name, "pipeline_detect")) as connection:
        replace(connection, origin, [_finding(*each) for each in FINDINGS], [orthophoto] * len(FINDINGS))
    with serving(postgres, name) as url:
        yield Served(url, flight, orthophoto, model, lambda: postgres.connect(name, "catalogue_reader"))
    drop_database(postgres, name)


def _finding(name: str, score: float, position: tuple[float, float]) -> Finding:
    east, north = position
    corners = ((-1, 1), (1, 1), (1, -1), (-1, -1))
    outline = tuple((east + x * _HALF, north + y * _HALF) for x, y in corners)
    return Finding(name, score, Box(0, score, 0, 0, 1, 1), position, outline, (0.0, 0.0))
