"""Where georeferenced rasters are, read from their headers in the object store."""

from concurrent.futures import ThreadPoolExecutor

import rasterio
from rasterio.errors import RasterioError
from rasterio.warp import transform_bounds

from dronelake.keys import RAW_BUCKET
from dronelake.manifest import Photo
from dronelake.storage import Store

Bounds = tuple[float, float, float, float]

_READERS = 8
# Only the header is wanted: no listing of neighbours, no HEAD request, which a presigned address does not allow.
_GDAL = {"GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR", "CPL_VSIL_CURL_USE_HEAD": "NO", "GDAL_HTTP_MAX_RETRY": "3"}


def bounds_of(store: Store, photos: tuple[Photo, ...]) -> list[Bounds]:
    """West, south, east, north in EPSG:4326 of each photo that is a georeferenced raster; the others are left out.

    Raises Unavailable when the store does not answer.
    """
    with ThreadPoolExecutor(_READERS) as pool:
        found = pool.map(lambda photo: _bounds(store, photo), photos)
        return [bounds for bounds in found if bounds is not None]


def _bounds(store: Store, photo: Photo) -> Bounds | None:
    if not photo.key.lower().endswith((".tif", ".tiff")):
        return None
    address = store.address(RAW_BUCKET, photo.key, photo.version_id)
    try:
        with rasterio.Env(**_GDAL), rasterio.open(f"/vsicurl/{address}") as raster:
            if raster.crs is None:
                return None
            west, south, east, north = transform_bounds(raster.crs, "EPSG:4326", *raster.bounds)
    except RasterioError:
        # Raises when the store does not answer: only a file that can be had is called a raster of no place.
        store.head(RAW_BUCKET, photo.key, photo.version_id)
        return None
    return west, south, east, north
