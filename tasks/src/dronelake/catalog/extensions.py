"""The STAC extensions that items use, by the addresses of their schemas; the schemas are kept in `schemas`."""

_EXTENSIONS = "https://stac-extensions.github.io"

ALTERNATE = f"{_EXTENSIONS}/alternate-assets/v1.2.0/schema.json"
EO = f"{_EXTENSIONS}/eo/v2.0.0/schema.json"
FILE = f"{_EXTENSIONS}/file/v2.1.0/schema.json"
MLM = f"{_EXTENSIONS}/mlm/v1.5.2/schema.json"
PROCESSING = f"{_EXTENSIONS}/processing/v1.2.0/schema.json"
PROJECTION = f"{_EXTENSIONS}/projection/v2.0.0/schema.json"
VERSION = f"{_EXTENSIONS}/version/v1.2.0/schema.json"
