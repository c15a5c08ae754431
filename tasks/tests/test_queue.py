"""`dronelake queue`: who may go, and what is done about it, beside a stand-in for the Kubernetes API."""

from datetime import UTC, datetime
from typing import Any

import pytest
from cluster import Cluster
from hypothesis import given
from hypothesis import strategies as st

from dronelake.errors import Denied, Unavailable
from dronelake.queue import Queue, in_use, main, next_runs, waiting
from dronelake.runs import FAILED, SUCCEEDED, UNFINISHED, Run, Runs

_RUNS = st.builds(
    Run,
    state=st.sampled_from([UNFINISHED, SUCCEEDED, FAILED]),
    made=st.integers(0, 5).map(lambda second: datetime.fromtimestamp(second, UTC)),
    pending=st.booleans(),
    gpus=st.integers(1, 4),
)
_ALL = st.dictionaries(st.text("abc", min_size=1, max_size=3), _RUNS, max_size=12)


def _run(made: int, gpus: int = 1, **more: Any) -> Run:
    return Run(made=datetime.fromtimestamp(made, UTC), gpus=gpus, **more)


@given(_ALL, st.integers(1, 8))
def test_never_more_gpus_in_use_than_the_quota_and_never_one_idle_that_the_next_could_have(
    runs: dict[str, Run], quota: int
) -> None:
    chosen = next_runs(runs, quota)
    used = in_use(runs) + sum(runs[name].gpus for name in chosen)
    assert used <= max(quota, in_use(runs))
    left = [name for name in waiting(runs) if name not in chosen and runs[name].gpus <= quota]
    assert not left or runs[left[0]].gpus > quota - used


@given(_ALL, st.integers(1, 8))
def test_no_run_overtakes_an_older_one(runs: dict[str, Run], quota: int) -> None:
    possible = [name for name in waiting(runs) if runs[name].gpus <= quota]
    chosen = next_runs(runs, quota)
    assert chosen == possible[: len(chosen)]
    assert [runs[name].made for name in chosen] == sorted(runs[name].made for name in chosen)


@given(st.lists(st.integers(1, 4), min_size=1, max_size=10), st.integers(4, 8))
def test_every_run_gets_its_turn(gpus: list[int], quota: int) -> None:
    runs = {f"{number:02}": _run(number, count, pending=True) for number, count in enumerate(gpus)}
    order: list[str] = []
    while waiting(runs):
        chosen = next_runs(runs, quota)
        assert chosen, "with nothing running, the oldest must go"
        order += chosen
        for name in chosen:
            runs[name] = _run(0, runs[name].gpus, state=SUCCEEDED)
    assert order == sorted(order)


def test_what_can_never_go_keeps_nobody_waiting() -> None:
    runs = {"old": _run(0, 3, pending=True), "young": _run(1, 2, pending=True)}
    assert next_runs(runs, 2) == ["young"]


def _pending(cluster: Cluster, name: str, second: int, gpus: str = "1") -> None:
    cluster.runs[name] = {
        "metadata": {
            "name": name,
            "creationTimestamp": f"2026-01-01T00:00:{second:02}Z",
            "labels": {"drone-lake/gpus": gpus},
        },
        "spec": {"status": "PipelineRunPending", "params": []},
    }


def _going(cluster: Cluster) -> list[str]:
    return sorted(name for name, run in cluster.runs.items() if "status" not in run["spec"])


def test_a_run_over_the_quota_is_held_until_another_has_ended(
    runs: Runs, cluster: Cluster, capsys: pytest.CaptureFixture[str]
) -> None:
    for second, name in enumerate(["c", "a", "b"]):
        _pending(cluster, name, second)
    queue = Queue(runs, 2)
    queue.look()
    assert _going(cluster) == ["a", "c"]
    assert capsys.readouterr().out.splitlines() == [
        "released c: 1 of 2 GPUs in use, 2 wait",
        "released a: 2 of 2 GPUs in use, 1 wait",
    ]
    queue.look()
    assert _going(cluster) == ["a", "c"]
    cluster.finish("a", succeeded=False)
    queue.look()
    assert _going(cluster) == ["a", "b", "c"]


def test_runs_without_gpus_are_neither_asked_for_nor_let_go(runs: Runs, cluster: Cluster) -> None:
    cluster.runs["by-hand"] = {"metadata": {"name": "by-hand"}, "spec": {"status": "PipelineRunPending"}}
    Queue(runs, 1).look()
    assert "status" in cluster.runs["by-hand"]["spec"]
    assert cluster.asked[0][1]["labelSelector"] == ["drone-lake/gpus"]


def test_a_run_that_needs_more_than_there_is_is_told_once(
    runs: Runs, cluster: Cluster, capsys: pytest.CaptureFixture[str]
) -> None:
    _pending(cluster, "large", 0, gpus="3")
    queue = Queue(runs, 2)
    queue.look()
    queue.look()
    [told] = capsys.readouterr().out.splitlines()
    assert told.startswith("passed over large: it needs 3 GPUs, more than the quota of 2")


def test_a_run_that_another_let_go_or_removed_is_told_and_keeps_nobody_waiting(
    runs: Runs, cluster: Cluster, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for second, name in enumerate(["gone", "going", "here"]):
        _pending(cluster, name, second)
    there = runs.with_gpus()
    monkeypatch.setattr(Runs, "with_gpus", lambda _: there)
    del cluster.runs["gone"]
    del cluster.runs["going"]["spec"]["status"]
    Queue(runs, 3).look()
    assert [line.split(":")[0] for line in capsys.readouterr().out.splitlines()] == [
        "passed over gone",
        "passed over going",
        "released here",
    ]
    assert _going(cluster) == ["going", "here"]
    cluster.refuses = 403
    with pytest.raises(Denied, match="may not release the run here"):
        runs.release("here")


def test_waits_for_a_change_that_matters(runs: Runs, cluster: Cluster) -> None:
    _pending(cluster, "a", 0)
    seen, version = runs.with_gpus()
    cluster.events = [{"type": "MODIFIED", "object": cluster.runs["a"]}]
    runs.wait(seen, version, 1)
    assert cluster.asked[-1][1]["resourceVersion"] == ["7"]
    assert cluster.asked[-1][1]["timeoutSeconds"] == ["1"]
    cluster.events = [{"type": "ERROR", "object": {"code": 410, "reason": "Expired", "message": "too old"}}]
    runs.wait(seen, version, 1)
    cluster.refuses = 503
    with pytest.raises(Unavailable, match="cannot watch the runs"):
        runs.wait(seen, version, 1)


def test_goes_on_after_the_cluster_did_not_answer(
    runs: Runs,
    cluster: Cluster,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Any,
) -> None:
    _pending(cluster, "a", 0)
    looked = tmp_path / "looked"
    monkeypatch.setenv("PIPELINES_NAMESPACE", "drone-pipelines")
    monkeypatch.setenv("GPU_QUOTA", "1")
    monkeypatch.setenv("LOOKED_FILE", str(looked))
    monkeypatch.setattr("dronelake.queue.Runs", lambda _: runs)
    monkeypatch.setattr("dronelake.queue.signal.signal", lambda *_: None)
    cluster.refuses = 503

    def mend(_: float) -> None:
        assert not looked.exists(), "a look that failed is none"
        cluster.refuses = None

    monkeypatch.setattr("dronelake.queue.time.sleep", mend)
    monkeypatch.setattr(Runs, "wait", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        main([])
    assert looked.exists()
    assert "the Kubernetes API answers 503" in capsys.readouterr().out
    assert _going(cluster) == ["a"]
