"""The nodes of a lineage: one exact version of a thing each, and what is recorded of how it was made."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from dronelake.keys import MODEL_BUCKET, ORTHO_BUCKET, RAW_BUCKET, RESULT_BUCKET
from dronelake.lineage.reader import FindingRow, Item
from dronelake.lineage.subject import address

Kind = Literal["photo", "flight", "orthophoto", "dataset", "model", "result", "finding"]
RANK: dict[Kind, int] = {
    "photo": 0,
    "flight": 1,
    "orthophoto": 2,
    "dataset": 3,
    "model": 4,
    "result": 5,
    "finding": 6,
}
"""A thing is made of things of lower rank only, so no lineage has a circle."""
MAIN_ASSET: dict[str, tuple[Kind, str]] = {
    RAW_BUCKET: ("flight", "manifest"),
    ORTHO_BUCKET: ("orthophoto", "orthophoto"),
    MODEL_BUCKET: ("model", "model"),
    RESULT_BUCKET: ("result", "result"),
}
"""By collection: what an item is, and the asset whose version is the item's own."""
_MISSING = "not in the catalogue"


class Node(BaseModel):
    """One version of a thing. `id` is how to ask for it; `made_of` has the ids of what it was made from."""

    model_config = ConfigDict(frozen=True)

    id: str
    kind: Kind
    title: str
    href: str | None = None
    """Where it is in the object store, without its version."""
    version: str | None = None
    """Its VersionID; a finding, which is a row, has those of its orthophoto and model in `made_of`."""
    item: str | None = None
    """The id of the STAC item that describes it."""
    missing: bool = False
    """Something names it, and the catalogue does not have it."""
    facts: dict[str, Any] = Field(default_factory=dict)
    made_of: tuple[str, ...] = ()


def of_item(item: Item) -> Node:
    """The node of an item as a whole: a flight's manifest, an orthophoto, a model's weights, a result."""
    kind, asset = MAIN_ASSET[item["collection"]]
    return of_asset(item, asset, kind, str(item["properties"].get("title", item["id"])), _facts(item))


def of_asset(item: Item, name: str, kind: Kind, title: str, facts: dict[str, Any] | None = None) -> Node:
    """The node of one object that an item describes."""
    asset = item["assets"][name]
    href, version = str(asset["href"]), str(asset["version"])
    return Node(
        id=address(href, version),
        kind=kind,
        title=title,
        href=href,
        version=version,
        item=str(item["id"]),
        facts=facts or {},
    )


def photo(item: Item, name: str) -> Node:
    """The node of a flight's photo."""
    asset = item["assets"][name]
    checksum = asset.get("file:checksum")
    return of_asset(item, name, "photo", str(asset.get("title", name)), {"checksum": checksum} if checksum else {})


def dataset(item: Item) -> Node | None:
    """The node of what a model was trained on; None for a model that names no dataset."""
    about = item["properties"].get("lake:dataset")
    if not about or "dataset" not in item["assets"]:
        return None
    images, generated = len(about.get("images", [])), int(about.get("generated", 0))
    title = f"{images} images of the lake" if images else ""
    if generated:
        title += f"{' and ' if title else ''}{generated} generated images, each by its SHA-256 in the manifest"
    facts = {"images_of_the_lake": images, "generated_images": generated}
    return of_asset(item, "dataset", "dataset", title, facts)


def finding(row: FindingRow) -> Node:
    """The node of a finding."""
    longitude, latitude = row.position
    picture = None if row.picture_key is None else f"s3://{RESULT_BUCKET}/{row.picture_key}"
    facts = {
        "class": row.name,
        "score": row.score,
        "longitude": longitude,
        "latitude": latitude,
        "run": row.run,
        "found_at": row.found_at,
        **({"picture": address(picture, row.picture_version)} if picture else {}),
    }
    return Node(
        id=f"finding:{row.number}",
        kind="finding",
        title=f"{row.name}, score {row.score:.2f}, at {latitude:.7f}, {longitude:.7f}",
        facts=facts,
    )


def missing_item(collection: str, identifier: str) -> Node:
    """The node of an item that another names and that is not in the catalogue."""
    return Node(
        id=f"collections/{collection}/items/{identifier}",
        kind=MAIN_ASSET[collection][0],
        title=_MISSING,
        item=identifier,
        missing=True,
    )


def missing_object(kind: Kind, href: str, version: str) -> Node:
    """The node of an object version that something names and that no item describes."""
    return Node(id=address(href, version), kind=kind, title=_MISSING, href=href, version=version, missing=True)


def _facts(item: Item) -> dict[str, Any]:
    """What the item says of its making; what is not recorded is left out."""
    said = item["properties"]
    software = dict(said.get("processing:software", {}))
    facts: dict[str, Any] = {
        "created": said.get("created"),
        "code_version": software.pop("dronelake", None),
        "software": software or None,
        "images": said.get("lake:images") or None,
        "run": said.get("lake:run"),
        "by": said.get("lake:uploaded_by"),
        "model_card": said.get("lake:model_card"),
        "lineage": said.get("processing:lineage"),
    }
    if item["collection"] == MODEL_BUCKET and "card" in item["assets"]:
        facts["model_card"] = item["assets"]["card"].get("version")
    return {name: value for name, value in facts.items() if value is not None}
