"""`dronelake upload DIR --project P --flight F`: send a folder of photos as one flight, the manifest last.

Every photo is checked before the first is sent. A photo that is there with the same checksum is not sent again, so an
upload that was interrupted goes on where it stopped, and one that was complete changes nothing.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import TypeVar

from dronelake import exif, manifest
from dronelake.errors import BadInput, Denied, NotFound
from dronelake.keys import RAW_BUCKET, Flight, check_segment
from dronelake.manifest import Manifest, Photo
from dronelake.photos import fault_of, media_type, sort_folder
from dronelake.settings import RunSettings
from dronelake.storage import Store, StoredObject, file_sha256

_SENDERS = 8
_NAMED = 10

_In = TypeVar("_In")
_Out = TypeVar("_Out")


def check_folder(flight: Flight, folder: Path) -> list[Path]:
    """The photos of a folder; raises BadInput that names every file that cannot be uploaded and what mends it."""
    found = sort_folder(folder)
    for name in found.left_out:
        _say(f"leaving out {_shown(name)}: not a photo")
    faults = _at_once(lambda path: _fault(flight, path), found.photos, os.cpu_count() or 1)
    told = [f"{_shown(path.name)} {fault}" for path, fault in zip(found.photos, faults, strict=True) if fault]
    if told:
        more = f"; and {len(told) - _NAMED} more" if len(told) > _NAMED else ""
        raise BadInput(
            f"{len(told)} of {len(found.photos)} files in {str(folder)!r} cannot be uploaded, so nothing was: "
            f"{'; '.join(told[:_NAMED])}{more}"
        )
    return list(found.photos)


def upload(
    store: Store,
    flight: Flight,
    folder: Path,
    created_by: str,
    code_version: str,
    cloud_cover: float | None = None,
) -> dict[str, object]:
    """Send what is not there yet and write the manifest; returns what is printed for the caller's machine.

    `cloud_cover` is the percentage of the sky that was clouded, if anybody looked.
    """
    paths = check_folder(flight, folder)
    done = count(1)  # counting is atomic, so the threads need no lock

    def send(path: Path) -> tuple[Photo, bool]:
        photo, sent = _send(store, flight, path)
        _say(f"{next(done)}/{len(paths)} {_shown(path.name)} {'uploaded' if sent else 'was there'}")
        return photo, sent

    answers = _at_once(send, paths, _SENDERS)
    photos = tuple(sorted((photo for photo, _ in answers), key=lambda photo: photo.key))
    unplaced = [photo.key.rsplit("/", 1)[-1] for photo in photos if photo.position is None]
    if unplaced:
        names = ", ".join(_shown(name) for name in unplaced[:_NAMED])
        _say(f"{len(unplaced)} of {len(photos)} photos have no GPS position in their EXIF: {names}")
    written, is_new = _write_manifest(store, flight, photos, created_by, code_version, cloud_cover)
    _say(f"manifest {written.key} {'written' if is_new else 'was there'}, version {written.version_id}")
    return {
        "bucket": written.bucket,
        "key": written.key,
        "version_id": written.version_id,
        "photos": len(photos),
        "uploaded": sum(sent for _, sent in answers),
        "new_manifest": is_new,
    }


def _fault(flight: Flight, path: Path) -> str | None:
    try:
        flight.photo_key(path.name)
    except BadInput as error:
        return f"has a name that cannot be kept: {error}"
    try:
        return fault_of(path)
    except OSError as error:
        return f"cannot be read from disk ({error.strerror}); mend its permissions, or copy it from the card again"


def _send(store: Store, flight: Flight, path: Path) -> tuple[Photo, bool]:
    key = flight.photo_key(path.name)
    there = _there(store, key)
    same = there is not None and there.size == path.stat().st_size and there.sha256 == file_sha256(path).hex()
    stored = (
        there
        if there is not None and same
        else store.put_file(RAW_BUCKET, key, path, content_type=media_type(path.name))
    )
    facts = exif.read(path)
    photo = Photo(
        key=key,
        version_id=stored.version_id,
        size=stored.size,
        sha256=stored.sha256 or "",
        etag=stored.etag,
        captured_at=facts.captured_at,
        time_is_local=facts.time_is_local or None,
        position=facts.position,
        camera=facts.camera,
    )
    return photo, not same


def _there(store: Store, key: str) -> StoredObject | None:
    """What the key has now. An identity that may put but not list is refused for a missing key: then a put decides."""
    try:
        return store.head(RAW_BUCKET, key)
    except (NotFound, Denied):
        return None


def _write_manifest(
    store: Store,
    flight: Flight,
    photos: tuple[Photo, ...],
    created_by: str,
    code_version: str,
    cloud_cover: float | None,
) -> tuple[StoredObject, bool]:
    there = _there(store, flight.manifest_key)
    if there is not None:
        try:
            old = manifest.load(store, RAW_BUCKET, flight.manifest_key, there.version_id)
            if old.photos == photos and cloud_cover in (None, old.cloud_cover):
                return there, False
        except BadInput:
            _say(f"the manifest that is there, version {there.version_id}, cannot be read: writing a new one")
    new = Manifest(
        project=flight.project,
        flight=flight.name,
        created_at=datetime.now(UTC),
        created_by=created_by,
        code_version=code_version,
        cloud_cover=cloud_cover,
        photos=photos,
    )
    return store.put(RAW_BUCKET, flight.manifest_key, new.to_json(), content_type="application/json"), True


def _at_once(work: Callable[[_In], _Out], things: Iterable[_In], workers: int) -> list[_Out]:
    """Do the work on all things, `workers` at a time; the first failure cancels what has not begun and is raised."""
    with ThreadPoolExecutor(workers) as pool:
        futures = [pool.submit(work, thing) for thing in things]
        try:
            return [future.result() for future in futures]
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _shown(name: str) -> str:
    """A file name for a line of text: quoted, with control characters and broken bytes escaped."""
    return repr(name)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _percentage(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1
    if not 0 <= number <= 100:
        raise argparse.ArgumentTypeError(f"{text!r} is no percentage; give a number from 0 to 100")
    return number


def main(argv: list[str]) -> None:
    """Upload one flight; progress on stderr, one JSON object on stdout."""
    parser = argparse.ArgumentParser(prog="dronelake upload", description=(__doc__ or "").split("\n\n", 1)[0])
    parser.add_argument("folder", type=Path, metavar="DIR", help="the folder that holds the photos")
    parser.add_argument("--project", required=True, help="the project, such as the name of the dike")
    parser.add_argument("--flight", required=True, help="the flight's name within the project, such as its date")
    parser.add_argument(
        "--by", default="drone-operator", help="who uploads, for the manifest (default: drone-operator)"
    )
    parser.add_argument(
        "--cloud-cover", type=_percentage, metavar="PERCENT", help="how much of the sky was clouded, if you looked"
    )
    arguments = parser.parse_args(argv)
    check_segment(arguments.by, "--by")
    flight = Flight(arguments.project, arguments.flight)
    version = RunSettings.load().code_version
    answer = upload(Store.from_env(), flight, arguments.folder, arguments.by, version, arguments.cloud_cover)
    print(json.dumps(answer, ensure_ascii=False))
