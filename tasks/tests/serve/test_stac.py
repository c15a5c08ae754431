"""The STAC API as pystac-client sees it: searches, collections, conformance; without a network and an object store."""

from typing import Any

import pytest
import requests
from offline import assert_valid
from pystac_client import Client
from serving import OBJECT_STORE_URL, TRAP, Served

COLLECTIONS = {"ai-models", "ai-results", "drone-ortho", "drone-raw"}
HERE = [5.0999, 52.0999, 5.1011, 52.1011]


@pytest.fixture
def client(served: Served) -> Client:
    return Client.open(f"{served.url}/stac")


def _found(client: Client, **search: Any) -> set[str]:
    return {item.collection_id or "" for item in client.search(**search).items()}


def test_every_collection_and_item_is_valid_by_schemas_that_are_here(client: Client) -> None:
    collections = list(client.get_collections())
    assert {collection.id for collection in collections} == COLLECTIONS
    items = list(client.search().items())
    assert {item.collection_id for item in items} == COLLECTIONS
    for thing in [*collections, *items]:
        assert_valid(thing)


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ({"bbox": HERE}, COLLECTIONS),
        ({"bbox": [4, 50, 4.1, 50.1], "collections": ["drone-raw", "drone-ortho", "ai-results"]}, set()),
        ({"datetime": "2026-05-01/2026-05-02", "bbox": HERE}, COLLECTIONS - {"ai-models"}),
        ({"datetime": "2025-05-01/2025-05-02"}, set()),
        ({"filter": f"A_CONTAINS(\"lake:classes\", ('{TRAP}'))"}, {"ai-models", "ai-results"}),
        ({"filter": "A_CONTAINS(\"lake:classes\", ('another'))"}, set()),
        ({"filter": "gsd <= 0.02"}, {"drone-ortho", "ai-results"}),
        ({"filter": "gsd < 0.02"}, set()),
        ({"query": ["lake:findings>=1"]}, {"ai-results"}),
        ({"query": ["platform=drone"]}, {"drone-raw", "drone-ortho", "ai-results"}),
    ],
)
def test_searches_by_box_time_class_and_gsd(client: Client, search: dict[str, Any], found: set[str]) -> None:
    assert _found(client, **search) == found


def test_searches_by_project_flight_and_model(client: Client, served: Served) -> None:
    project, flight = served.flight.project, served.flight.name
    flown = {"drone-raw", "drone-ortho", "ai-results"}
    assert _found(client, filter=f"\"lake:project\" = '{project}' AND \"lake:flight\" = '{flight}'") == flown
    assert _found(client, filter=f"\"lake:flight\" = 'not {flight}'") == set()
    of_model = {"ai-models", "ai-results"}
    assert _found(client, filter=f"\"lake:model_version\" = '{served.model.version_id}'") == of_model


def test_collections_sum_up_their_items(client: Client, served: Served) -> None:
    results = client.get_collection("ai-results").summaries.to_dict()
    assert results["lake:project"] == [served.flight.project]
    assert results["lake:classes"] == [TRAP]
    assert results["lake:model_version"] == [served.model.version_id]
    assert results["gsd"] == {"minimum": 0.02, "maximum": 0.02}
    assert client.get_collection("drone-raw").summaries.to_dict()["instruments"] == ["DJI FC300S"]
    assert "eo:cloud_cover" not in results  # nobody said


def test_collections_name_what_can_be_asked_for(served: Served) -> None:
    def properties(collection: str) -> dict[str, Any]:
        url = f"{served.url}/stac/collections/{collection}/queryables"
        named: dict[str, Any] = requests.get(url, timeout=30).json()["properties"]
        return named

    assert {"lake:project", "lake:flight", "eo:cloud_cover"} <= set(properties("drone-raw"))
    wanted = {"lake:project", "lake:flight", "lake:classes", "lake:model", "gsd", "eo:cloud_cover"}
    assert wanted <= set(properties("ai-results"))
    assert properties("ai-results")["gsd"]["type"] == "number"
    assert "lake:flight" not in properties("ai-models")


def test_an_object_has_an_s3_address_and_an_https_one_of_the_same_version(client: Client, served: Served) -> None:
    (item,) = client.search(collections=["drone-ortho"]).items()
    asset = item.assets["orthophoto"]
    assert asset.href == f"s3://drone-ortho/{served.orthophoto.key}"
    path = served.orthophoto.key.replace(" ", "%20")
    wanted = f"{OBJECT_STORE_URL}/drone-ortho/{path}?versionId={served.orthophoto.version_id}"
    assert asset.extra_fields["alternate"]["https"]["href"] == wanted


def test_it_conforms_to_what_it_says(served: Served) -> None:
    landing = requests.get(f"{served.url}/stac/", timeout=30).json()
    said = landing["conformsTo"]
    assert "https://api.stacspec.org/v1.0.0/core" in said
    assert "https://api.stacspec.org/v1.0.0/item-search" in said
    assert not any("transaction" in each or each.endswith("/oas30") for each in said)
    rels = {link["rel"]: link["href"] for link in landing["links"]}
    for rel in ("self", "data", "conformance", "search", "service-desc", "service-doc"):
        assert requests.get(rels[rel], timeout=30).status_code == 200, rel
    for path, method in (("", "POST"), ("/ai-models", "PUT"), ("/ai-models", "DELETE"), ("/ai-models/items", "POST")):
        assert requests.request(method, f"{rels['data']}{path}", json={}, timeout=30).status_code == 405, (method, path)


def test_each_extension_that_it_names_does_something(served: Served) -> None:
    def ask(path: str, **parameters: str) -> dict[str, Any]:
        answer = requests.get(f"{served.url}/stac/{path}", params=parameters, timeout=30)
        assert answer.status_code == 200, answer.text
        document: dict[str, Any] = answer.json()
        return document

    said = " ".join(ask("conformance")["conformsTo"])
    for name in ("item-search#sort", "item-search#fields", "item-search#filter", "item-search#query"):
        assert name in said
    for name in ("collection-search", "collection-search#free-text", "features-filter"):
        assert name in said
    ordered = [item["id"] for item in ask("search", sortby="+id")["features"]]
    assert ordered == sorted(ordered) == [item["id"] for item in ask("search", sortby="-id")["features"]][::-1]
    assert all("assets" not in item for item in ask("search", fields="id,collection,-assets")["features"])
    assert [each["id"] for each in ask("collections", q="orthophotos")["collections"]] == ["drone-ortho"]
    elsewhere = ask("collections", bbox="-80,-20,-79,-19")["collections"]
    assert [each["id"] for each in elsewhere] == ["ai-models"]
    assert ask("collections/drone-ortho/items", filter="gsd < 0.01")["features"] == []


@pytest.mark.parametrize(
    "search",
    [
        {"filter": "pg_sleep(9) = 1"},
        {"bbox": "1,2,3"},
        {"datetime": "yesterday"},
        {"limit": "-1"},
        {"filter": "gsd >>"},
    ],
)
def test_what_is_wrong_in_a_search_is_told(served: Served, search: dict[str, str]) -> None:
    answer = requests.get(f"{served.url}/stac/search", params=search, timeout=30)
    assert answer.status_code == 400, answer.text


def test_pages_of_a_search_have_other_items(client: Client) -> None:
    identifiers = [item.id for item in client.search(limit=1).items()]
    assert len(identifiers) == len(set(identifiers)) == 4
