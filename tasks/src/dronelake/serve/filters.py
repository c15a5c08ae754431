"""Filters of a request, refused before they reach the database unless they are what CQL2 has."""

from typing import Annotated, Any, Literal

from ciso8601 import parse_rfc3339
from cql2 import Expr
from fastapi import HTTPException, Query
from tipg.dependencies import filter_query

_COMPARING = ("=", "<>", "<", ">", "<=", ">=", "between", "in", "like", "isNull", "and", "or", "not")
_COUNTING = ("+", "-", "*", "/", "%", "^", "div")
_NAMING = ("casei", "accenti")
_PLACING = ("intersects", "equals", "disjoint", "touches", "within", "overlaps", "crosses", "contains")
_TIMING = ("after", "before", "disjoint", "equals", "intersects")
_OPEN = ("", "..")
OPERATORS = frozenset(
    [*_COMPARING, *_COUNTING, *_NAMING, *(f"s_{name}" for name in _PLACING), *(f"t_{name}" for name in _TIMING)]
)
"""What a filter may do. CQL2 allows functions of the server's own: any other name would be called in the database."""


def cql_query(
    query: Annotated[str | None, Query(alias="filter", description="A filter in CQL2.")] = None,
    filter_lang: Annotated[
        Literal["cql2-text", "cql2-json"] | None, Query(alias="filter-lang", description="The filter's language.")
    ] = None,
) -> Expr | None:
    """The filter of a request; raises HTTPException 400 that says where it is wrong."""
    try:
        parsed = filter_query(query, filter_lang)
    except Exception as error:  # cql2 has no class of its own for these
        raise HTTPException(400, f"filter: {query!r} is not CQL2: {error}") from None
    if parsed is not None:
        unknown = sorted(_operators(parsed.to_json()) - OPERATORS)
        if unknown:
            there_are = ", ".join(sorted(OPERATORS))
            raise HTTPException(400, f"filter: there is no {', '.join(unknown)} here; there are {there_are}")
    return parsed


def time_query(
    datetime: Annotated[str | None, Query(description="A moment, or two with / between; .. is open.")] = None,
) -> list[str] | None:
    """The moment or interval of a request; raises HTTPException 400 when it is neither."""
    if datetime is None:
        return None
    parts = datetime.split("/")
    try:
        if len(parts) > 2 or all(part in _OPEN for part in parts):
            raise ValueError
        for part in parts:
            if part not in _OPEN:
                parse_rfc3339(part)
    except ValueError:
        example = "2026-05-01T00:00:00Z/2026-05-02T00:00:00Z"
        raise HTTPException(
            400, f"datetime: {datetime!r} is no moment or interval with a zone, as {example} is"
        ) from None
    return parts


def _operators(node: Any) -> set[str]:
    if isinstance(node, list):
        return set().union(*(_operators(each) for each in node))
    if not isinstance(node, dict):
        return set()
    own = {str(node["op"])} if "op" in node else set()
    return own.union(*(_operators(each) for each in node.values()))
