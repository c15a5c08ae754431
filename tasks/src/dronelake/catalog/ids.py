"""The ids of items: safe in addresses, the same for the same input, unique by the VersionIDs at their end."""

import hashlib
import re

from dronelake.keys import slug

_MAX_NAME = 40


def item_id(*names: str, versions: tuple[str, ...]) -> str:
    """The id of the item that has these names and was made in these versions."""
    exact = [
        version
        if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", version)
        else hashlib.sha256(version.encode()).hexdigest()
        for version in versions
    ]
    return id_prefix(*names) + "-".join(exact)


def id_prefix(*names: str) -> str:
    """What all ids of these names begin with, whatever their versions."""
    return "".join(slug(name)[:_MAX_NAME].strip("-") + "-" for name in names)
