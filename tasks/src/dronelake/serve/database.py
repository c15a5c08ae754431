"""How the service uses the database: as a reader that is cut off when it takes too long."""

import asyncpg

from dronelake.errors import Denied, Unavailable
from dronelake.settings import DatabaseSettings

STATEMENT_S = 30
"""Most seconds that the database works for one request."""

READING_ONLY = {
    "application_name": "catalogue",
    "statement_timeout": f"{STATEMENT_S}s",
    "default_transaction_read_only": "on",
}
"""Settings of a session. The role may write nothing; this holds for functions that have more rights than it too."""


async def try_out(settings: DatabaseSettings) -> None:
    """Log in once; raises Denied when the role is refused, Unavailable when nothing answers."""
    place = f"database {settings.pgdatabase} at {settings.pghost}:{settings.pgport}"
    try:
        connection = await asyncpg.connect(
            host=settings.pghost,
            port=settings.pgport,
            database=settings.pgdatabase,
            user=settings.pguser,
            password=settings.pgpassword.get_secret_value(),
            timeout=10,
        )
    except asyncpg.InvalidAuthorizationSpecificationError:
        raise Denied(f"{place} refuses role {settings.pguser}; check PGUSER and PGPASSWORD") from None
    except (asyncpg.PostgresError, OSError) as error:
        raise Unavailable(
            f"{place} does not answer: {error}; check that it runs and that PGHOST, PGPORT and PGDATABASE are right"
        ) from None
    await connection.close()
