"""One step of the walk: what a thing was made of directly, and what was made of it directly."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from dronelake.keys import MODEL_BUCKET, ORTHO_BUCKET, RAW_BUCKET, RESULT_BUCKET
from dronelake.lineage import nodes
from dronelake.lineage.nodes import MAIN_ASSET, Kind, Node
from dronelake.lineage.reader import FindingRow, Item, Reader
from dronelake.lineage.subject import address, split_href


@dataclass(frozen=True)
class Thing:
    """A node with what it was read from."""

    node: Node
    item: Item | None = None
    row: FindingRow | None = None


def whole(item: Item) -> Thing:
    """What an item as a whole describes."""
    return Thing(nodes.of_item(item), item)


def found(row: FindingRow) -> Thing:
    return Thing(nodes.finding(row), row=row)


def sources(reader: Reader, thing: Thing) -> list[Thing]:
    """What a thing was made of directly; what is named and not in the catalogue stands as missing."""
    return _SOURCES[thing.node.kind](reader, thing)


def products(reader: Reader, thing: Thing) -> list[Thing]:
    """What was made of a thing directly, as far as the catalogue knows."""
    return _PRODUCTS[thing.node.kind](reader, thing)


def _nothing(_reader: Reader, _thing: Thing) -> list[Thing]:
    return []


def _photos(_reader: Reader, thing: Thing) -> list[Thing]:
    item = thing.item
    if item is None:
        return []
    return [Thing(nodes.photo(item, name), item) for name in sorted(item["assets"]) if name.startswith("photo-")]


def _linked(reader: Reader, item: Item | None, *collections: str) -> list[Thing]:
    """The items that an item's `derived_from` links name, of collections that its kind can be made of."""
    things = []
    for collection, identifier in _links(item) if item is not None else ():
        if collection in collections:
            there = [one for one in reader.named(identifier) if one["collection"] == collection]
            gone = Thing(nodes.missing_item(collection, identifier))
            things.append(whole(there[0]) if there else gone)
    return things


def _links(item: Item) -> Iterator[tuple[str, str]]:
    """Collection and id of each item that this one says it was made of; an API may have made the links absolute."""
    for link in item.get("links", []):
        parts = str(link.get("href", "")).rstrip("/").split("/")
        if link.get("rel") == "derived_from" and len(parts) >= 4 and (parts[-4], parts[-2]) == ("collections", "items"):
            yield parts[-3], parts[-1]


def _flights_of(reader: Reader, thing: Thing) -> list[Thing]:
    return _linked(reader, thing.item, RAW_BUCKET)


def _images_of(reader: Reader, thing: Thing) -> list[Thing]:
    """The photos and orthophotos that a dataset lists, each in its version."""
    things = []
    for image in thing.item["properties"]["lake:dataset"].get("images", []) if thing.item else ():
        href, version = str(image["href"]), str(image["version"])
        bucket, key = split_href(href) or ("", "")
        if bucket == ORTHO_BUCKET:
            things.append(_object(reader, ORTHO_BUCKET, key, version))
        elif bucket == RAW_BUCKET:
            # The manifest itself names it exactly; its flight is not asked for each of thousands.
            title = key.rsplit("/", 1)[-1]
            node = Node(id=address(href, version), kind="photo", title=title, href=href, version=version)
            things.append(Thing(node))
    return things


def _object(reader: Reader, bucket: str, key: str, version: str) -> Thing:
    """An orthophoto or a model by its object."""
    kind: Kind = MAIN_ASSET[bucket][0]
    there = reader.holding(bucket, key, version)
    return whole(there[0]) if there else Thing(nodes.missing_object(kind, f"s3://{bucket}/{key}", version))


def _dataset_of(_reader: Reader, thing: Thing) -> list[Thing]:
    node = nodes.dataset(thing.item) if thing.item is not None else None
    return [] if node is None else [Thing(node, thing.item)]


def _inputs_of(reader: Reader, thing: Thing) -> list[Thing]:
    return _linked(reader, thing.item, ORTHO_BUCKET, MODEL_BUCKET)


def _result_of(reader: Reader, thing: Thing) -> list[Thing]:
    """The result that a finding is part of; where it is not catalogued, the finding's own orthophoto and model."""
    row = thing.row
    if row is None:
        return []
    orthophoto = _object(reader, ORTHO_BUCKET, row.orthophoto_key, row.orthophoto_version)
    model = _object(reader, MODEL_BUCKET, f"{row.model_name}/model.onnx", row.model_version)
    if orthophoto.item is not None and model.item is not None:
        wanted = (MODEL_BUCKET, model.item["id"])
        for result in reader.derived_from(RESULT_BUCKET, orthophoto.item):
            if wanted in _links(result):
                return [whole(result)]
    return [orthophoto, model]


def _made_of_photo(reader: Reader, thing: Thing) -> list[Thing]:
    bucket, key = split_href(thing.node.href or "") or ("", "")
    flights = [whole(item) for item in reader.holding(bucket, key, thing.node.version)]
    return flights + _datasets_with(reader, thing)


def _datasets_with(reader: Reader, thing: Thing) -> list[Thing]:
    bucket, key = split_href(thing.node.href or "") or ("", "")
    models = reader.trained_on(bucket, key, thing.node.version or "")
    return [Thing(node, item) for item in models if (node := nodes.dataset(item)) is not None]


def _orthophotos(reader: Reader, thing: Thing) -> list[Thing]:
    return [] if thing.item is None else [whole(item) for item in reader.derived_from(ORTHO_BUCKET, thing.item)]


def _results(reader: Reader, thing: Thing) -> list[Thing]:
    return [] if thing.item is None else [whole(item) for item in reader.derived_from(RESULT_BUCKET, thing.item)]


def _results_and_datasets(reader: Reader, thing: Thing) -> list[Thing]:
    return _results(reader, thing) + _datasets_with(reader, thing)


def _models(reader: Reader, thing: Thing) -> list[Thing]:
    """The models that were trained on a dataset: one that was tried with other settings has the same."""
    bucket, key = split_href(thing.node.href or "") or ("", "")
    return [whole(item) for item in reader.holding(bucket, key, thing.node.version)]


def _findings(reader: Reader, thing: Thing) -> list[Thing]:
    inputs = {source.node.kind: source.node.version for source in _inputs_of(reader, thing)}
    orthophoto, model = inputs.get("orthophoto"), inputs.get("model")
    if orthophoto is None or model is None:
        return []
    return [found(row) for row in reader.findings(orthophoto, model)]


_Step = Callable[[Reader, Thing], list[Thing]]
_SOURCES: dict[Kind, _Step] = {
    "photo": _nothing,
    "flight": _photos,
    "orthophoto": _flights_of,
    "dataset": _images_of,
    "model": _dataset_of,
    "result": _inputs_of,
    "finding": _result_of,
}
_PRODUCTS: dict[Kind, _Step] = {
    "photo": _made_of_photo,
    "flight": _orthophotos,
    "orthophoto": _results_and_datasets,
    "dataset": _models,
    "model": _results,
    "result": _findings,
    "finding": _nothing,
}
