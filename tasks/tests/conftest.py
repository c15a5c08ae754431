"""Fixtures of all tests: real servers once a session, a clean lake a test."""

import secrets
import signal
from collections.abc import Iterator

import pytest
from cluster import Cluster, serve
from hypothesis import settings
from lake import BUCKETS, drop_database, make_database, make_roles
from servers import Minio, Postgres, run_minio, run_postgres

from dronelake.database import connect
from dronelake.keys import Flight
from dronelake.migrate import migrate
from dronelake.runs import Runs
from dronelake.settings import DatabaseSettings
from dronelake.storage import Store

settings.register_profile("lake", deadline=None)  # how long an example takes is the machine's business
settings.load_profile("lake")

# A run that is told to stop still ends its servers.
signal.signal(signal.SIGTERM, lambda *_: pytest.exit("told to stop", returncode=143))


@pytest.fixture(scope="session")
def minio() -> Iterator[Minio]:
    """A MinIO of the tests' own with the lake's buckets, versioned."""
    with run_minio() as server:
        client = Store(server.settings)._client
        for bucket in BUCKETS:
            client.create_bucket(Bucket=bucket)
            client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        yield server


@pytest.fixture
def store(minio: Minio, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A client with every right; the environment says the same, for what reads its settings there."""
    for name, value in minio.env.items():
        monkeypatch.setenv(name, value)
    return Store(minio.settings)


@pytest.fixture
def project() -> str:
    """A project name that no other test uses: the buckets are shared."""
    return f"dijk {secrets.token_hex(4)}"


@pytest.fixture
def flight(store: Store, project: str) -> Flight:
    """A flight in a store of which nothing else is to be seen: the buckets are shared by all tests."""
    return Flight(project, "1 $(x)")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL of the tests' own with the lake's roles; every role has the server's password."""
    with run_postgres() as server:
        make_roles(server)
        yield server


@pytest.fixture(scope="session")
def bare_template(postgres: Postgres) -> str:
    name = "bare_template"
    make_database(postgres, name)
    return name


@pytest.fixture
def bare_database(postgres: Postgres, bare_template: str) -> Iterator[str]:
    """The name of a database as the program leaves it, before any migration."""
    name = f"bare_{secrets.token_hex(4)}"
    make_database(postgres, name, bare_template)
    yield name
    drop_database(postgres, name)


@pytest.fixture(scope="session")
def migrated_template(postgres: Postgres, bare_template: str) -> str:
    name = "migrated_template"
    make_database(postgres, name, bare_template)
    with connect(postgres.settings(name, "lake_owner")) as connection:
        migrate(connection)
    return name


@pytest.fixture
def database_role() -> str:
    """The role of `database`; a test file of another step says another."""
    return "pipeline_catalog"


@pytest.fixture
def database(
    postgres: Postgres, migrated_template: str, database_role: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[DatabaseSettings]:
    """A migrated database of the test's own, seen as `database_role`; the environment says the same."""
    name = f"lake_{secrets.token_hex(4)}"
    make_database(postgres, name, migrated_template)
    for variable, value in postgres.env(name, database_role).items():
        monkeypatch.setenv(variable, value)
    yield postgres.settings(name, database_role)
    drop_database(postgres, name)


@pytest.fixture
def cluster() -> Cluster:
    return Cluster()


@pytest.fixture
def runs(cluster: Cluster) -> Iterator[Runs]:
    """The runs of the stand-in `cluster`."""
    with serve(cluster) as api:
        yield Runs("drone-pipelines", api)
