"""What a photo says of itself: its size, where the camera was, which way it looked, how long its lens is.

Beside the position that the manifest keeps too, EXIF gives the focal length, and DJI's XMP block the gimbal's angles
and, from RTK drones, the accuracy.
"""

import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import ExifTags, Image, UnidentifiedImageError

from dronelake import exif
from dronelake.errors import BadInput
from dronelake.photos import fault_of

Image.MAX_IMAGE_PIXELS = 400_000_000  # a 151 Mpx camera exists; a bomb of a file is larger

_XMP_SPAN = 1 << 18  # DJI writes the block within the first segments
_XMP_VALUE = r'drone-dji:{name}(?:="|>)\s*([+-]?\d+(?:\.\d+)?)'
_FULL_FRAME_WIDTH_MM = 36.0


@dataclass(frozen=True)
class Photo:
    """One photo on disk; `name` is what its owner calls it."""

    path: Path
    name: str
    width: int
    height: int
    camera: str
    focal_px: float | None = None
    """Focal length in pixels of the full photo, as far as the EXIF tells."""
    position: tuple[float, float] | None = None
    """(lon, lat) of the camera in degrees of WGS 84."""
    altitude: float | None = None
    """EXIF height of the camera in metres, in whatever vertical datum the drone used."""
    view: tuple[float, float, float] | None = None
    """Unit vector (east, north, up) along which the camera looked, from the gimbal's angles."""
    accuracy: tuple[float, float] | None = None
    """Standard deviation (horizontal, vertical) of the position in metres, where the drone tells it (RTK)."""

    @property
    def located(self) -> bool:
        return self.position is not None and self.altitude is not None


def read_photos(paths: Sequence[tuple[Path, str]]) -> list[Photo]:
    """Read and check (path, owner's name) pairs; raises one BadInput that names every photo that is broken."""
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(_read_or_fault, paths))
    faults = [result for result in results if isinstance(result, str)]
    if faults:
        raise BadInput(
            f"{len(faults)} of {len(paths)} photos cannot be read: {'; '.join(faults[:10])}"
            f"{' and more' if len(faults) > 10 else ''}; copy them from the drone's card again and upload the flight"
        )
    return [result for result in results if isinstance(result, Photo)]


def check_flight(photos: Sequence[Photo]) -> None:
    """Raise BadInput unless there are photos and positions enough to place a flight; some without GPS may go along."""
    if len(photos) < 3:
        raise BadInput(
            f"the flight has {len(photos)} {'photo' if len(photos) == 1 else 'photos'} and an orthophoto needs at "
            "least 3 that overlap; upload the whole flight"
        )
    without = [photo.name for photo in photos if not photo.located]
    if len(photos) - len(without) < 3:
        named = ", ".join(without[:10]) + (" and more" if len(without) > 10 else "")
        raise BadInput(
            f"{len(without)} of {len(photos)} photos have no usable GPS position and height in their EXIF ({named}), "
            "and at least 3 photos with them are needed to place the flight; switch geotagging on and fly again, "
            "or write the positions into the EXIF"
        )


def _read_or_fault(item: tuple[Path, str]) -> Photo | str:
    path, name = item
    fault = fault_of(path)
    if fault:
        return f"{name} {fault}"
    try:
        return read_photo(path, name)
    except (OSError, UnidentifiedImageError, SyntaxError, ValueError) as error:
        return f"{name} cannot be read ({error})"


def read_photo(path: Path, name: str) -> Photo:
    """Read what one whole photo says of itself; raises OSError when it is no photo."""
    with Image.open(path) as image:
        width, height = image.size
        tags = image.getexif().get_ifd(ExifTags.IFD.Exif)
    detail = {ExifTags.TAGS.get(tag, str(tag)): value for tag, value in tags.items()}
    facts = exif.read(path)
    xmp = _dji_values(path)
    return Photo(
        path=path,
        name=name,
        width=width,
        height=height,
        camera=facts.camera or "unknown",
        focal_px=_focal_px(detail, width, height),
        position=(facts.position.lon, facts.position.lat) if facts.position else None,
        altitude=facts.position.alt if facts.position else None,
        view=view_vector(xmp["GimbalYawDegree"], xmp["GimbalPitchDegree"])
        if {"GimbalYawDegree", "GimbalPitchDegree"} <= xmp.keys()
        else None,
        accuracy=_accuracy(xmp),
    )


def view_vector(yaw_deg: float, pitch_deg: float) -> tuple[float, float, float]:
    """(east, north, up) of a gimbal's yaw (clockwise from north) and pitch (-90 looks straight down)."""
    yaw, pitch = np.radians([yaw_deg, pitch_deg])
    return float(np.cos(pitch) * np.sin(yaw)), float(np.cos(pitch) * np.cos(yaw)), float(np.sin(pitch))


def working_copy(photo: Photo, target: Path, longest: int) -> tuple[int, int]:
    """Write a grey PNG of at most `longest` pixels a side, without EXIF, for feature extraction; returns its size."""
    scale = min(1.0, longest / max(photo.width, photo.height))
    size = (round(photo.width * scale), round(photo.height * scale))
    with Image.open(photo.path) as image:
        image.draft("L", size)
        grey = image.convert("L")
    if grey.size != size:
        grey = grey.resize(size, Image.Resampling.LANCZOS)
    grey.save(target, compress_level=1)
    return size


def positions(photos: Sequence[Photo]) -> npt.NDArray[np.float64]:
    """(lon, lat, altitude) of the located photos, shape (n, 3)."""
    rows = [(*photo.position, photo.altitude) for photo in photos if photo.position is not None and photo.located]
    return np.array(rows, dtype=float).reshape(-1, 3)


def _dji_values(path: Path) -> dict[str, float]:
    with path.open("rb") as file:
        head = file.read(_XMP_SPAN).decode("latin-1")
    start = head.find("<x:xmpmeta")
    block = head[start : head.find("</x:xmpmeta>", start)] if start >= 0 else ""
    names = ("GimbalYawDegree", "GimbalPitchDegree", "RtkStdLon", "RtkStdLat", "RtkStdHgt")
    found = {name: re.search(_XMP_VALUE.format(name=name), block) for name in names}
    return {name: float(match.group(1)) for name, match in found.items() if match}


def _accuracy(xmp: dict[str, float]) -> tuple[float, float] | None:
    if not {"RtkStdLon", "RtkStdLat", "RtkStdHgt"} <= xmp.keys():
        return None
    horizontal = max(xmp["RtkStdLon"], xmp["RtkStdLat"])
    return (horizontal, xmp["RtkStdHgt"]) if horizontal > 0 and xmp["RtkStdHgt"] > 0 else None


def _focal_px(detail: dict[str, Any], width: int, height: int) -> float | None:
    """Focal length in pixels from the sensor's pixel pitch, else from the 35 mm equivalent over the frame's width."""
    try:
        focal = float(detail["FocalLength"])
        pitch = {2: 25.4, 3: 10.0, 4: 1.0}[int(detail.get("FocalPlaneResolutionUnit", 2))]
        focal_px = focal * float(detail["FocalPlaneXResolution"]) / pitch
        if 0.2 < focal_px / max(width, height) < 20:
            return focal_px
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        pass
    try:
        equivalent = float(detail["FocalLengthIn35mmFilm"])
    except (KeyError, TypeError, ValueError):
        return None
    return equivalent / _FULL_FRAME_WIDTH_MM * max(width, height) if equivalent > 0 else None
