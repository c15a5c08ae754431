"""Reading windows of exactly one version of an orthophoto, straight from the object store."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice

import boto3
import numpy as np
import rasterio
from affine import Affine
from botocore.config import Config
from numpy.typing import NDArray
from rasterio.enums import Resampling
from rasterio.errors import RasterioError
from rasterio.windows import Window as RasterWindow

from dronelake.detect.windows import Window
from dronelake.errors import BadInput
from dronelake.settings import StoreSettings
from dronelake.storage import Store, StoredObject

LINK_SECONDS = 12 * 3600
GDAL_OPTIONS = {
    # The link is signed for GET alone and tells no folder to list.
    "CPL_VSIL_CURL_USE_HEAD": "NO",
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "GDAL_INGESTED_BYTES_AT_OPEN": "65536",
    "GDAL_HTTP_MERGE_CONSECUTIVE_RANGES": "YES",
    "GDAL_HTTP_MULTIPLEX": "YES",
    "GDAL_HTTP_MAX_RETRY": "4",
    "GDAL_HTTP_RETRY_DELAY": "0.5",
    "VSI_CACHE": "TRUE",
    "VSI_CACHE_SIZE": "16777216",
    "GDAL_CACHEMAX": 256 << 20,
    "GDAL_PAM_ENABLED": "NO",
}

Pixels = NDArray[np.uint8]


def link(settings: StoreSettings, stored: StoredObject) -> str:
    """A signed link to exactly one version: GDAL's own S3 reader knows no VersionIDs."""
    client = boto3.session.Session().client(
        "s3",
        endpoint_url=settings.aws_endpoint_url_s3,
        aws_access_key_id=settings.aws_access_key_id,
        aws_secret_access_key=settings.aws_secret_access_key.get_secret_value(),
        region_name=settings.aws_region,
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
    )
    version = {"Bucket": stored.bucket, "Key": stored.key, "VersionId": stored.version_id}
    return str(client.generate_presigned_url("get_object", Params=version, ExpiresIn=LINK_SECONDS))


@dataclass(frozen=True)
class Tile:
    """One window as the model sees it: `pixels` (3, side, side); `step` is raster pixels to a tile pixel (x, y)."""

    window: Window
    pixels: Pixels
    step: tuple[float, float]


class Orthophoto:
    """An open orthophoto: `transform` takes raster pixels to `crs`, `gsd_m` is metres a pixel."""

    def __init__(self, source: str, name: str, reachable: Callable[[], object] = lambda: None) -> None:
        """Open `source`, a path of GDAL's; `name` is what people call it.

        Raises BadInput when it is no usable orthophoto. When reading fails, `reachable` is asked first: it raises what
        is wrong with the server, so that only a reachable file is called damaged.
        """
        self._source, self.name, self._reachable = source, name, reachable
        self._local = threading.local()
        self._opened: list[rasterio.DatasetReader] = []
        self._lock = threading.Lock()
        data = self._dataset()
        if data.crs is None:
            raise BadInput(f"{self.name} has no coordinate reference system; stitch the flight again")
        if not data.crs.is_projected:
            raise BadInput(f"{self.name} is in {data.crs}, which is not in metres; warp it to a projected system")
        if data.count < 3 or data.dtypes[0] != "uint8":
            raise BadInput(
                f"{self.name} has {data.count} bands of {data.dtypes[0]}; detection needs red, green and blue of 8 bits"
            )
        self.crs: str = data.crs.to_string()
        self.transform: Affine = data.transform
        self.width, self.height = int(data.width), int(data.height)
        self.gsd_m = float(abs(data.transform.determinant) ** 0.5 * data.crs.linear_units_factor[1])

    def _dataset(self) -> rasterio.DatasetReader:
        """This thread's own handle: GDAL's are not for sharing."""
        data: rasterio.DatasetReader | None = getattr(self._local, "data", None)
        if data is None:
            try:
                data = rasterio.open(self._source)
            # The message of GDAL holds the signed link, so it is not passed on.
            except RasterioError:
                self._reachable()
                raise BadInput(f"{self.name} is not a GeoTIFF; stitch the flight again") from None
            self._local.data = data
            with self._lock:
                self._opened.append(data)
        return data

    def close(self) -> None:
        """Close every thread's handle."""
        for data in self._opened:
            data.close()

    def read(self, window: Window, shape: tuple[int, int]) -> tuple[Pixels, Pixels]:
        """A window scaled to `shape` (rows, cols): pixels (3, rows, cols) and mask (rows, cols), 0 where nothing is."""
        where = RasterWindow(window.left, window.top, window.width, window.height)
        enlarging = shape[0] > window.height
        try:
            data = self._dataset()
            pixels = data.read(
                (1, 2, 3),
                window=where,
                out_shape=(3, *shape),
                resampling=Resampling.bilinear if enlarging else Resampling.average,
            )
            mask = data.dataset_mask(window=where, out_shape=shape, resampling=Resampling.nearest)
        except RasterioError:
            self._reachable()
            raise BadInput(
                f"{self.name} cannot be read at {window.left}, {window.top}: it is damaged; stitch the flight again"
            ) from None
        return pixels, np.asarray(mask, dtype=np.uint8)

    def tile(self, window: Window, side: int, full: int) -> Tile | None:
        """A window scaled to the model's side; `full` is the side in raster pixels of a whole window.

        None where the orthophoto is empty. A window that the raster's size cuts short is filled up with black.
        """
        rows, cols = (max(1, round(length * side / full)) for length in (window.height, window.width))
        pixels, mask = self.read(window, (rows, cols))
        if not mask.any():
            return None
        whole = np.zeros((3, side, side), dtype=np.uint8)
        whole[:, :rows, :cols] = np.where(mask > 0, pixels, 0)
        return Tile(window, whole, (window.width / cols, window.height / rows))

    def tiles(self, windows: list[Window], side: int, full: int, readers: int, ahead: int) -> Iterator[Tile | None]:
        """The windows' tiles in order, read by `readers` threads that are at most `ahead` windows ahead."""
        with ThreadPoolExecutor(readers, initializer=_quiet) as pool:
            waiting = iter(windows)
            coming: list[Future[Tile | None]] = [
                pool.submit(self.tile, window, side, full) for window in islice(waiting, ahead)
            ]
            try:
                while coming:
                    tile = coming.pop(0).result()
                    coming += [pool.submit(self.tile, window, side, full) for window in islice(waiting, 1)]
                    yield tile
            finally:
                for future in coming:
                    future.cancel()


def _quiet() -> None:
    """GDAL's options belong to a thread: each reader enters them for as long as it lives."""
    rasterio.Env(**GDAL_OPTIONS).__enter__()


@contextmanager
def open_orthophoto(settings: StoreSettings, store: Store, stored: StoredObject) -> Iterator[Orthophoto]:
    """An orthophoto version, open for reading; raises BadInput when it is not a GeoTIFF in metres."""
    with rasterio.Env(**GDAL_OPTIONS):
        orthophoto = Orthophoto(
            f"/vsicurl/{link(settings, stored)}",
            f"{stored.uri} version {stored.version_id}",
            lambda: store.head(stored.bucket, stored.key, stored.version_id),
        )
        try:
            yield orthophoto
        finally:
            orthophoto.close()
