"""The item of a raw flight: its manifest and every photo."""

import pystac
import shapely
from shapely.geometry import mapping

from dronelake.catalog.extensions import EO, PROCESSING
from dronelake.catalog.ids import item_id
from dronelake.catalog.item import add_asset, make_item
from dronelake.catalog.rasters import bounds_of
from dronelake.errors import BadInput
from dronelake.keys import RAW_BUCKET, Flight
from dronelake.manifest import Manifest, Photo, load
from dronelake.photos import media_type
from dronelake.records import newest_report
from dronelake.storage import Store, StoredObject


def flight_item_id(flight: Flight, version_id: str) -> str:
    return item_id(flight.project, flight.name, versions=(version_id,))


def flight_item(store: Store, key: str, version_id: str) -> pystac.Item:
    """Describe one manifest version. Its footprint is what its photos show, where a stitching has found their cameras'
    poses; else the hull of their positions, or, of rasters that are georeferenced already, of their outlines. Raises
    BadInput when there is none of these.
    """
    manifest = load(store, RAW_BUCKET, key, version_id)
    stored = store.head(RAW_BUCKET, key, version_id)
    began, ended = manifest.started_at, manifest.ended_at
    footprint, source = _footprint(store, manifest, version_id)
    properties = {
        "title": f"{manifest.project}, flight {manifest.flight}",
        **flown_by(manifest),
        "created": manifest.created_at.isoformat().replace("+00:00", "Z"),
        "version": version_id,
        "lake:project": manifest.project,
        "lake:flight": manifest.flight,
        "lake:photos": len(manifest.photos),
        "lake:uploaded_by": manifest.created_by,
        "lake:time_source": _time_source(manifest),
        "lake:footprint_source": source,
        "processing:software": {"dronelake": manifest.code_version},
    }
    item = make_item(
        RAW_BUCKET,
        flight_item_id(manifest.place, version_id),
        footprint,
        (began or manifest.created_at, ended or manifest.created_at),
        properties,
        [PROCESSING, *sky_extension(manifest)],
    )
    add_asset(item, "manifest", stored, "application/json", ["metadata"], title="The flight manifest")
    for number, photo in enumerate(manifest.photos, start=1):
        name = photo.key.rsplit("/", 1)[-1]
        add_asset(item, f"photo-{number:04}", _stored(photo), media_type(name), ["data"], title=name)
    return item


def flown_by(manifest: Manifest) -> dict[str, object]:
    """What carried which cameras, and under which sky where that was given: of a flight and of what is made of it."""
    cameras = sorted({photo.camera for photo in manifest.photos if photo.camera})
    return {
        "platform": "drone",
        **({"instruments": cameras} if cameras else {}),
        **({} if manifest.cloud_cover is None else {"eo:cloud_cover": manifest.cloud_cover}),
    }


def sky_extension(manifest: Manifest) -> list[str]:
    """The extension that `flown_by` uses for the sky, if it does."""
    return [] if manifest.cloud_cover is None else [EO]


def _time_source(manifest: Manifest) -> str:
    """Whose times the item has: those of the EXIF, `exif-local` when any of them is a camera's clock without a zone (it
    stands as if it were UTC, hours off), or the upload's where no photo says when it was taken.
    """
    if manifest.started_at is None:
        return "upload"
    return "exif-local" if any(photo.time_is_local for photo in manifest.photos) else "exif"


def _footprint(store: Store, manifest: Manifest, version_id: str) -> tuple[dict[str, object], str]:
    """Where a flight is, as GeoJSON in EPSG:4326, and what that was made from: poses, positions or rasters."""
    report = newest_report(store, manifest.place, version_id)
    if report:
        return report.footprint, "poses"
    positions = [(photo.position.lon, photo.position.lat) for photo in manifest.photos if photo.position]
    if positions:
        return _geojson(shapely.MultiPoint(positions).convex_hull), "positions"
    bounds = bounds_of(store, manifest.photos)
    if bounds:
        return _geojson(shapely.union_all([shapely.box(*each) for each in bounds]).convex_hull), "rasters"
    raise BadInput(
        f"no photo of {manifest.place.prefix} has a GPS position or is a georeferenced raster, so the flight has no "
        "place; upload photos that have one"
    )


def _geojson(shape: shapely.Geometry) -> dict[str, object]:
    geojson: dict[str, object] = mapping(shape)
    return geojson


def _stored(photo: Photo) -> StoredObject:
    return StoredObject(
        RAW_BUCKET, photo.key, photo.version_id, photo.size, photo.etag, metadata={"sha256": photo.sha256}
    )
