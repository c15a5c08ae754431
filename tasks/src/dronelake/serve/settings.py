"""What `dronelake serve` is told by its environment, beside libpq's variables."""

from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from dronelake.settings import EnvSettings


class ServeSettings(EnvSettings):
    """Where the service listens, and with which certificate."""

    serve_host: str = "127.0.0.1"
    serve_port: int = Field(default=8443, ge=1, le=65535)
    tls_cert_file: Path | None = None
    tls_key_file: Path | None = None
    object_store_url: str | None = Field(default=None, pattern=r"^https?://[^/]+/?$")
    """Where people with keys read the objects that items name."""
    serve_connections: int = Field(default=9, ge=3)
    """Most database connections of this process: one is for lineage, of the others half for STAC, half for findings."""

    @model_validator(mode="after")
    def _whole_certificate(self) -> Self:
        if (self.tls_cert_file is None) != (self.tls_key_file is None):
            raise ValueError("TLS_CERT_FILE and TLS_KEY_FILE go together")
        return self
