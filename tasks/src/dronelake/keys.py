"""Object keys: how they are built, read and carried.

A key is data that anybody with a camera can choose. Between systems it travels only in its URL-encoded form (the one
in MinIO's events: Go's `url.QueryEscape`), whose characters are letters, digits and `-_.~%+`: nothing that Tekton, the
kubelet or a shell expands. On disk a key never becomes a path; `local_name` gives a file name that is safe.
"""

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import quote_plus, unquote_to_bytes

from dronelake.errors import BadInput

RAW_BUCKET = "drone-raw"
ORTHO_BUCKET = "drone-ortho"
MODEL_BUCKET = "ai-models"
RESULT_BUCKET = "ai-results"

MANIFEST_NAME = "flight.json"
PHOTO_SUFFIXES = (".jpg", ".jpeg", ".tif", ".tiff")
# What the bucket's notification of an orthophoto listens to.
ORTHO_SUFFIX = "-merged.geotiff"
ORTHO_TEMPLATE = "{project}/{flight}/{project}-merged.geotiff"

_MAX_KEY_BYTES = 1024  # S3's limit on a whole key
_MAX_SEGMENT_BYTES = 255  # MinIO keeps a segment as a directory name
_MAX_LOCAL_SLUG = 80
_ENCODED = re.compile(r"[A-Za-z0-9\-_.~%+]+")


def encode(key: str) -> str:
    """The form in which a key travels through params, environment and metadata."""
    return quote_plus(key, safe="")


def decode(encoded: str) -> str:
    """The key that `encode` or MinIO's event wrote; raises BadInput for anything that is not in that form."""
    if not _ENCODED.fullmatch(encoded):
        raise BadInput(
            f"{encoded!r} is not a URL-encoded object key; pass the key as the bucket's event carries it "
            "(letters, digits, -_.~ as they are, a space as +, the rest as %XX)"
        )
    if re.search(r"%(?![0-9A-Fa-f]{2})", encoded):
        raise BadInput(f"{encoded!r} is not a URL-encoded object key: a % without two hexadecimal digits after it")
    try:
        key = unquote_to_bytes(encoded.replace("+", " ")).decode("utf-8")
    except UnicodeDecodeError:
        raise BadInput(f"{encoded!r} is not a URL-encoded object key: its bytes are not UTF-8") from None
    check_key(key)
    return key


def check_key(key: str) -> None:
    """Raise BadInput unless every segment of `key` is one that the lake takes."""
    if not key:
        raise BadInput("an object key is empty; name the object")
    if key.startswith("/"):
        raise BadInput(f"object key {key!r} starts with '/'; keys are relative to their bucket")
    for segment in key.split("/"):
        check_segment(segment, f"object key {key!r}")
    if len(key.encode()) > _MAX_KEY_BYTES:
        raise BadInput(f"object key {key!r} is longer than {_MAX_KEY_BYTES} bytes; shorten its names")


def check_segment(segment: str, what: str) -> None:
    """Raise BadInput unless `segment` can be one part of a key; `what` names its owner in the message."""
    fault = _segment_fault(segment)
    if fault:
        raise BadInput(f"{what}: {fault}; rename it")


def _segment_fault(segment: str) -> str | None:
    if not segment:
        return "it has an empty part"
    if segment in (".", ".."):
        return f"it has a part {segment!r}, which would lead out of its folder"
    if "/" in segment:
        return f"{segment!r} holds '/', which separates parts"
    if "\\" in segment:
        return f"{segment!r} holds a backslash, which the catalogue cannot keep"
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in segment):
        return f"{segment!r} holds a control character"
    if len(segment.encode()) > _MAX_SEGMENT_BYTES:
        return f"{segment!r} is longer than {_MAX_SEGMENT_BYTES} bytes"
    return None


@dataclass(frozen=True)
class Flight:
    """One flight of one project; both names are single key segments."""

    project: str
    name: str

    def __post_init__(self) -> None:
        check_segment(self.project, "project name")
        check_segment(self.name, "flight name")

    @property
    def prefix(self) -> str:
        """Where the flight's photos and manifest are in `drone-raw`, with the closing slash."""
        return f"projects/{self.project}/{self.name}/"

    @property
    def manifest_key(self) -> str:
        return self.prefix + MANIFEST_NAME

    def photo_key(self, name: str) -> str:
        """The key of a photo; raises BadInput for a name that cannot be one or that is the manifest's."""
        check_segment(name, f"photo name {name!r}")
        if name == MANIFEST_NAME:
            raise BadInput(f"photo name {name!r} is the manifest's own; rename the photo")
        key = self.prefix + name
        check_key(key)
        return key

    def ortho_key(self, template: str = ORTHO_TEMPLATE) -> str:
        """The orthophoto's key in `drone-ortho`; config/ortho-key.ts takes the same templates."""
        if not template.startswith("{project}/{flight}/") or not template.endswith(ORTHO_SUFFIX):
            raise BadInput(
                f"orthophoto key template {template!r} must start with '{{project}}/{{flight}}/' and end in "
                f"{ORTHO_SUFFIX!r}"
            )
        # Not str.format: the template may name these two and nothing else of Python's objects.
        parts = re.split(r"\{([a-z_]*)\}", template)
        values = {"project": self.project, "flight": self.name}
        unknown = [name for name in parts[1::2] if name not in values]
        if unknown or any("{" in text or "}" in text for text in parts[0::2]):
            raise BadInput(f"orthophoto key template {template!r} may use {{project}} and {{flight}} only")
        key = "".join(values[part] if index % 2 else part for index, part in enumerate(parts))
        check_key(key)
        return key

    def report_key(self) -> str:
        """The stitching report's key in `drone-ortho`."""
        return self._output("report.json")

    def result_key(self, name: str) -> str:
        """The key in `ai-results` of a result; `name` may hold sub-folders, as in `pictures/a-b/3-trap.jpg`."""
        return self._output(name)

    def _output(self, name: str) -> str:
        key = f"{self.project}/{self.name}/{name}"
        check_key(key)
        return key


@dataclass(frozen=True)
class RawObject:
    """A key of `drone-raw`, read: `projects/<project>/<flight>/<photo>`."""

    flight: Flight
    name: str

    @property
    def is_manifest(self) -> bool:
        return self.name == MANIFEST_NAME


def parse_raw(key: str) -> RawObject:
    """Read a photo's or manifest's key; raises BadInput when it is not of that shape."""
    check_key(key)
    parts = key.split("/")
    if len(parts) != 4 or parts[0] != "projects":
        raise BadInput(f"object key {key!r} is not projects/<project>/<flight>/<photo>; upload with `dronelake upload`")
    return RawObject(Flight(parts[1], parts[2]), parts[3])


def parse_manifest(key: str) -> Flight:
    """The flight whose manifest `key` is; raises BadInput for any other key."""
    raw = parse_raw(key)
    if not raw.is_manifest:
        raise BadInput(f"object key {key!r} is not a flight manifest; a run starts from projects/…/{MANIFEST_NAME}")
    return raw.flight


def parse_output(key: str) -> Flight:
    """The flight of a key of `drone-ortho` or `ai-results`: `<project>/<flight>/…`."""
    check_key(key)
    parts = key.split("/")
    if len(parts) < 3:
        raise BadInput(f"object key {key!r} is not <project>/<flight>/<name>")
    return Flight(parts[0], parts[1])


def local_name(key: str) -> str:
    """A file name for `key` in a work folder: ASCII, no separators, unique for the key, with its last suffix kept."""
    name = key.rsplit("/", 1)[-1]
    suffix = PurePosixPath(name).suffix
    if not re.fullmatch(r"\.[A-Za-z0-9]{1,8}", suffix):
        suffix = ""
    stem = name[: len(name) - len(suffix)] if suffix else name
    slug = re.sub(r"[^A-Za-z0-9_-]+", "-", stem).strip("-")[:_MAX_LOCAL_SLUG]
    digest = hashlib.sha256(key.encode()).hexdigest()[:16]
    return f"{digest}-{slug}{suffix}" if slug else f"{digest}{suffix}"


def slug(text: str) -> str:
    """`text` in lower-case letters, digits and single dashes, for ids; `x` when nothing is left."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-") or "x"
