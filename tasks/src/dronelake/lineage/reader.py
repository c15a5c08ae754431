"""What the walk asks: a few questions to a catalogue, whatever keeps it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

Item = Mapping[str, Any]
"""A STAC item as JSON."""


@dataclass(frozen=True)
class FindingRow:
    """One row of `detections.finding`; `position` is longitude and latitude in degrees of WGS 84."""

    number: int
    name: str
    score: float
    position: tuple[float, float]
    orthophoto_key: str
    orthophoto_version: str
    model_name: str
    model_version: str
    picture_key: str | None
    picture_version: str | None
    run: str
    found_at: str


@dataclass(frozen=True)
class Known:
    """How many there are, and how the newest is asked for."""

    count: int
    newest: str | None


class Reader(Protocol):
    """Reads items and findings; every list is newest first."""

    def named(self, identifier: str) -> list[Item]:
        """The items of this id, in whichever collection."""
        ...

    def holding(self, bucket: str, key: str, version: str | None) -> list[Item]:
        """The items of the bucket's collection that have this object, in this version or any, as an asset."""
        ...

    def derived_from(self, collection: str, item: Item) -> list[Item]:
        """The items of a collection that have a `derived_from` link to an item."""
        ...

    def trained_on(self, bucket: str, key: str, version: str) -> list[Item]:
        """The models whose dataset lists this version of a photo or orthophoto."""
        ...

    def finding(self, number: int) -> FindingRow | None: ...

    def findings(self, orthophoto_version: str, model_version: str) -> list[FindingRow]:
        """What one model version found on one orthophoto version, in order of number."""
        ...

    def known(self) -> dict[str, Known]:
        """What there is, by collection, and under `finding` of findings."""
        ...
