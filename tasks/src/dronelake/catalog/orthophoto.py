"""The item of an orthophoto: the COG, the report of its stitching, and the flight that it was made of."""

import pystac

from dronelake.catalog.extensions import PROCESSING, PROJECTION
from dronelake.catalog.flight import flight_item_id, flown_by, sky_extension
from dronelake.catalog.ids import item_id
from dronelake.catalog.item import COG, add_asset, derive_from, make_item
from dronelake.errors import BadInput
from dronelake.keys import ORTHO_BUCKET, RAW_BUCKET, decode, parse_output
from dronelake.manifest import Manifest, load
from dronelake.records import StitchReport, report_of
from dronelake.storage import Store, StoredObject


def orthophoto_item_id(key: str, version_id: str) -> str:
    flight = parse_output(key)
    return item_id(flight.project, flight.name, versions=(version_id,))


def orthophoto_item(store: Store, key: str, version_id: str) -> pystac.Item:
    """Describe one orthophoto version; raises BadInput when it does not say what it was made of."""
    flight = parse_output(key)
    stored = store.head(ORTHO_BUCKET, key, version_id)
    manifest, manifest_version = source_of(store, stored)
    report_object, report = report_of(store, stored, flight)
    began, ended = manifest.started_at, manifest.ended_at
    properties = {
        "title": f"{flight.project}, flight {flight.name}: orthophoto",
        **flown_by(manifest),
        "gsd": report.gsd_m,
        "created": _iso(stored),
        "version": version_id,
        "proj:code": report.crs,
        "proj:bbox": list(report.bounds),
        **_grid(report),
        "processing:software": {
            "dronelake": stored.metadata.get("code-version", "unknown"),
            "engine": stored.metadata.get("engine", report.engine),
        },
        "processing:lineage": (
            f"Orthophoto of {report.photos.registered} of {report.photos.given} photos of {manifest.place.prefix}, "
            f"manifest version {manifest_version}"
        ),
        "lake:project": flight.project,
        "lake:flight": flight.name,
        "lake:run": stored.metadata.get("run", "by-hand"),
        "lake:images": report.images,
        "lake:photos": report.photos.registered,
        **({"lake:alignment": report.alignment} if report.alignment else {}),
    }
    item = make_item(
        ORTHO_BUCKET,
        orthophoto_item_id(key, version_id),
        report.footprint,
        (began or manifest.created_at, ended or manifest.created_at),
        properties,
        [PROCESSING, PROJECTION, *sky_extension(manifest)],
    )
    add_asset(item, "orthophoto", stored, COG, ["data", "visual"], title="Orthophoto")
    add_asset(item, "report", report_object, "application/json", ["metadata"], title="Report of the stitching")
    derive_from(item, RAW_BUCKET, flight_item_id(flight, manifest_version))
    return item


def source_of(store: Store, orthophoto: StoredObject) -> tuple[Manifest, str]:
    """The manifest that an orthophoto was made of and its VersionID, from the orthophoto's own metadata."""
    encoded, version = orthophoto.metadata.get("flight-key"), orthophoto.metadata.get("flight-version")
    if not encoded or not version:
        raise BadInput(
            f"{orthophoto.uri} version {orthophoto.version_id} does not say which flight it was made of "
            "(metadata flight-key, flight-version); only orthophotos that the pipeline made can be catalogued"
        )
    return load(store, RAW_BUCKET, decode(encoded), version), version


def _grid(report: StitchReport) -> dict[str, object]:
    """Rows and columns, and the affine transform of pixel to CRS in GDAL's row-major order."""
    if report.size_px is None:
        return {}
    width, height = report.size_px
    west, south, east, north = report.bounds
    transform = [(east - west) / width, 0.0, west, 0.0, -(north - south) / height, north]
    return {"proj:shape": [height, width], "proj:transform": transform}


def _iso(stored: StoredObject) -> str | None:
    return stored.modified.isoformat().replace("+00:00", "Z") if stored.modified else None
