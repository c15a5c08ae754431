"""Filters of a request, refused before they reach the database unless they are what CQL2 has."""

from typing import Annotated, Any, Literal

from cql2 import Expr, ParseError, ValidationError
from fastapi import HTTPException, Query
from tipg.dependencies import filter_query

_COMPARING = ("=", "<>", "<", ">", "<=", ">=", "between", "in", "like", "isNull", "and", "or", "not")
_COUNTING = ("+", "-", "*", "/", "%", "^", "div")
_NAMING = ("casei", "accenti")
_PLACING = ("intersects", "equals", "disjoint", "touches", "within", "overlaps", "crosses", "contains")
_TIMING = ("after", "before", "disjoint", "equals", "intersects")
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
    except (ParseError, ValidationError, ValueError) as error:
        raise HTTPException(400, f"filter: {query!r} is not CQL2: {error}") from None
    if parsed is not None:
        unknown = sorted(_operators(parsed.to_json()) - OPERATORS)
        if unknown:
            there_are = ", ".join(sorted(OPERATORS))
            raise HTTPException(400, f"filter: there is no {', '.join(unknown)} here; there are {there_are}")
    return parsed


def _operators(node: Any) -> set[str]:
    if isinstance(node, list):
        return set().union(*(_operators(each) for each in node))
    if not isinstance(node, dict):
        return set()
    own = {str(node["op"])} if "op" in node else set()
    return own.union(*(_operators(each) for each in node.values()))
