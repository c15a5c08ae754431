"""What a survey drone writes beside its pixels: EXIF and DJI-style XMP.

Positions are WGS 84. Altitudes are metres to NAP, as of a drone that flies with the national geoid: EXIF's "above sea
level" is meant literally, and what is measured in the pictures has the same zero as the truth.
"""

import io
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from PIL import Image
from PIL.ExifTags import IFD, Base
from PIL.TiffImagePlugin import IFDRational
from pyproj import Proj, Transformer

from dronelake.sample.camera import Camera
from dronelake.sample.flight import GPS_SIGMA_M, Shot

CRS = "EPSG:28992"
MAKE, MODEL = "Dronelake", "Sample P1"
TAKE_OFF = datetime(2026, 5, 18, 10, 30)
SECONDS_BETWEEN = 4
FOCAL_MM, SENSOR_MM = 8.8, 13.2
JPEG_QUALITY = 92

_EXIF_VERSION, _FOCAL, _FOCAL_35, _EXPOSURE, _APERTURE, _ISO = 36864, 37386, 41989, 33434, 33437, 34855
_WIDTH, _HEIGHT, _TAKEN, _SERIAL = 40962, 40963, 36867, 42033


@dataclass(frozen=True)
class Position:
    """WGS 84 degrees, and metres to NAP."""

    latitude: float
    longitude: float
    altitude: float


def to_wgs84(east: float, north: float) -> tuple[float, float]:
    """Longitude and latitude in degrees (EPSG:4326) of a place in metres in EPSG:28992."""
    longitude, latitude = Transformer.from_crs(CRS, "EPSG:4326", always_xy=True).transform(east, north)
    return float(longitude), float(latitude)


def position(shot: Shot) -> Position:
    """What the receiver said."""
    east, north, up = shot.measured
    longitude, latitude = to_wgs84(east, north)
    return Position(latitude, longitude, up)


def jpeg(picture: Image.Image, camera: Camera, shot: Shot, relative_m: float) -> bytes:
    """The photograph as the drone stores it; `relative_m` is the height above the place of take-off."""
    here = position(shot)
    out = io.BytesIO()
    picture.save(
        out,
        "JPEG",
        quality=JPEG_QUALITY,
        exif=exif(camera, shot, here),
        xmp=xmp(shot, here, relative_m),
        optimize=False,
    )
    return out.getvalue()


def exif(camera: Camera, shot: Shot, here: Position) -> Image.Exif:
    """The EXIF block of one photograph."""
    taken = f"{TAKE_OFF + timedelta(seconds=SECONDS_BETWEEN * shot.number):%Y:%m:%d %H:%M:%S}"
    block = Image.Exif()
    block[Base.Make], block[Base.Model], block[Base.Software] = MAKE, MODEL, "dronelake sample-flight"
    block[Base.Orientation], block[Base.DateTime] = 1, taken
    block.get_ifd(IFD.Exif).update(
        {
            _EXIF_VERSION: b"0231",
            _TAKEN: taken,
            _EXPOSURE: IFDRational(1, round(1 / shot.exposure_s)),
            _APERTURE: IFDRational(56, 10),
            _ISO: 100,
            _FOCAL: IFDRational(round(FOCAL_MM * 100), 100),
            _FOCAL_35: round(FOCAL_MM / SENSOR_MM * 36),
            _WIDTH: camera.width,
            _HEIGHT: camera.height,
            _SERIAL: "SAMPLE-0001",
        }
    )
    block.get_ifd(IFD.GPSInfo).update(
        {
            0: b"\x02\x03\x00\x00",
            1: "N" if here.latitude >= 0 else "S",
            2: sexagesimal(here.latitude),
            3: "E" if here.longitude >= 0 else "W",
            4: sexagesimal(here.longitude),
            5: b"\x00" if here.altitude >= 0 else b"\x01",
            6: IFDRational(round(abs(here.altitude) * 10_000), 10_000),
            18: "WGS-84",
        }
    )
    return block


def sexagesimal(degrees: float) -> tuple[IFDRational, IFDRational, IFDRational]:
    """Degrees, minutes and seconds, the seconds to a ten-millionth: 3 micrometres on the ground."""
    ticks = round(abs(degrees) * 3600 * 10**7)
    whole, rest = divmod(ticks, 3600 * 10**7)
    minutes, seconds = divmod(rest, 60 * 10**7)
    return IFDRational(whole, 1), IFDRational(minutes, 1), IFDRational(seconds, 10**7)


def xmp(shot: Shot, here: Position, relative_m: float) -> bytes:
    """DJI's XMP block; the yaw is from true north, so the grid's convergence is added."""
    convergence = Proj(CRS).get_factors(here.longitude, here.latitude).meridian_convergence
    yaw = (np.degrees(shot.pose.yaw) + convergence + 180) % 360 - 180
    values = {
        "AltitudeType": "RtkAlt",
        "GpsStatus": "RTK",
        "GpsLatitude": f"{here.latitude:+.9f}",
        "GpsLongitude": f"{here.longitude:+.9f}",
        "AbsoluteAltitude": f"{here.altitude:+.3f}",
        "RelativeAltitude": f"{relative_m:+.3f}",
        "GimbalRollDegree": f"{np.degrees(shot.pose.roll):+.2f}",
        "GimbalYawDegree": f"{yaw:+.2f}",
        "GimbalPitchDegree": f"{np.degrees(shot.pose.pitch) - 90:+.2f}",
        "FlightYawDegree": f"{yaw:+.2f}",
        "RtkFlag": "50",
        "RtkStdLon": f"{GPS_SIGMA_M[0]:.5f}",
        "RtkStdLat": f"{GPS_SIGMA_M[1]:.5f}",
        "RtkStdHgt": f"{GPS_SIGMA_M[2]:.5f}",
    }
    attributes = "\n".join(f'   drone-dji:{name}="{value}"' for name, value in values.items())
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">\n <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n'
        '  <rdf:Description rdf:about="" xmlns:tiff="http://ns.adobe.com/tiff/1.0/"\n'
        f'   xmlns:drone-dji="http://www.dji.com/drone-dji/1.0/" tiff:Make="{MAKE}" tiff:Model="{MODEL}"\n'
        f"{attributes}/>\n </rdf:RDF>\n</x:xmpmeta>\n"
        '<?xpacket end="w"?>'
    ).encode()
