"""What a request is answered that cannot be served: 400 where it is wrong, 503 where the database is."""

import logging

import asyncpg
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from tipg import errors

log = logging.getLogger(__name__)

_WRONG_REQUEST = (
    *(errors.InvalidBBox, errors.InvalidDatetime, errors.InvalidDatetimeColumnName, errors.InvalidGeometryColumnName),
    *(
        errors.InvalidLimit,
        errors.InvalidPropertyName,
        errors.MissingDatetimeColumn,
        RequestValidationError,
        ValueError,
    ),
)
_SEEN_BY_THE_DATABASE = (
    # Values that a column cannot have, and columns that no table has.
    *(asyncpg.DataError, asyncpg.UndefinedColumnError, asyncpg.UndefinedFunctionError),
    asyncpg.RaiseError,  # pgSTAC's own refusals
)
_DATABASE = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, TimeoutError)


def add_tipg_refusals(app: FastAPI) -> None:
    """Have tipg's application answer what it raises in JSON, with the right status."""
    for error in _WRONG_REQUEST:
        app.add_exception_handler(error, _wrong_request)
    app.add_exception_handler(errors.NotFound, _not_found)
    app.add_exception_handler(errors.NoPrimaryKey, _not_found)


def add_database_refusals(app: FastAPI) -> None:
    """Have an application answer what the database raises in JSON, and log what is nobody's mistake."""
    for error in _SEEN_BY_THE_DATABASE:
        app.add_exception_handler(error, _wrong_request)
    for error in _DATABASE:
        app.add_exception_handler(error, _unavailable)
    app.add_exception_handler(asyncpg.QueryCanceledError, _too_much)


def _wrong_request(_: Request, error: Exception) -> JSONResponse:
    if isinstance(error, RequestValidationError):
        faults = [f"{fault['loc'][-1]}: {fault['msg'].lower()}" for fault in error.errors()]
        return JSONResponse({"detail": "; ".join(faults)}, 400)
    return JSONResponse({"detail": str(error)}, 400)


def _not_found(_: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"detail": str(error)}, 404)


def _too_much(_: Request, __: Exception) -> JSONResponse:
    return JSONResponse(
        {"detail": "the database needs too long for this; ask for a smaller box or fewer features"}, 503
    )


def _unavailable(request: Request, error: Exception) -> JSONResponse:
    log.error("%s: %s: %s", request.url.path, type(error).__name__, error)
    return JSONResponse({"detail": "the database does not answer now; ask again later"}, 503)
