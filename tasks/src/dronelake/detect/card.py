"""`model.json`: what detection needs to know of a model."""

from typing import Annotated, Any

from pydantic import Field, ValidationError, model_validator

from dronelake.errors import BadInput
from dronelake.records import ModelCard, Record
from dronelake.storage import StoredObject

Share = Annotated[float, Field(gt=0, lt=1)]


class Weights(Record):
    """The ONNX file that the card belongs to; `version` is its VersionID, known once it is published."""

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    version: str | None = None


class DetectionCard(ModelCard):
    """The card with what a run needs; it carries metrics, arguments and the dataset too, for people.

    `thresholds` has the least score of each class; `overlap_px`, in tile pixels, is more than the longest thing.
    """

    thresholds: dict[str, Share]
    overlap_px: int = Field(gt=0)
    onnx: Weights

    @model_validator(mode="after")
    def _agree(self) -> "DetectionCard":
        if set(self.thresholds) != set(self.classes):
            raise ValueError("thresholds must name the same classes as classes")
        if self.overlap_px >= self.tile_px:
            raise ValueError("overlap_px must be less than tile_px")
        return self

    @property
    def least(self) -> tuple[float, ...]:
        """The thresholds in the order of the classes."""
        return tuple(self.thresholds[name] for name in self.classes)

    def published(self, weights: str, dataset: StoredObject | None) -> dict[str, Any]:
        """The card as JSON takes it, with the VersionIDs of the weights and, where there is one, of the dataset."""
        card = {**self.model_dump(exclude_unset=True), "onnx": {**self.onnx.model_dump(), "version": weights}}
        if dataset is not None:
            about = self.dataset.model_dump() if self.dataset else {"manifest_sha256": dataset.sha256}
            card["dataset"] = {**about, "version": dataset.version_id}
        return card


def read_card(body: bytes, where: str) -> DetectionCard:
    """Read a card; raises BadInput naming `where` and each wrong field."""
    try:
        return DetectionCard.model_validate_json(body)
    except ValidationError as error:
        told = "; ".join(
            f"{'.'.join(str(part) for part in fault['loc']) or 'the whole'}: {fault['msg']}"
            for fault in error.errors(include_input=False, include_url=False)
        )
        raise BadInput(f"{where} does not describe a detection model: {told}; correct it and publish again") from None
