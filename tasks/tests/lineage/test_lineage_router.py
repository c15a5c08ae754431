"""The lineage over HTTP, from a real catalogue."""

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from servers import Postgres

from dronelake.lineage.pgstac import readers
from dronelake.lineage.router import router
from dronelake.settings import DatabaseSettings


@pytest.fixture
def client(postgres: Postgres, database: DatabaseSettings) -> TestClient:
    with postgres.connect(database.pgdatabase) as owner:
        owner.execute(
            """INSERT INTO detections.finding (project, flight, class, score, position, box, gsd_m, orthophoto_key,
              orthophoto_version, model_name, model_version, run)
            VALUES ('p', 'f', 'Muskusrat klem', 0.9, ST_SetSRID(ST_Point(5.1, 52.1), 4326),
              ST_MakeEnvelope(5.1, 52.1, 5.2, 52.2, 4326), 0.02, 'p/f/p-merged.geotiff', 'o-1', 'm', 'm-1', 'run')"""
        )
    app = FastAPI()
    app.include_router(router(readers(postgres.settings(database.pgdatabase, "catalog"))))
    return TestClient(app)


def test_it_answers_with_the_lineage_and_names_what_the_catalogue_lacks(client: TestClient) -> None:
    told = client.get("/lineage", params={"of": "1"})
    assert told.status_code == 200
    assert told.json()["subject"]["facts"]["class"] == "Muskusrat klem"
    assert told.json()["subject"]["made_of"] == [
        "s3://drone-ortho/p/f/p-merged.geotiff?versionId=o-1",
        "s3://ai-models/m/model.onnx?versionId=m-1",
    ]
    assert {node["missing"] for node in told.json()["made_of"]} == {True}
    assert len(told.json()["notes"]) == 2


@pytest.mark.parametrize(
    ("query", "status", "told"),
    [
        ({"of": "s3://elsewhere/x"}, 400, "no bucket of the lake"),
        ({"of": "s3://drone-raw/projects/p/f/1.jpg", "versionId": "x"}, 404, "it has 0 flights"),
        ({"of": "finding:7"}, 404, "1 findings (the newest is finding:1)"),
        ({}, 422, "of"),
    ],
)
def test_what_cannot_be_answered_says_why(client: TestClient, query: dict[str, str], status: int, told: str) -> None:
    answer = client.get("/lineage", params=query)
    assert answer.status_code == status
    assert told in answer.text


def test_a_database_that_is_away_is_said_to_be() -> None:
    away = DatabaseSettings.model_validate(
        {"pghost": "127.0.0.1", "pgport": 1, "pguser": "catalog", "pgpassword": "not used"}
    )
    app = FastAPI()
    app.include_router(router(readers(away)))
    answer = TestClient(app).get("/lineage", params={"of": "1"})
    assert answer.status_code == 503
    assert "does not answer" in answer.text
