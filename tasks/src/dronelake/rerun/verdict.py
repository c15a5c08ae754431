"""What a comparison says: identical, within the bound that docs/lineage.md explains, or different."""

from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True)
class Verdict:
    """`figures` is what was measured; `faults` is what is beyond the bound, and by how much."""

    identical: bool
    figures: dict[str, Any] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    @property
    def word(self) -> Literal["identical", "within the bound", "different"]:
        if self.faults:
            return "different"
        return "identical" if self.identical else "within the bound"
