"""The runs of the cluster, beside a stand-in for the Kubernetes API."""

import json

import pytest
from cluster import Cluster, template
from hypothesis import given
from hypothesis import strategies as st
from kubernetes import client
from names import SEGMENTS

from dronelake.errors import AlreadyThere, BadInput, Denied, Unavailable
from dronelake.keys import encode
from dronelake.runs import Runs, fill, run_name


def test_a_run_that_another_removed_is_gone(runs: Runs, cluster: Cluster) -> None:
    runs.delete("orthophoto-1")
    cluster.refuses = 403
    with pytest.raises(Denied, match="may not remove the run orthophoto-1"):
        runs.delete("orthophoto-1")


def test_every_page_of_runs_is_read(runs: Runs, cluster: Cluster) -> None:
    cluster.runs = {f"orthophoto-{number}": {"metadata": {"name": f"orthophoto-{number}"}} for number in range(7)}
    cluster.finish("orthophoto-3", succeeded=True)
    there = runs.all()
    assert len(there) == 7
    assert (there["orthophoto-3"].state, there["orthophoto-4"].state) == ("True", "Unknown")


@pytest.mark.parametrize(("code", "kind"), [(403, Denied), (503, Unavailable), (422, BadInput)])
def test_the_clusters_refusals_say_what_was_asked(runs: Runs, cluster: Cluster, code: int, kind: type) -> None:
    cluster.refuses = code
    with pytest.raises(kind, match=r"(cannot|may not) list the runs in namespace"):
        runs.all()


def test_a_cluster_that_does_not_answer_is_worth_another_try() -> None:
    settings = client.Configuration(host="http://127.0.0.1:1")
    settings.retries = False
    with pytest.raises(Unavailable, match="the Kubernetes API does not answer"):
        Runs("drone-pipelines", client.ApiClient(settings)).all()


def test_a_missing_template_and_a_taken_name_are_told(runs: Runs, cluster: Cluster) -> None:
    cluster.templates.clear()
    with pytest.raises(BadInput, match=r"read the TriggerTemplate orthophoto .* it is not there; `pulumi up` makes it"):
        runs.template("orthophoto")
    run = {"metadata": {"name": "orthophoto-1"}}
    runs.create(run)
    with pytest.raises(AlreadyThere):
        runs.create(run)


@given(st.lists(SEGMENTS, min_size=1, max_size=4).map("/".join), st.uuids().map(str))
def test_a_key_reaches_the_run_as_plain_text_only(key: str, version: str) -> None:
    [made] = template("orthophoto", "flight")["spec"]["resourcetemplates"]
    run = fill(made, {"flight-key": encode(key), "flight-version": version})
    params = {param["name"]: param["value"] for param in run["spec"]["params"]}
    assert params == {"flight-key": encode(key), "flight-version": version}
    assert "$" not in json.dumps(run)
    assert run["metadata"]["name"] == run_name("orthophoto", version)


def test_a_param_that_no_run_has_is_refused() -> None:
    with pytest.raises(BadInput, match="wants a param 'other' that no run has"):
        fill({"a": ["$(tt.params.other)"]}, {"flight-key": "x"})


@pytest.mark.parametrize("version", ["null", "", "UPPER", "a/b", "x" * 250, "a$(b)"])
def test_a_version_that_cannot_name_a_run_is_refused(version: str) -> None:
    with pytest.raises(BadInput, match="cannot name a run"):
        run_name("orthophoto", version)
