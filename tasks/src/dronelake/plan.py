"""`dronelake plan`: check a flight's manifest against the store and choose the size class of its stitching.

Reads FLIGHT_KEY (URL-encoded), FLIGHT_VERSION, SIZE_CLASSES and LEAST_CLASS, the smallest class to take; writes the
result `size-class`.
"""

import argparse
from concurrent.futures import ThreadPoolExecutor

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from dronelake.errors import BadInput, NotFound
from dronelake.keys import RAW_BUCKET, decode
from dronelake.manifest import Manifest, Photo, load
from dronelake.settings import EnvSettings, ResultSettings
from dronelake.storage import Store

_READERS = 32
_NAMED = 5


class SizeClass(BaseModel):
    """A class of stitching pods: `photos` is how many it can take at most."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$")
    photos: int = Field(gt=0)


class PlanSettings(EnvSettings):
    flight_key: str
    flight_version: str
    size_classes: str
    least_class: str | None = None


def parse_classes(text: str) -> list[SizeClass]:
    """Read SIZE_CLASSES, smallest first; raises BadInput when it is malformed, empty or names a class twice."""
    try:
        classes = TypeAdapter(list[SizeClass]).validate_json(text)
    except ValidationError as error:
        fault = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in fault["loc"])
        raise BadInput(
            f"SIZE_CLASSES is wrong at {where or 'its start'}: {fault['msg']}; it comes from config"
        ) from None
    if not classes or len({one.name for one in classes}) != len(classes):
        raise BadInput("SIZE_CLASSES must name at least one class, each once; it comes from config")
    return sorted(classes, key=lambda one: one.photos)


def choose(classes: list[SizeClass], photos: int) -> SizeClass:
    """The smallest class that takes so many photos; raises BadInput when none does."""
    fitting = [one for one in classes if one.photos >= photos]
    if not fitting:
        largest = max(classes, key=lambda one: one.photos)
        raise BadInput(
            f"the flight has {photos} photos and the largest size class, {largest.name}, takes {largest.photos}; "
            "split the flight, or add a larger class to the environment's config"
        )
    return min(fitting, key=lambda one: one.photos)


def at_least(classes: list[SizeClass], name: str) -> list[SizeClass]:
    """The classes from one on, smallest first; raises BadInput when none has that name."""
    names = [one.name for one in classes]
    if name not in names:
        raise BadInput(f"there is no size class {name!r}, there are {', '.join(names)}; correct LEAST_CLASS")
    return classes[names.index(name) :]


def check_photos(store: Store, manifest: Manifest) -> None:
    """Raise BadInput unless every listed version is in the store with the listed size."""
    with ThreadPoolExecutor(_READERS) as pool:
        faults = [fault for fault in pool.map(lambda photo: _fault(store, photo), manifest.photos) if fault]
    if faults:
        more = f"; and {len(faults) - _NAMED} more" if len(faults) > _NAMED else ""
        raise BadInput(
            f"the manifest of {manifest.place.prefix} lists {len(faults)} of {len(manifest.photos)} photos wrongly: "
            f"{'; '.join(faults[:_NAMED])}{more}; upload the flight again with `dronelake upload`"
        )


def _fault(store: Store, photo: Photo) -> str | None:
    what = f"photo {photo.key.rsplit('/', 1)[-1]!r} (key {photo.key!r}, version {photo.version_id})"
    try:
        found = store.head(RAW_BUCKET, photo.key, photo.version_id)
    except NotFound:
        return f"{what} is not in the store"
    return None if found.size == photo.size else f"{what} has {found.size} bytes, not {photo.size}"


def main(argv: list[str]) -> None:
    """Plan the run of one manifest version."""
    parser = argparse.ArgumentParser(prog="dronelake plan", description=(__doc__ or "").split("\n", 1)[0])
    parser.parse_args(argv)
    settings, results = PlanSettings.load(), ResultSettings.load()
    classes = parse_classes(settings.size_classes)
    if settings.least_class:
        classes = at_least(classes, settings.least_class)
    store = Store.from_env()
    manifest = load(store, RAW_BUCKET, decode(settings.flight_key), settings.flight_version)
    chosen = choose(classes, len(manifest.photos))
    check_photos(store, manifest)
    results.write("size-class", chosen.name)
    print(f"{manifest.place.prefix}: {len(manifest.photos)} photos, size class {chosen.name}")
