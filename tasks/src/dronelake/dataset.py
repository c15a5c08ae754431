"""The dataset manifest `dataset.json`: exactly which images a model was trained on.

It lies beside the model in `ai-models`, and the VersionID of the manifest names the whole dataset. An image is one of
the lake's own, by key and VersionID, or one that a generator made, which no bucket holds: its SHA-256 tells whether
the generator made the same one again.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import Literal

from pydantic import Field, ValidationError

from dronelake.errors import BadInput, NotFound
from dronelake.keys import ORTHO_BUCKET, RAW_BUCKET
from dronelake.records import Record
from dronelake.storage import Store

DATASET = "dataset.json"
_ASKERS = 8


class LakeImage(Record):
    """A photo or an orthophoto of the lake; what was trained on may be a window of it, which further fields tell."""

    bucket: Literal["drone-raw", "drone-ortho"]
    key: str = Field(min_length=1)
    version_id: str = Field(min_length=1)

    @property
    def href(self) -> str:
        return f"s3://{self.bucket}/{self.key}"


class GeneratedImage(Record):
    """An image that a generator made; `sha256` in hex."""

    name: str = Field(min_length=1)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class Dataset(Record):
    """What a model was trained, chosen and measured on; splits, labels and seeds are further fields."""

    format: Literal[1]
    images: tuple[LakeImage | GeneratedImage, ...] = Field(min_length=1)

    @property
    def of_lake(self) -> list[LakeImage]:
        """The photos and orthophotos of the lake, once each: many windows may be of one."""
        found = {(image.href, image.version_id): image for image in self.images if isinstance(image, LakeImage)}
        return list(found.values())

    @property
    def generated(self) -> int:
        """How many images a generator made."""
        return sum(isinstance(image, GeneratedImage) for image in self.images)


def read_dataset(body: bytes, where: str) -> Dataset:
    """Read a dataset manifest; raises BadInput naming `where` and each wrong field."""
    try:
        return Dataset.model_validate_json(body)
    except ValidationError as error:
        faults = error.errors(include_input=False, include_url=False)
        told = "; ".join(f"{'.'.join(map(str, fault['loc'])) or 'start'}: {fault['msg']}" for fault in faults[:5])
        raise BadInput(
            f"{where} is not a dataset manifest: {told}; it has `format` 1 and `images`, each with `bucket` "
            f"({RAW_BUCKET} or {ORTHO_BUCKET}), `key` and `version_id`, or, of a generator, with `name` and `sha256`"
        ) from None


def check_images(store: Store, dataset: Dataset, where: str) -> None:
    """Raise NotFound unless the lake has every version that the manifest lists."""

    def check(image: LakeImage) -> None:
        try:
            store.head(image.bucket, image.key, image.version_id)
        except NotFound as fault:
            raise NotFound(f"{where} lists an image that is not there: {fault}") from None

    with ThreadPoolExecutor(_ASKERS) as pool:
        list(pool.map(check, dataset.of_lake))
