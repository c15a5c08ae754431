"""A table of the schema `detections` as a collection of features, answered in the system that a request asks for."""

from typing import Annotated, Any

from cql2 import Expr
from fastapi import HTTPException, Query, Request
from tipg.collections import Collection, Column, PgCollection
from tipg.dependencies import CollectionParams

from dronelake.serve.crs import CRS84, STORAGE, Box, Crs, system

TEXTS = {
    "finding": (
        "Findings",
        "What detection found on orthophotos: one feature a finding, by class, score, place and model.",
    ),
}
"""Titles and descriptions, by table."""


class Findings(PgCollection):
    """A table whose features are points where it has any: what they cover is a column beside, `geom-column=box`."""

    output: Crs = CRS84

    @classmethod
    def of(cls, table: PgCollection) -> "Findings":
        points = [column for column in table.geometry_columns if str(column.geometry_type).upper() == "POINT"]
        given = table.model_dump(by_alias=True)
        title, description = TEXTS.get(table.table, (table.id, None))
        geometry = points[0].model_dump() if points else given["geometry_column"]
        return cls(**given | {"geometry_column": geometry, "title": title, "description": description})

    def _geom_expr(self, geometry_column: Column | None, bbox_only: bool | None, simplify: float | None) -> str | None:
        """The geometry in SQL, in the system that was asked for."""
        stored: str | None = super()._geom_expr(geometry_column, bbox_only, simplify)
        if stored is None:
            return None
        placed = stored if self.output.srid == STORAGE.srid else f"ST_Transform({stored}, {self.output.srid})"
        return f"ST_FlipCoordinates({placed})" if self.output.north_first else placed

    def cql_where(  # type: ignore[override]  # tipg calls it by names alone
        self, *, bbox: Any = None, geom: str | None = None, **others: Any
    ) -> Expr | None:
        """What all filters together ask for; a box is one of any system."""
        rest: Expr | None = super().cql_where(geom=geom, **others)
        column = self.get_geometry_column(geom)
        if not isinstance(bbox, Box) or column is None:
            return rest
        inside = Expr({"op": "s_intersects", "args": [{"property": column.name}, bbox.outline]})
        return inside if rest is None else inside + rest


def collection_in_crs(
    request: Request,
    collectionId: str,  # noqa: N803 (the route's name)
    crs: Annotated[str | None, Query(description="The system of the answer; else CRS84.")] = None,
    bbox_crs: Annotated[str | None, Query(alias="bbox-crs", description="The box's system; else CRS84.")] = None,
) -> Collection:
    """The collection of a request; raises HTTPException, 404 when there is none and 400 for an unknown system."""
    output = system(crs, "crs")
    system(
        bbox_crs, "bbox-crs"
    )  # read by box_query, which stands in for one of tipg's own and is not in its API document
    request.state.content_crs = output.uri
    if "." not in collectionId:
        raise HTTPException(404, f"there is no collection {collectionId!r}; /collections lists those that there are")
    return CollectionParams(request, collectionId).model_copy(update={"output": output})
