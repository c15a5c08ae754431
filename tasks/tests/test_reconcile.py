"""`dronelake reconcile` on a real store, beside a stand-in for the Kubernetes API."""

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from chain import catalogued, detected, published, stitched, uploaded
from cluster import Cluster
from pictures import jpeg
from servers import Postgres

from dronelake.database import connect, note_restored
from dronelake.errors import BadInput, Denied, Unavailable
from dronelake.keys import RAW_BUCKET, Flight, encode
from dronelake.manifest import load
from dronelake.reconcile import Reconciler, gravest, main
from dronelake.runs import Runs
from dronelake.settings import DatabaseSettings
from dronelake.storage import Store

_NOW = timedelta(seconds=0)
_LATER = timedelta(hours=1)
_KEEP = timedelta(days=14)


@pytest.fixture
def catalogue(database: DatabaseSettings) -> Iterator[psycopg.Connection]:
    with connect(database) as connection:
        yield connection


Look = Callable[..., list[str]]


@pytest.fixture
def look(
    store: Store, catalogue: psycopg.Connection, runs: Runs, flight: Flight, monkeypatch: pytest.MonkeyPatch
) -> Look:
    """One look at the flight alone, and what it tells."""

    def once(quiet: timedelta = _LATER) -> list[str]:
        monkeypatch.setattr("dronelake.reconcile._flights", lambda *_: [flight])
        looked = Reconciler(store, catalogue, runs, quiet, _KEEP, "tasks:test", ("small", "medium", "large"))
        looked.look()
        return looked.lines

    return once


def _put_by_another_client(store: Store, key: str, body: bytes) -> None:
    """A photo without the checksum that `dronelake upload` leaves."""
    store._client.put_object(Bucket=RAW_BUCKET, Key=key, Body=body)


def test_starts_what_no_event_started_once_and_as_the_event_would(
    store: Store,
    look: Look,
    cluster: Cluster,
    flight: Flight,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source = uploaded(store, flight, tmp_path / "photos")
    name = f"orthophoto-{source.version}"
    assert look() == [f"started {name} for s3://drone-raw/{flight.manifest_key}"]
    expected = json.loads(
        json.dumps(cluster.templates["orthophoto"]["spec"]["resourcetemplates"][0])
        .replace("$(tt.params.flight-key)", encode(flight.manifest_key))
        .replace("$(tt.params.flight-version)", source.version)
    )
    assert cluster.runs == {name: expected}
    assert look() == []
    orthophoto = stitched(store, source)
    assert look() == [f"started detection-{orthophoto.version_id} for {orthophoto.uri}"]
    detected(store, flight, orthophoto, published(store, "muskrat-bank"))
    catalogued(monkeypatch, source, orthophoto, "flight", "orthophoto", "results")
    cluster.runs.clear()  # finished runs are cleaned up in time; what they left tells that they were
    assert look() == []
    assert cluster.runs == {}


def test_a_failed_run_is_told_and_never_started_again(
    store: Store, look: Look, cluster: Cluster, flight: Flight, tmp_path: Path
) -> None:
    name = f"orthophoto-{uploaded(store, flight, tmp_path / 'photos').version}"
    look()
    cluster.finish(name, succeeded=False)
    before = dict(cluster.runs)
    [told] = look()
    assert told.startswith(f"left alone {name}: it failed, and there is no catalogue item of the flight, no orthophoto")
    assert told.endswith("delete it to have it tried again")
    assert cluster.runs == before


def test_a_hole_in_the_catalogue_is_told_and_filled_when_the_run_is_deleted(
    store: Store, look: Look, cluster: Cluster, flight: Flight, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = uploaded(store, flight, tmp_path / "photos")
    orthophoto = stitched(store, source)
    detected(store, flight, orthophoto, published(store, "muskrat-bank"))
    stitching, detection = f"orthophoto-{source.version}", f"detection-{orthophoto.version_id}"
    for name in (stitching, detection):
        cluster.runs[name] = {"metadata": {"name": name}}
    assert look() == []
    cluster.finish(stitching, succeeded=False)
    cluster.finish(detection, succeeded=True)
    uri = f"s3://drone-raw/{flight.manifest_key}"
    assert look() == [
        f"left alone {stitching}: it failed, and there is no catalogue item of the flight, no catalogue item of the "
        f"orthophoto for {uri}; delete it to have it tried again",
        f"left alone {detection}: it succeeded, and there is no catalogue item of the result for {orthophoto.uri}; "
        "delete it to have it tried again",
    ]
    cluster.runs.clear()
    assert look() == [f"started {stitching} for {uri}", f"started {detection} for {orthophoto.uri}"]
    for name in (stitching, detection):
        cluster.finish(name, succeeded=False)
    catalogued(monkeypatch, source, orthophoto, "flight", "orthophoto", "results")
    assert look() == []


def test_old_runs_are_removed_once_all_that_they_made_is_there_and_not_made_again(
    store: Store, look: Look, cluster: Cluster, flight: Flight, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = uploaded(store, flight, tmp_path / "photos")
    look()
    orthophoto = stitched(store, source)
    look()
    detected(store, flight, orthophoto, published(store, "muskrat-bank"))
    catalogued(monkeypatch, source, orthophoto, "flight", "orthophoto")
    stitching, detection = f"orthophoto-{source.version}", f"detection-{orthophoto.version_id}"
    cluster.runs["by-hand"] = {"metadata": {"name": "by-hand"}}
    for name in (stitching, detection, "by-hand"):
        cluster.finish(name, succeeded=True, days_ago=13)
    look()
    assert set(cluster.runs) == {stitching, detection, "by-hand"}, "too young"
    for name in (stitching, detection, "by-hand"):
        cluster.finish(name, succeeded=True, days_ago=15)
    assert any(line.startswith(f"removed {stitching}: it succeeded") for line in look())
    assert set(cluster.runs) == {detection, "by-hand"}, "its result is not in the catalogue"
    catalogued(monkeypatch, source, orthophoto, "results")
    cluster.finish(detection, succeeded=False, days_ago=15)
    assert look() == []
    cluster.finish(detection, succeeded=True, days_ago=15)
    [told] = look()
    assert told.startswith(f"removed {detection}: ")
    assert look() == []
    assert set(cluster.runs) == {"by-hand"}


def test_what_a_restore_took_away_is_made_again_once(
    store: Store,
    look: Look,
    cluster: Cluster,
    flight: Flight,
    postgres: Postgres,
    database: DatabaseSettings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source = uploaded(store, flight, tmp_path / "photos")
    orthophoto = stitched(store, source)
    detected(store, flight, orthophoto, published(store, "muskrat-bank"))
    catalogued(monkeypatch, source, orthophoto, "flight", "orthophoto")
    stitching, detection = f"orthophoto-{source.version}", f"detection-{orthophoto.version_id}"
    for name in (stitching, detection):
        cluster.runs[name] = {"metadata": {"name": name}}
        cluster.finish(name, succeeded=True, days_ago=1)
    [told] = look()
    assert told.startswith(f"left alone {detection}: it succeeded, and there is no catalogue item of the result")
    with postgres.connect() as admin:
        note_restored(admin, database.pgdatabase, datetime.now(UTC) - timedelta(hours=1), "20260101T000000Z")
    assert look() == [f"started {detection} for {orthophoto.uri}"]
    cluster.finish(detection, succeeded=True)
    [told] = look()
    assert told.startswith(f"left alone {detection}: it succeeded"), "a run after the restore is not made again"
    cluster.finish(detection, succeeded=False, days_ago=1)
    [told] = look()
    assert told.startswith(f"left alone {detection}: it failed")


def test_an_event_at_the_same_moment_makes_no_second_run(
    store: Store,
    catalogue: psycopg.Connection,
    runs: Runs,
    cluster: Cluster,
    flight: Flight,
    tmp_path: Path,
) -> None:
    name = f"orthophoto-{uploaded(store, flight, tmp_path / 'photos').version}"
    looked = Reconciler(store, catalogue, runs, _LATER, _KEEP, "tasks:test")
    looked.there = runs.all()
    cluster.runs[name] = {"metadata": {"name": name}, "from": "event"}
    looked._raw(flight)
    assert looked.lines == []
    assert cluster.runs[name]["from"] == "event"


def test_a_stitching_that_had_too_little_memory_is_tried_in_the_next_larger_class(
    store: Store, look: Look, cluster: Cluster, flight: Flight, tmp_path: Path
) -> None:
    first = f"orthophoto-{uploaded(store, flight, tmp_path / 'photos').version}"
    look()
    cluster.fail(first, "stitch-small", 137)
    manifest = f"s3://drone-raw/{flight.manifest_key}"
    assert look() == [f"started {first}-medium for {manifest}, since {first} had too little memory"]
    spec, again = cluster.runs[first]["spec"], cluster.runs[f"{first}-medium"]["spec"]
    assert again == spec | {"params": [*spec["params"], {"name": "least-class", "value": "medium"}]}
    assert look() == [], "it runs"
    cluster.fail(f"{first}-medium", "stitch-medium", 137)
    assert look() == [f"started {first}-large for {manifest}, since {first}-medium had too little memory"]
    cluster.fail(f"{first}-large", "stitch-large", 137)
    for _ in range(2):
        [told] = look()
        assert told.startswith(f"left alone {first}-large: it failed"), "there is no larger class"
    assert len(cluster.runs) == 3


@pytest.mark.parametrize(("code", "reason"), [(2, "Failed"), (137, "TaskRunTimeout"), (137, "TaskRunCancelled")])
def test_a_stitching_that_failed_otherwise_is_not_tried_in_another_class(
    store: Store, look: Look, cluster: Cluster, flight: Flight, tmp_path: Path, code: int, reason: str
) -> None:
    first = f"orthophoto-{uploaded(store, flight, tmp_path / 'photos').version}"
    look()
    cluster.fail(first, "stitch-small", code, reason)
    [told] = look()
    assert told.startswith(f"left alone {first}: it failed")
    assert set(cluster.runs) == {first}


def test_looks_at_every_flight_though_one_cannot_be_handled(
    store: Store, catalogue: psycopg.Connection, runs: Runs, cluster: Cluster, flight: Flight, tmp_path: Path
) -> None:
    good = uploaded(store, flight, tmp_path / "photos")
    cut_off, no_manifest = Flight(flight.project, "0"), Flight(flight.project, "00")
    _put_by_another_client(store, cut_off.photo_key("1.jpg"), jpeg()[:-300])
    broken = store.put(RAW_BUCKET, no_manifest.manifest_key, b"{")
    cluster.runs[f"orthophoto-{broken.version_id}"] = {"metadata": {"name": f"orthophoto-{broken.version_id}"}}
    cluster.finish(f"orthophoto-{broken.version_id}", succeeded=False)
    looked = Reconciler(store, catalogue, runs, _NOW, _KEEP, "tasks:test")
    looked.look()
    assert any(re.search(r"could not handle .*/0/: .* is cut off", line) for line in looked.lines)
    assert any(line.startswith(f"left alone orthophoto-{broken.version_id}: it failed") for line in looked.lines)
    assert f"orthophoto-{good.version}" in cluster.runs


def test_closes_a_quiet_flight_without_manifest_and_starts_it(
    store: Store, look: Look, cluster: Cluster, flight: Flight
) -> None:
    store.put(RAW_BUCKET, flight.photo_key("1 é.jpg"), jpeg(1))
    _put_by_another_client(store, flight.photo_key("2 é.jpg"), jpeg(2))
    store.put(RAW_BUCKET, flight.photo_key("LICENSE"), b"text")
    assert look() == []
    lines = look(_NOW)
    stored = store.head(RAW_BUCKET, flight.manifest_key)
    assert lines[0] == f"closed {flight.prefix}: manifest version {stored.version_id}"
    assert f"orthophoto-{stored.version_id}" in cluster.runs
    manifest = load(store, RAW_BUCKET, flight.manifest_key, stored.version_id)
    assert [photo.key for photo in manifest.photos] == [flight.photo_key("1 é.jpg"), flight.photo_key("2 é.jpg")]
    assert manifest.created_by == "reconciler"
    bodies = [store.read(RAW_BUCKET, photo.key, photo.version_id) for photo in manifest.photos]
    assert [photo.sha256 for photo in manifest.photos] == [hashlib.sha256(body).hexdigest() for body in bodies]
    assert all(photo.position and photo.captured_at for photo in manifest.photos)
    assert look(_NOW) == []


def test_a_large_flight_is_closed_last_and_does_not_keep_the_rest_waiting(
    store: Store,
    catalogue: psycopg.Connection,
    runs: Runs,
    cluster: Cluster,
    flight: Flight,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source = uploaded(store, flight, tmp_path / "photos")
    orthophoto = stitched(store, source)
    first = Flight(flight.project, "0 comes before 1")
    store.put(RAW_BUCKET, first.photo_key("1.jpg"), jpeg())
    there: list[str] = []
    monkeypatch.setattr("dronelake.reconcile.close_if_quiet", lambda *_: there.extend(cluster.runs))
    Reconciler(store, catalogue, runs, _NOW, _KEEP, "tasks:test").look()
    assert {f"orthophoto-{source.version}", f"detection-{orthophoto.version_id}"} <= set(there)


def test_what_could_not_be_handled_fails_the_look_and_is_told(
    store: Store,
    runs: Runs,
    flight: Flight,
    database: DatabaseSettings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    _put_by_another_client(store, flight.photo_key("1.jpg"), jpeg()[:-300])
    monkeypatch.setattr("dronelake.reconcile.Runs", lambda _: runs)
    monkeypatch.setattr("dronelake.reconcile.timedelta", lambda **_: _NOW)
    monkeypatch.setenv("PIPELINES_NAMESPACE", "drone-pipelines")
    monkeypatch.setenv("QUIET_MINUTES", "1")
    monkeypatch.setenv("KEEP_RUNS_DAYS", "1")
    monkeypatch.setenv("SIZE_CLASSES", '[{"name": "small", "photos": 40}]')
    with pytest.raises(BadInput):
        main([])
    told = capsys.readouterr().out
    assert re.search(rf"could not handle {re.escape(flight.prefix)}: .* is cut off", told)
    assert re.search(r"looked at \d+ flights and \d+ orthophotos", told)


def test_the_exit_code_is_of_what_a_person_has_to_mend() -> None:
    away, wrong, denied = Unavailable("away"), BadInput("wrong"), Denied("denied")
    assert gravest([]) is None
    assert gravest([away, away]) is away
    assert gravest([away, wrong]) is wrong
    assert gravest([wrong, away, denied]) is denied
