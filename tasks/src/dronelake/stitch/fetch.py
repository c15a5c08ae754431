"""The photos of a manifest, each in exactly the version that it lists, into a folder."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from dronelake import keys
from dronelake.errors import BadInput
from dronelake.manifest import Manifest, Photo
from dronelake.storage import Store

_CONNECTIONS = 8


def fetch_photos(store: Store, manifest: Manifest, folder: Path) -> list[tuple[Path, str]]:
    """Download all photos in parallel, checked by size and SHA-256; returns (file, owner's name) in order of key.

    A file that is there already is of the same version (its folder belongs to one manifest) and is kept. Raises one
    BadInput that names every photo that is missing or changed; Unavailable and Denied as they come.
    """
    folder.mkdir(parents=True, exist_ok=True)

    def fetch(photo: Photo) -> tuple[Path, str] | BadInput:
        target = folder / keys.local_name(photo.key)
        try:
            if not target.exists():
                store.download(
                    keys.RAW_BUCKET, photo.key, photo.version_id, target, sha256=photo.sha256, size=photo.size
                )
        except BadInput as fault:
            return fault
        return target, keys.parse_raw(photo.key).name

    with ThreadPoolExecutor(_CONNECTIONS) as pool:
        results = list(pool.map(fetch, manifest.photos))
    faults = [str(result) for result in results if isinstance(result, BadInput)]
    if faults:
        raise BadInput(
            f"{len(faults)} of {len(manifest.photos)} photos of the manifest cannot be had: {'; '.join(faults[:10])}"
            f"{' and more' if len(faults) > 10 else ''}; upload the flight again, which writes a new manifest"
        )
    return [result for result in results if not isinstance(result, BadInput)]
