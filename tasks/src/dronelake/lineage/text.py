"""A lineage for people: a tree of what a thing was made of, and one of what was made of it."""

from collections.abc import Callable, Iterator

from dronelake.lineage.nodes import Node
from dronelake.lineage.walk import Lineage

_Below = Callable[[Node], list[Node]]


def tree(told: Lineage) -> str:
    """All lines, every node with its version; one that stands in several places is unfolded at the first."""
    back = {node.id: node for node in told.made_of}

    def made_of(node: Node) -> list[Node]:
        return [back[one] for one in node.made_of if one in back]

    def made_into(node: Node) -> list[Node]:
        return [one for one in told.made_into if node.id in one.made_of]

    lines = _label(told.subject)
    sections: list[tuple[str, _Below]] = [("made of", made_of), ("made into", made_into)]
    for heading, below in sections:
        branches = list(_branches(told.subject, below, "", {told.subject.id}))
        lines += ["", heading if branches else f"{heading}: nothing", *branches]
    if told.notes:
        lines += ["", *(f"note: {note}" for note in told.notes)]
    return "\n".join(lines)


def _branches(node: Node, below: _Below, indent: str, seen: set[str]) -> Iterator[str]:
    children = below(node)
    for number, child in enumerate(children, start=1):
        last = number == len(children)
        first, *rest = _label(child)
        inner = indent + ("   " if last else "│  ")
        again = child.id in seen
        yield f"{indent}{'└─' if last else '├─'} {first}{' (above)' if again else ''}"
        if again:
            continue
        seen.add(child.id)
        yield from (f"{inner}   {line}" for line in rest)
        yield from _branches(child, below, inner, seen)


def _label(node: Node) -> list[str]:
    """A node's line, and below it what is recorded of its making."""
    if node.kind == "photo":
        return [f"photo {node.id}"]
    facts = node.facts
    lines = [f"{node.kind} {node.title}", node.id]
    if "code_version" in facts:
        lines.append(f"code {facts['code_version']}")
    lines += [f"{name} {version}" for name, version in facts.get("software", {}).items()]
    lines += [f"image of {name}: {image}" for name, image in facts.get("images", {}).items()]
    told = {"run": "run", "created": "made", "by": "uploaded by", "model_card": "card of the model, version"}
    lines += [f"{words} {facts[name]}" for name, words in told.items() if name in facts]
    return lines
