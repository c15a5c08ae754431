"""Photo files: which files are photos, and whether they are whole.

A photo is refused here, before anything is uploaded, rather than hours later in the stitching.
"""

import re
import struct
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from dronelake.errors import BadInput
from dronelake.keys import PHOTO_SUFFIXES

# Files that somebody takes for photos and that stitching does not read. Others in a folder, such as a licence or a
# flight log, are no photos to anybody.
_OTHER_IMAGES = frozenset(
    (".png", ".heic", ".heif", ".webp", ".gif", ".bmp", ".jp2", ".jxl", ".dng", ".arw", ".cr2", ".cr3", ".nef", ".raf")
)
_JPEG = b"\xff\xd8\xff"
_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_JPEG_START_OF_SCAN, _JPEG_END = 0xDA, 0xD9
# The next marker behind compressed data, in which 0xFF is followed by 0 or by a restart marker (ITU-T T.81, B.1.1).
_JPEG_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")


@dataclass(frozen=True)
class Sorted:
    """A folder's files: photos to check, and names that are left out because nobody takes them for photos."""

    photos: tuple[Path, ...]
    left_out: tuple[str, ...]


def sort_folder(folder: Path) -> Sorted:
    """Tell photos from the rest, by name and first bytes; raises BadInput when there is no folder or no photo in it."""
    if not folder.is_dir():
        raise BadInput(f"{str(folder)!r} is not a folder; name the folder that holds the flight's photos")
    photos, left_out = [], []
    for path in sorted(folder.iterdir(), key=lambda entry: entry.name):
        wanted = path.suffix.lower() in (*PHOTO_SUFFIXES, *_OTHER_IMAGES)
        if path.is_file() and not path.name.startswith(".") and (wanted or _head(path).startswith((_JPEG, *_TIFF))):
            photos.append(path)
        else:
            left_out.append(path.name)
    if not photos:
        raise BadInput(f"there is no photo in {str(folder)!r}; put the flight's JPEG or TIFF files directly into it")
    return Sorted(tuple(photos), tuple(left_out))


def media_type(name: str) -> str:
    """The media type of a photo by its name."""
    return "image/tiff" if name.lower().endswith((".tif", ".tiff")) else "image/jpeg"


def fault_of(path: Path) -> str | None:
    """Why a file cannot be uploaded as a photo and what mends it; None when it can."""
    suffix = path.suffix.lower()
    head = _head(path)
    if not head:
        return "is empty; copy it from the card again"
    if suffix not in PHOTO_SUFFIXES:
        return "is not a .jpg or .tif file; export it as JPEG or TIFF, or take it out of the folder"
    is_tiff = suffix in (".tif", ".tiff")
    if not head.startswith(_TIFF if is_tiff else _JPEG):
        kind = "TIFF" if is_tiff else "JPEG"
        return f"is not a {kind} inside; export it as {kind}, rename it, or take it out of the folder"
    return _tiff_fault(path) if is_tiff else _jpeg_fault(path)


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(8)


def _jpeg_fault(path: Path) -> str | None:
    again = "copy it from the card again, or take it out of the folder"
    if not _jpeg_ends(path.read_bytes()):
        return f"is cut off: the end of the image is missing; {again}"
    try:
        with Image.open(path) as image:
            image.draft("L", (image.width // 8, image.height // 8))  # all data are read, an eighth of the pixels made
            image.load()
    except (OSError, UnidentifiedImageError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        return f"cannot be read ({error}); {again}"
    return None


def _jpeg_ends(body: bytes) -> bool:
    """Whether the image has its end marker. Decoders fill what is missing with grey, so they do not tell."""
    at = 2
    while at + 4 <= len(body) and body[at] == 0xFF:
        marker = body[at + 1]
        if marker == _JPEG_END:
            return True
        if marker == 0xFF:  # a fill byte
            at += 1
            continue
        at += 2 + int.from_bytes(body[at + 2 : at + 4], "big")
        if marker == _JPEG_START_OF_SCAN:
            found = _JPEG_MARKER.search(body, at)
            if found is None:
                return False
            at = found.start()
    return body[at : at + 2] == bytes((0xFF, _JPEG_END))


def _tiff_fault(path: Path) -> str | None:
    """Whether a TIFF is complete, from its tables: Pillow reads few of the TIFFs that drones and GIS make."""
    try:
        needed = _tiff_length(path)
    except (struct.error, ValueError, KeyError):
        return "has a damaged TIFF header; export it again, or take it out of the folder"
    size = path.stat().st_size
    if size < needed:
        return f"is cut off: {needed} bytes are needed, {size} are there; copy it again, or take it out of the folder"
    return None


def _tiff_length(path: Path) -> int:
    """How long a TIFF must be to hold its first image; reads classic TIFF and BigTIFF (TIFF 6.0 section 2)."""
    sizes = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
    codes = {3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}
    with path.open("rb") as file:
        order = "<" if file.read(2) == b"II" else ">"
        big = struct.unpack(order + "H", file.read(2))[0] == 43
        offset_code, count_code, entry_size, field_size = ("Q", "Q", 20, 8) if big else ("I", "H", 12, 4)
        file.seek(8 if big else 4)
        start = struct.unpack(order + offset_code, file.read(field_size))[0]
        file.seek(start)
        count = struct.unpack(order + count_code, file.read(8 if big else 2))[0]
        if count > 4096:
            raise ValueError(count)
        entries = file.read(count * entry_size)
        tables: dict[int, tuple[int, ...]] = {}
        for index in range(count):
            entry = entries[index * entry_size : (index + 1) * entry_size]
            tag, kind = struct.unpack_from(order + "HH", entry)
            length = struct.unpack_from(order + offset_code, entry, 4)[0]
            if tag not in (273, 279, 324, 325) or kind not in codes:
                continue
            inside = entry[-field_size:]
            if length * sizes[kind] > field_size:
                file.seek(struct.unpack(order + offset_code, inside)[0])
                inside = file.read(length * sizes[kind])
            tables[tag] = struct.unpack_from(f"{order}{length}{codes[kind]}", inside)
    offsets, lengths = (324, 325) if 324 in tables else (273, 279)
    return max(at + size for at, size in zip(tables[offsets], tables[lengths], strict=True))
