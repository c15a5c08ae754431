"""The lineage over HTTP, by the catalogue's server and role."""

from collections.abc import Iterator

import pytest
import requests
from fastapi import HTTPException
from fastapi.routing import APIRoute
from servers import Postgres
from serving import serving

from dronelake.lineage.pgstac import readers
from dronelake.lineage.router import router
from dronelake.settings import DatabaseSettings


@pytest.fixture
def url(postgres: Postgres, database: DatabaseSettings) -> Iterator[str]:
    """The address of a server of a catalogue that has one finding and lacks its sources."""
    with postgres.connect(database.pgdatabase) as owner:
        owner.execute(
            """INSERT INTO detections.finding (project, flight, class, score, position, box, gsd_m, orthophoto_key,
              orthophoto_version, model_name, model_version, run)
            VALUES ('p', 'f', 'Muskusrat klem', 0.9, ST_SetSRID(ST_Point(5.1, 52.1), 4326),
              ST_MakeEnvelope(5.1, 52.1, 5.2, 52.2, 4326), 0.02, 'p/f/p-merged.geotiff', 'o-1', 'm', 'm-1', 'run')"""
        )
    with serving(postgres, database.pgdatabase) as address:
        yield f"{address}/lineage"


def test_it_answers_with_the_lineage_and_says_what_cannot_be_answered(url: str) -> None:
    told = requests.get(url, params={"of": "1"}, timeout=30)
    assert told.status_code == 200
    assert told.json()["subject"]["facts"]["class"] == "Muskusrat klem"
    assert told.json()["subject"]["made_of"] == [
        "s3://drone-ortho/p/f/p-merged.geotiff?versionId=o-1",
        "s3://ai-models/m/model.onnx?versionId=m-1",
    ]
    assert {node["missing"] for node in told.json()["made_of"]} == {True}
    assert len(told.json()["notes"]) == 2
    wrong: list[tuple[dict[str, str], int, str]] = [
        ({"of": "s3://elsewhere/x"}, 400, "no bucket of the lake"),
        ({"of": "s3://drone-raw/projects/p/f/1.jpg", "versionId": "x"}, 404, "it has 0 flights"),
        ({"of": "finding:7"}, 404, "1 findings (the newest is finding:1)"),
        ({}, 422, "of"),
    ]
    for query, status, why in wrong:
        answer = requests.get(url, params=query, timeout=30)
        assert (answer.status_code, why in answer.text) == (status, True), answer.text


def test_a_database_that_is_away_is_said_to_be() -> None:
    settings = {"pghost": "127.0.0.1", "pgport": 1, "pguser": "catalogue_reader", "pgpassword": "not used"}
    route = router(readers(DatabaseSettings.model_validate(settings))).routes[0]
    assert isinstance(route, APIRoute)
    with pytest.raises(HTTPException, match="does not answer") as caught:
        route.endpoint(of="1")
    assert caught.value.status_code == 503
