"""What holds of every lineage, whatever a catalogue says; the catalogue here is generated, and some of it is wrong."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dronelake.errors import BadInput, NotFound
from dronelake.lineage.nodes import RANK, Node
from dronelake.lineage.reader import FindingRow, Item, Known
from dronelake.lineage.subject import FindingRef, ItemRef, ObjectRef, parse_subject
from dronelake.lineage.text import tree
from dronelake.lineage.walk import lineage

_ASSETS = {"drone-raw": "manifest", "drone-ortho": "orthophoto", "ai-models": "model", "ai-results": "result"}


@dataclass
class Generated:
    """A catalogue in memory."""

    items: list[dict[str, Any]] = field(default_factory=list)
    rows: list[FindingRow] = field(default_factory=list)

    def named(self, identifier: str) -> list[Item]:
        return [item for item in self.items if item["id"] == identifier]

    def holding(self, bucket: str, key: str, version: str | None) -> list[Item]:
        def holds(asset: Mapping[str, Any]) -> bool:
            return asset["href"] == f"s3://{bucket}/{key}" and version in (None, asset["version"])

        there = [item for item in self.items if item["collection"] == bucket]
        return [item for item in there if any(holds(asset) for asset in item["assets"].values())]

    def derived_from(self, collection: str, item: Item) -> list[Item]:
        link = {"rel": "derived_from", "href": f"collections/{item['collection']}/items/{item['id']}"}
        return [one for one in self.items if one["collection"] == collection and link in one["links"]]

    def trained_on(self, bucket: str, key: str, version: str) -> list[Item]:
        image = {"href": f"s3://{bucket}/{key}", "version": version}
        about = "lake:dataset"
        return [one for one in self.items if image in one["properties"].get(about, {}).get("images", [])]

    def finding(self, number: int) -> FindingRow | None:
        return next((row for row in self.rows if row.number == number), None)

    def findings(self, orthophoto_version: str, model_version: str) -> list[FindingRow]:
        wanted = (orthophoto_version, model_version)
        return [row for row in self.rows if (row.orthophoto_version, row.model_version) == wanted]

    def known(self) -> dict[str, Known]:
        return {name: Known(sum(item["collection"] == name for item in self.items), None) for name in _ASSETS}


@st.composite
def catalogues(draw: st.DrawFn) -> Generated:
    """Items of all kinds whose links lead anywhere: to each other, in circles, to themselves and to nothing."""
    names = [(name, f"{name}-{number}") for name in _ASSETS for number in range(draw(st.integers(1, 3)))]
    targets = st.sampled_from([*names, ("drone-raw", "gone"), ("drone-ortho", "gone"), ("nowhere", "gone")])
    photos = st.lists(st.sampled_from([f"s3://drone-raw/projects/p/f/{n}.jpg" for n in range(4)]), unique=True)
    places = ["drone-raw/projects/p/f/0.jpg", "drone-ortho/drone-ortho-0", "drone-ortho/gone", "elsewhere/x"]
    images = st.lists(st.sampled_from(places))
    made = Generated()
    for collection, identifier in names:
        assets = {_ASSETS[collection]: {"href": f"s3://{collection}/{identifier}", "version": "v"}}
        properties: dict[str, Any] = {"title": identifier}
        if collection == "drone-raw":
            assets |= {f"photo-{n}": {"href": href, "version": "v"} for n, href in enumerate(draw(photos))}
        if collection == "ai-models" and draw(st.booleans()):
            assets["dataset"] = {"href": f"s3://ai-models/{identifier}-dataset", "version": "v"}
            listed = [{"href": f"s3://{place}", "version": "v"} for place in draw(images)]
            properties["lake:dataset"] = {"images": listed, "generated": 0}
        links = [
            {"rel": "derived_from", "href": f"collections/{target}/items/{name}"}
            for target, name in draw(st.lists(targets, max_size=5))
        ]
        made.items.append(
            {"id": identifier, "collection": collection, "assets": assets, "properties": properties, "links": links}
        )
    for number in range(draw(st.integers(0, 3))):
        made.rows.append(FindingRow(number, "x", 0.5, (5, 52), "drone-ortho-0", "v", "m", "v", None, None, "r", "now"))
    return made


@given(catalogues(), st.data())
def test_every_lineage_ends_and_goes_from_the_made_to_what_it_was_made_of(made: Generated, data: st.DataObject) -> None:
    subjects = [item["id"] for item in made.items] + [f"finding:{row.number}" for row in made.rows]
    told = lineage(made, data.draw(st.sampled_from(subjects)))
    back = {node.id: node for node in (told.subject, *told.made_of)}
    assert len(back) == 1 + len(told.made_of), "nothing is told twice"
    for node in back.values():
        assert all(RANK[back[one].kind] < RANK[node.kind] for one in node.made_of), "and so there is no circle"
    forward = {told.subject.id, *(node.id for node in told.made_into)}
    assert all(forward & set(node.made_of) for node in told.made_into), "each is there for what it was made of"
    assert all(RANK[node.kind] > RANK[told.subject.kind] for node in told.made_into)
    for node in (told.subject, *told.made_of, *told.made_into):
        assert _is_exact(node)
        assert node.id in tree(told)


def _is_exact(node: Node) -> bool:
    """It has a version, is a row that names those of its sources, or stands as missing."""
    return node.version is not None or node.missing or (node.kind == "finding" and bool(node.made_of))


@given(catalogues(), st.data())
def test_back_and_forward_agree(made: Generated, data: st.DataObject) -> None:
    """Whatever something was made of leads forward to it, but for findings of a result that is not catalogued."""
    told = lineage(made, data.draw(st.sampled_from([item["id"] for item in made.items])))
    for node in told.made_of:
        if not node.missing and node.kind != "photo":
            assert told.subject.id in {one.id for one in lineage(made, node.id).made_into}


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("12", FindingRef(12)),
        ("finding:12", FindingRef(12)),
        (" finding 12 ", FindingRef(12)),
        ("dijk-1-4f0f", ItemRef("dijk-1-4f0f")),
        ("s3://drone-raw/projects/p/f/a?b.jpg", ObjectRef("drone-raw", "projects/p/f/a?b.jpg", None)),
        ("s3://ai-models/m/model.onnx?versionId=x-1", ObjectRef("ai-models", "m/model.onnx", "x-1")),
    ],
)
def test_a_subject_is_read_as_people_write_it(text: str, subject: object) -> None:
    assert parse_subject(text) == subject


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "give a finding's number"),
        ("../x", "give a finding's number"),
        ("https://drone-raw/x", "give a finding's number"),
        ("s3://elsewhere/x", "no bucket of the lake; there are drone-raw"),
        ("s3://drone-raw", "no bucket of the lake"),
        ("s3://drone-raw/a/../b", "lead out of its folder"),
        ("s3://drone-raw/a?versionId=", "without a version"),
    ],
)
def test_what_names_nothing_is_refused_with_what_would(text: str, told: str) -> None:
    with pytest.raises(BadInput, match=told) as caught:
        parse_subject(text)
    assert not isinstance(caught.value, NotFound)
