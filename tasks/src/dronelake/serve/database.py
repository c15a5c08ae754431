"""How the service uses the database: as a reader that is cut off when it takes too long."""

STATEMENT_S = 30
"""Most seconds that the database works for one request."""

READING_ONLY = {
    "application_name": "catalogue",
    "statement_timeout": f"{STATEMENT_S}s",
    "default_transaction_read_only": "on",
}
"""Settings of a session. The role may write nothing; this holds for functions that have more rights than it too."""
