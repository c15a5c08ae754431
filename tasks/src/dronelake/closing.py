"""Closing a flight whose uploader never wrote the manifest: when it has been quiet for a while, it is complete."""

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dronelake import exif
from dronelake.errors import AlreadyThere, BadInput
from dronelake.keys import MANIFEST_NAME, PHOTO_SUFFIXES, RAW_BUCKET, Flight, local_name, parse_raw
from dronelake.manifest import Manifest, Photo
from dronelake.photos import fault_of
from dronelake.storage import Store, StoredObject, file_sha256


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
    manifest = Manifest(
        project=flight.project,
        flight=flight.name,
        created_at=datetime.now(UTC),
        created_by="reconciler",
        code_version=code_version,
        photos=tuple(_describe(store, one) for one in sorted(photos, key=lambda one: one.key)),
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
    """Read one photo once, for its checksum, its EXIF and whether it is whole."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / local_name(stored.key)
        store.download(stored.bucket, stored.key, stored.version_id, path, size=stored.size)
        fault = fault_of(path)
        if fault:
            raise BadInput(f"{stored.uri} {fault}; upload it again, and the flight is closed at the next look")
        facts = exif.read(path)
        return Photo(
            key=stored.key,
            version_id=stored.version_id,
            size=stored.size,
            sha256=file_sha256(path).hex(),
            etag=stored.etag,
            captured_at=facts.captured_at,
            position=facts.position,
            camera=facts.camera,
        )
