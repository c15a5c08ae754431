"""Real servers for the tests: one MinIO and one PostgreSQL of their own, on loopback, gone when the tests end.

`DRONE_LAKE_MINIO` is the path of a minio binary. `DRONE_LAKE_POSTGRES` is a folder that holds Debian's
usr/lib/postgresql/15 with PostGIS; without it, the machine's own. A server that is missing is a failure of the test,
never a skip.
"""

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from dronelake.settings import DatabaseSettings, StoreSettings


@dataclass(frozen=True)
class Minio:
    """A running MinIO; the keys are root's."""

    endpoint: str
    access_key: str
    secret_key: str

    @property
    def env(self) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL_S3": self.endpoint,
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
        }

    @property
    def settings(self) -> StoreSettings:
        return StoreSettings.model_validate({name.lower(): value for name, value in self.env.items()})


@dataclass(frozen=True)
class Postgres:
    """A running PostgreSQL; `user` is its superuser and the password is every role's."""

    port: int
    password: str
    user: str = "postgres"
    host: str = "127.0.0.1"

    def env(self, database: str, user: str) -> dict[str, str]:
        return {
            "PGHOST": self.host,
            "PGPORT": str(self.port),
            "PGDATABASE": database,
            "PGUSER": user,
            "PGPASSWORD": self.password,
        }

    def settings(self, database: str, user: str) -> DatabaseSettings:
        return DatabaseSettings.model_validate(
            {name.lower(): value for name, value in self.env(database, user).items()}
        )

    def connect(self, database: str = "postgres", user: str = "postgres") -> psycopg.Connection:
        return psycopg.connect(**self.settings(database, user).connection(), autocommit=True)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _fail(message: str, log: Path) -> None:
    tail = "\n".join(log.read_text(errors="replace").splitlines()[-20:]) if log.exists() else "(no log)"
    pytest.fail(f"{message}\n{tail}")


@contextmanager
def run_minio() -> Iterator[Minio]:
    """MinIO over four folders of one disk, so that versioning is there as in the lake."""
    binary = os.environ.get("DRONE_LAKE_MINIO") or shutil.which("minio")
    if not binary or not Path(binary).is_file():
        pytest.fail("no minio binary: set DRONE_LAKE_MINIO to its path (`npm run toolchain` gets one)")
    home = Path(tempfile.mkdtemp(prefix="drone-lake-minio-"))
    minio = Minio(f"http://127.0.0.1:{_free_port()}", "test-root", secrets.token_hex(16))
    env = {**os.environ, "MINIO_CI_CD": "on", "HOME": str(home)}
    env |= {"MINIO_ROOT_USER": minio.access_key, "MINIO_ROOT_PASSWORD": minio.secret_key}
    address = minio.endpoint.removeprefix("http://")
    log = home / "log"
    command = [binary, "server", "--address", address, "--console-address", f"127.0.0.1:{_free_port()}"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, str(home / "drive{1...4}")], env=env, stdout=output, stderr=output, start_new_session=True
        )
    try:
        deadline = time.monotonic() + 60
        while not _answers(minio.endpoint + "/minio/health/cluster"):
            if process.poll() is not None or time.monotonic() > deadline:
                _fail("minio does not start; the end of its log:", log)
            time.sleep(0.1)
        yield minio
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(home, ignore_errors=True)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def postgres_programs() -> tuple[Path, dict[str, str]]:
    """The folder of PostgreSQL's programs, and what they need in their environment to find their libraries."""
    root = Path(os.environ.get("DRONE_LAKE_POSTGRES") or "/")
    libraries = {"LD_LIBRARY_PATH": f"{root}/usr/lib/x86_64-linux-gnu:{root}/usr/lib"} if root != Path("/") else {}
    return root / "usr/lib/postgresql/15/bin", libraries


@contextmanager
def run_postgres() -> Iterator[Postgres]:
    """PostgreSQL 15 in a new cluster without fsync."""
    binaries, libraries = postgres_programs()
    if not (binaries / "initdb").is_file():
        pytest.fail(
            f"no PostgreSQL 15 in {binaries}: set DRONE_LAKE_POSTGRES to a folder that holds "
            "usr/lib/postgresql/15 (`npm run toolchain` gets one), or install postgresql-15-postgis-3"
        )
    env = {**os.environ, **libraries, "LC_ALL": "C.UTF-8"}
    home = Path(tempfile.mkdtemp(prefix="drone-lake-postgres-"))
    log = home / "log"
    postgres = Postgres(_free_port(), secrets.token_hex(16))
    (home / "password").write_text(postgres.password)
    data = home / "data"
    init = ["initdb", "-D", str(data), "-U", postgres.user, "-E", "UTF8", "--auth=scram-sha-256", "--no-sync"]
    serve = ["postgres", "-D", str(data), "-p", str(postgres.port), "-k", str(home), "-c", "listen_addresses=127.0.0.1"]
    serve += ["-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_connections=60"]
    # PostgreSQL refuses to run as root. Root of the machine becomes another user of its own namespace, which can still
    # read what root owns, such as a cache below /root.
    other = ["unshare", "--user", "--map-user=65534", "--map-group=65534"] if os.geteuid() == 0 else []
    process: subprocess.Popen[bytes] | None = None
    try:
        with log.open("wb") as output:
            made = subprocess.run(
                [*other, str(binaries / init[0]), *init[1:], "--pwfile", str(home / "password")],
                env=env,
                stdout=output,
                stderr=output,
                check=False,
            )
            if made.returncode:
                _fail("initdb failed:", log)
            process = subprocess.Popen(
                [*other, str(binaries / serve[0]), *serve[1:]],
                env=env,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        deadline = time.monotonic() + 60
        while not _accepts(postgres):
            if process.poll() is not None or time.monotonic() > deadline:
                _fail("PostgreSQL does not start; the end of its log:", log)
            time.sleep(0.1)
        yield postgres
    finally:
        if process is not None:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
        shutil.rmtree(home, ignore_errors=True)


def _accepts(postgres: Postgres) -> bool:
    try:
        postgres.connect().close()
    except psycopg.OperationalError:
        return False
    return True
