"""Closing a flight whose uploader never wrote the manifest: when it has been quiet for a while, it is complete."""

import re
import tempfile
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dronelake import exif
from dronelake.errors import AlreadyThere, BadInput
from dronelake.keys import MANIFEST_NAME, PHOTO_SUFFIXES, RAW_BUCKET, Flight, local_name, parse_raw
from dronelake.manifest import Manifest, Photo
from dronelake.photos import fault_of
from dronelake.storage import Store, StoredObject, file_sha256

_READERS = 8
_SHA256 = re.compile("[0-9a-f]{64}")
# JPEG has its EXIF in front, in a segment of at most 64 KiB; TIFF may have it anywhere.
_HEADED = (".jpg", ".jpeg")
_HEAD_BYTES = 256 << 10


def close_if_quiet(store: Store, flight: Flight, quiet: timedelta, code_version: str) -> StoredObject | None:
    """Write the manifest of a flight that has none and where nothing has changed for `quiet`; None when it is not time.

    A flight that ever had a manifest, also one that was deleted, is its uploader's business. Never overwrites: an
    uploader who writes the manifest at the same moment wins. Raises BadInput naming a photo that is not whole.
    """
    found = list(store.versions(RAW_BUCKET, flight.prefix))
    if any(one.key == flight.manifest_key for one in found):
        return None
    photos = [one for one in found if one.is_latest and _is_photo(one.key)]
    moments = [one.modified for one in found if one.modified]
    if not photos or not moments or datetime.now(UTC) - max(moments) < quiet:
        return None
    with ThreadPoolExecutor(_READERS) as pool:
        described = list(pool.map(lambda one: _describe(store, one), sorted(photos, key=lambda one: one.key)))
    manifest = Manifest(
        project=flight.project,
        flight=flight.name,
        created_at=datetime.now(UTC),
        created_by="reconciler",
        code_version=code_version,
        photos=tuple(described),
    )
    try:
        body = manifest.to_json()
        return store.put(RAW_BUCKET, flight.manifest_key, body, content_type="application/json", only_new=True)
    except AlreadyThere:
        return None


def _is_photo(key: str) -> bool:
    try:
        name = parse_raw(key).name
    except BadInput:
        return False
    return name != MANIFEST_NAME and name.lower().endswith(PHOTO_SUFFIXES)


def _describe(store: Store, stored: StoredObject) -> Photo:
    """Read one photo, once: for its EXIF and, where its uploader left no checksum, whether it is whole."""
    known = store.head(stored.bucket, stored.key, stored.version_id).sha256
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / local_name(stored.key)
        if known and _SHA256.fullmatch(known) and path.suffix.lower() in _HEADED:
            # `dronelake upload` sent it, which checks a photo before, and the store compared the checksum.
            path.write_bytes(store.read(stored.bucket, stored.key, stored.version_id, first=_HEAD_BYTES))
            sha256 = known
        else:
            store.download(stored.bucket, stored.key, stored.version_id, path, size=stored.size)
            fault = fault_of(path)
            if fault:
                raise BadInput(f"{stored.uri} {fault}; upload it again, and the flight is closed at the next look")
            sha256 = file_sha256(path).hex()
        facts = exif.read(path)
    return Photo(
        key=stored.key,
        version_id=stored.version_id,
        size=stored.size,
        sha256=sha256,
        etag=stored.etag,
        captured_at=facts.captured_at,
        time_is_local=facts.time_is_local or None,
        position=facts.position,
        camera=facts.camera,
    )
