"""The one address of the catalogue service: what is below it, and whether it is well."""

from typing import Any

import requests
from pystac_client import Client
from serving import Served


def _get(url: str) -> Any:
    answer = requests.get(url, timeout=30)
    answer.raise_for_status()
    return answer.json()


def test_the_entrance_says_where_everything_is(served: Served) -> None:
    entrance = _get(served.url)
    assert entrance == {
        "stac": f"{served.url}/stac/",
        "features": f"{served.url}/features/",
        "lineage": f"{served.url}/lineage",
    }
    assert _get(entrance["stac"])["id"] == "drone-data-lake"
    assert _get(entrance["features"])["title"] == "Drone data lake: findings"
    lineage = _get(f"{entrance['lineage']}?of={served.orthophoto.uri}")
    assert lineage["subject"]["version"] == served.orthophoto.version_id
    assert _get(f"{served.url}/readyz") == {"status": "ready"}


def test_every_link_of_the_chain_can_be_followed(served: Served) -> None:
    client = Client.open(f"{served.url}/stac")
    items = {item.collection_id: item for item in client.search(max_items=10).items()}
    assert set(items) == {"ai-models", "ai-results", "drone-ortho", "drone-raw"}
    hrefs = [link.href for item in items.values() for link in item.get_links("derived_from")]
    assert sorted(_get(href)["collection"] for href in hrefs) == ["ai-models", "drone-ortho", "drone-raw"]
