"""From one thing back to all that it was made of, and forward to all that was made of it."""

from collections import deque

from pydantic import BaseModel, ConfigDict

from dronelake.errors import BadInput, NotFound
from dronelake.keys import RESULT_BUCKET
from dronelake.lineage import nodes
from dronelake.lineage.nodes import Node
from dronelake.lineage.reader import Item, Reader
from dronelake.lineage.sources import Thing, found, products, sources, whole
from dronelake.lineage.subject import FORMS, FindingRef, ItemRef, ObjectRef, Subject, address, parse_subject

_PEOPLE_CALL = {
    "drone-raw": "flights",
    "drone-ortho": "orthophotos",
    "ai-models": "models",
    "ai-results": "results",
    "finding": "findings",
}


class Lineage(BaseModel):
    """The lineage of one thing, nearest first; every id but those of missing nodes can be asked for in its turn.

    The nodes of `made_of` name all of their own sources. Those of `made_into` do so too, except that a flight and a
    dataset name only the images through which they were reached.
    """

    model_config = ConfigDict(frozen=True)

    subject: Node
    made_of: list[Node]
    made_into: list[Node]
    notes: list[str]
    """What a reader might take for granted wrongly."""


def lineage(reader: Reader, text: str) -> Lineage:
    """Tell the lineage of what `text` names; raises BadInput for no name, NotFound telling what there is instead."""
    subject = parse_subject(text)
    thing = resolve(reader, subject)
    root, ancestors = _back(reader, thing)
    descendants = _forward(reader, thing)
    return Lineage(
        subject=root,
        made_of=ancestors,
        made_into=descendants,
        notes=_notes(subject, root, [*ancestors, *descendants]),
    )


def resolve(reader: Reader, subject: Subject) -> Thing:
    """The one thing that a subject names."""
    match subject:
        case FindingRef(number):
            row = reader.finding(number)
            if row is None:
                raise _unknown(reader, subject)
            return found(row)
        case ItemRef(identifier):
            items = reader.named(identifier)
            if not items:
                raise _unknown(reader, subject)
            if len(items) > 1:
                there = ", ".join(nodes.of_item(item).id for item in items)
                raise BadInput(f"{identifier} is the id of several items; ask for one of {there}")
            return whole(items[0])
        case ObjectRef():
            return _object(reader, subject)


def _object(reader: Reader, subject: ObjectRef) -> Thing:
    items = reader.holding(subject.bucket, subject.key, subject.version)
    if not items:
        others = reader.holding(subject.bucket, subject.key, None) if subject.version else []
        if others:
            versions = ", ".join(dict.fromkeys(str(_asset(item, subject)[1]["version"]) for item in others))
            raise NotFound(f"the catalogue has no version {subject.version} of {subject.key}; it has {versions}")
        raise _unknown(reader, subject)
    item = items[0]
    name, asset = _asset(item, subject)
    if name.startswith("photo-"):
        return Thing(nodes.photo(item, name), item)
    if name == "dataset":
        node = nodes.dataset(item)
        return whole(item) if node is None else Thing(node, item)
    if subject.bucket == RESULT_BUCKET and name.startswith("picture-"):
        shown = address(str(asset["href"]), str(asset["version"]))
        findings = products(reader, whole(item))
        return next((one for one in findings if one.node.facts.get("picture") == shown), whole(item))
    return whole(item)


def _asset(item: Item, subject: ObjectRef) -> tuple[str, dict[str, object]]:
    """Name and content of the asset that an item has of an object."""
    href = f"s3://{subject.bucket}/{subject.key}"
    return next((name, asset) for name, asset in item["assets"].items() if asset["href"] == href)


def _back(reader: Reader, start: Thing) -> tuple[Node, list[Node]]:
    """The start and all that it was made of, each with its own sources, in the order of the distance."""
    known: dict[str, Node] = {}
    queue = deque([start])
    while queue:
        thing = queue.popleft()
        if thing.node.id in known:
            continue
        beneath = sources(reader, thing)
        known[thing.node.id] = _made_of(thing.node, [one.node.id for one in beneath])
        queue.extend(beneath)
    root, *others = known.values()
    return root, others


def _forward(reader: Reader, start: Thing) -> list[Node]:
    """All that was made of the start, in the order of the distance."""
    known: dict[str, Node] = {}
    queue = deque([start])
    while queue:
        thing = queue.popleft()
        for product in products(reader, thing):
            identifier = product.node.id
            if identifier not in known:
                known[identifier] = _made_of(product.node, _others(reader, product))
                queue.append(product)
            known[identifier] = _made_of(known[identifier], [thing.node.id])
    return list(known.values())


def _others(reader: Reader, product: Thing) -> list[str]:
    """All sources of a product but for images, of which there may be thousands, and of a finding, whose is known."""
    if product.node.kind in ("flight", "dataset", "finding"):
        return []
    return [one.node.id for one in sources(reader, product)]


def _made_of(node: Node, identifiers: list[str]) -> Node:
    return node.model_copy(update={"made_of": tuple(dict.fromkeys((*node.made_of, *identifiers)))})


def _notes(subject: Subject, root: Node, others: list[Node]) -> list[str]:
    notes = []
    if isinstance(subject, ObjectRef) and subject.version is None:
        notes.append(f"no version was given: this is the newest that the catalogue has, {root.id}")
    notes += [
        f"{node.id}: nothing is recorded of what it was trained on; it was published without dataset.json"
        for node in (root, *others)
        if node.kind == "model" and not node.made_of and not node.missing
    ]
    notes += [f"{node.item or node.id}: named as a source, and not in the catalogue" for node in others if node.missing]
    return notes


def _unknown(reader: Reader, subject: Subject) -> NotFound:
    told = [
        f"{known.count} {_PEOPLE_CALL[name]}" + (f" (the newest is {known.newest})" if known.newest else "")
        for name, known in reader.known().items()
    ]
    return NotFound(f"the catalogue has no {subject}; it has {', '.join(told)}. Give {FORMS}")
