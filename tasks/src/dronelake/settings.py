"""What a step is told by its environment, typed and checked before any work begins."""

from pathlib import Path
from typing import Any, Self

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from dronelake.errors import BadInput


class EnvSettings(BaseSettings):
    """Base of all settings: read from the environment, with one readable error for everything that is wrong.

    A step declares what it reads as a subclass whose field names are the variables in lower case, and calls `load`.
    """

    model_config = SettingsConfigDict(extra="ignore", frozen=True, env_ignore_empty=True)

    @classmethod
    def load(cls) -> Self:
        """Read the environment; raises BadInput naming each variable that is missing or wrong, never its value."""
        try:
            return cls()
        except ValidationError as error:
            faults = [
                f"{'.'.join(str(part) for part in fault['loc']).upper() or 'environment'}: {fault['msg'].lower()}"
                for fault in error.errors(include_input=False, include_url=False)
            ]
            raise BadInput(f"the environment is not complete: {'; '.join(faults)}; set it and run again") from None


class StoreSettings(EnvSettings):
    """Where the object store is and who asks."""

    aws_endpoint_url_s3: str = Field(pattern=r"^https?://[^/]+/?$")
    aws_access_key_id: str
    aws_secret_access_key: SecretStr
    aws_region: str = "us-east-1"


class DatabaseSettings(EnvSettings):
    """Where PostgreSQL is and as which role to log in; libpq's own variable names."""

    pghost: str
    pgport: int = 5432
    pgdatabase: str = "lake"
    pguser: str
    pgpassword: SecretStr

    def connection(self) -> dict[str, Any]:
        """Keyword arguments for `psycopg.connect`."""
        return {
            "host": self.pghost,
            "port": self.pgport,
            "dbname": self.pgdatabase,
            "user": self.pguser,
            "password": self.pgpassword.get_secret_value(),
            "connect_timeout": 10,
        }


class RunSettings(EnvSettings):
    """Which code runs, in which run and image; all end up in the provenance of everything that is written."""

    code_version: str = "unknown"
    run_name: str = "by-hand"
    step_image: str | None = None
    """The image as the Task names it, by digest where the environment's config pins one: a container cannot ask."""


class ResultSettings(EnvSettings):
    """Where a step leaves the values that later steps read."""

    results_dir: Path = Path("/tekton/results")

    def write(self, name: str, value: str) -> None:
        """Write one result; the runner takes the file's bytes as they are, so no newline is added."""
        self.results_dir.mkdir(parents=True, exist_ok=True)
        (self.results_dir / name).write_text(value, encoding="utf-8")
