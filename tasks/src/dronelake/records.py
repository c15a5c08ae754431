"""What steps leave for one another as JSON: the stitching's report, a model's card, a detection's result.

Each is written with more than is listed here; these are the fields that others rely on, checked when they are read.
"""

from pathlib import PurePosixPath
from typing import Any, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from dronelake.errors import BadInput
from dronelake.keys import ORTHO_BUCKET, Flight
from dronelake.storage import Store, StoredObject


class Record(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True, protected_namespaces=())


_Record = TypeVar("_Record", bound=Record)


class PhotoCount(Record):
    given: int = Field(gt=0)
    registered: int = Field(ge=0)


class StitchReport(Record):
    """`report.json`: `bounds` w, s, e, n in `crs`; `footprint` GeoJSON in EPSG:4326; `size_px` width, height."""

    engine: str
    photos: PhotoCount
    crs: str = Field(pattern=r"^EPSG:\d+$")
    gsd_m: float = Field(gt=0)
    bounds: tuple[float, float, float, float]
    footprint: dict[str, Any]
    size_px: tuple[int, int] | None = None
    alignment: dict[str, Any] | None = None
    images: dict[str, str] = Field(default_factory=dict)
    """The images that made it, by what ran in them."""
    settings: dict[str, Any] | None = None
    """What the stitching was told; none in a report of before they were recorded."""


class ObjectVersion(Record):
    key: str = Field(min_length=1)
    version: str = Field(min_length=1)


class ModelVersion(Record):
    """The weights' version, and the version of the card whose thresholds the run went by, where it was recorded."""

    name: str = Field(min_length=1)
    version: str = Field(min_length=1)
    card: ObjectVersion | None = None


class DetectionResult(Record):
    """`result.json`: which orthophoto and model gave what; `finished_at` is when."""

    project: str
    flight: str
    orthophoto: ObjectVersion
    model: ModelVersion
    findings: int = Field(ge=0)
    classes: dict[str, int] = Field(default_factory=dict)
    """How many of each class."""
    geojson: ObjectVersion
    pictures: list[ObjectVersion] = Field(default_factory=list)
    finished_at: AwareDatetime
    code_version: str = "unknown"
    run: str = "by-hand"
    images: dict[str, str] = Field(default_factory=dict)
    settings: dict[str, Any] = Field(default_factory=dict)


class TrainedOn(Record):
    """The dataset manifest that a model was trained on: its SHA-256 and, once it is published, its VersionID."""

    manifest_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    version: str | None = None


class PublishedWeights(Record):
    """The ONNX file that a card belongs to, by its VersionID."""

    version: str = Field(min_length=1)


class ModelCard(Record):
    """`model.json`: what a model finds, at which ground sampling distance, in tiles of how many pixels."""

    name: str
    classes: list[str] = Field(min_length=1)
    gsd_m: float = Field(gt=0)
    tile_px: int = Field(gt=0)
    architecture: str = "YOLOv8n"
    dataset: TrainedOn | None = None
    training: dict[str, Any] = Field(default_factory=dict)


class PublishedCard(ModelCard):
    """A card as it is in `ai-models`, beside the weights that it names."""

    onnx: PublishedWeights


def parse(kind: type[_Record], body: bytes, stored: StoredObject) -> _Record:
    """Read a record; raises BadInput naming the object and each wrong field."""
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        faults = error.errors(include_input=False, include_url=False)[:5]
        told = "; ".join(
            f"{'.'.join(str(part) for part in fault['loc']) or 'start'}: {fault['msg']}" for fault in faults
        )
        name = PurePosixPath(stored.key).name
        raise BadInput(
            f"{stored.uri} version {stored.version_id} is not a {name} that can be catalogued: {told}"
        ) from None


def report_of(store: Store, orthophoto: StoredObject, flight: Flight) -> tuple[StoredObject, StitchReport]:
    """The report that was written with an orthophoto: the newest before it that names the same manifest version.

    Raises BadInput when there is none.
    """
    key = flight.report_key()
    wanted = orthophoto.metadata.get("flight-version")
    for found in store.versions(ORTHO_BUCKET, key):
        if found.key != key or (
            found.modified and orthophoto.modified and found.modified.replace(microsecond=0) > orthophoto.modified
        ):
            continue
        stored = store.head(ORTHO_BUCKET, key, found.version_id)
        if stored.metadata.get("flight-version", wanted) == wanted:
            return stored, parse(StitchReport, store.read(ORTHO_BUCKET, key, found.version_id), stored)
    raise BadInput(
        f"{orthophoto.uri} version {orthophoto.version_id} has no {key} beside it; stitch the flight again, "
        "which writes the report before the orthophoto"
    )


def newest_report(store: Store, flight: Flight, flight_version: str) -> StitchReport | None:
    """The report of the last stitching of one manifest version; None when there was none yet."""
    key = flight.report_key()
    for found in store.versions(ORTHO_BUCKET, key):
        if found.key == key:
            stored = store.head(ORTHO_BUCKET, key, found.version_id)
            if stored.metadata.get("flight-version") == flight_version:
                return parse(StitchReport, store.read(ORTHO_BUCKET, key, found.version_id), stored)
    return None
