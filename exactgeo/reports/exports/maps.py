"""Cells and boundaries of the plane as GeoJSON (RFC 7946), whose coordinates are floats.

The exact coordinates stand beside them, as text, in the property `exact`.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from exactgeo.arithmetic.rationals import text
from exactgeo.complexes import CellComplex, DecisionBoundary, polylines
from exactgeo.errors import InvalidArgument
from exactgeo.files import replacing
from exactgeo.polyhedra.polygons import counterclockwise
from exactgeo.polyhedra.shapes import Vector, point_of, rounded

_PLANE = 2
_REMARK = "coordinates are rounded to floats; the property 'exact' has them as they are"


def write_cells_geojson(cells: CellComplex, path: Path | str) -> None:
    """Write the cells of a network of two inputs, in a bounded domain, as polygons with their patterns.

    Raises:
        InvalidArgument: for another number of inputs, or an unbounded cell.
    """
    if cells.dimension != _PLANE or not cells.is_bounded:
        raise InvalidArgument("GeoJSON has polygons of the plane: of two inputs, in a bounded domain")
    _write(path, _cells(cells))


def write_boundary_geojson(boundary: DecisionBoundary, path: Path | str) -> None:
    """Write the decision boundary of a network of two inputs as lines with the classes on their left and right.

    Raises:
        InvalidArgument: for another number of inputs, or an unbounded boundary.
    """
    lines = polylines(boundary)
    if not all(vector[0] for line in lines for vector in line.vectors):
        raise InvalidArgument("GeoJSON has no lines without end: choose a bounded domain")
    _write(path, _lines(boundary))


def _cells(cells: CellComplex) -> Iterator[dict[str, Any]]:
    patterns = cells.arrangement.patterns[:].tolist()
    for cell, shape in enumerate(cells.shapes):
        ring = counterclockwise(shape)
        properties = {"pattern": patterns[cell], "exact": [_exact(vector) for vector in ring]}
        yield _feature("Polygon", [[rounded(vector) for vector in (*ring, ring[0])]], properties)


def _lines(boundary: DecisionBoundary) -> Iterator[dict[str, Any]]:
    for line in polylines(boundary):
        corners = (*line.vectors, line.vectors[0]) if line.is_closed else line.vectors
        properties = {
            "left": line.classes[0],
            "right": line.classes[1],
            "closed": line.is_closed,
            "exact": [_exact(vector) for vector in corners],
        }
        yield _feature("LineString", [rounded(vector) for vector in corners], properties)


def _feature(kind: str, coordinates: list[Any], properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "Feature", "geometry": {"type": kind, "coordinates": coordinates}, "properties": properties}


def _exact(vector: Vector) -> list[str]:
    return [text(value) for value in point_of(vector)]


def _write(path: Path | str, features: Iterator[dict[str, Any]]) -> None:
    with replacing(Path(path)) as temporary, temporary.open("w", encoding="utf-8") as file:
        file.write(f'{{"type": "FeatureCollection", "remark": {json.dumps(_REMARK)}, "features": [\n')
        for number, feature in enumerate(features):
            file.write((",\n" if number else "") + json.dumps(feature))
        file.write("\n]}\n")
