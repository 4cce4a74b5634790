"""Faces of cells that do not meet face to face: sides count as what the cells around make of them.

*Definition*: a stratum is a largest set of points of the domain that lie in the closures of the same cells and in the
same facets of the domain. *Theorem*: each stratum is the relative interior of a polyhedron that is a union of strata.

*Proof*: let S be the cells around a point x, Q the intersection of their closures. The tangent cones at x of the cells
in S cover the space (or the domain's tangent cone). Let y be another point of Q, v = y - x. Along the open segment from
x to y the tangent cones of a convex set that holds it are the same; they hold those at x. So those of S cover there,
too, and no other cell is near. If y lies in Q's relative interior, the segment can be prolonged beyond y within Q, so
this holds of y. And x lies in Q's relative interior: let c be a cell of S, u an inner point of its tangent cone along
the segment, which holds the line of v. For all large t, u - tv lies in the tangent cone at x of one cell of S; then u
lies in that cell's along the segment, and as inner points are not shared, the cell is c. So -v lies in each tangent
cone at x, and Q goes on beyond x. Points of Q's relative border have more cells around them, and their strata lie in Q.

The strata of n - 1 dimensions are the facets. At a point of a stratum of k < n - 1 dimensions the tangent cones are
products of R^k and a fan whose least cone is {0}, and which has rays; so there are strata of k + 1 dimensions around
it, and it lies in a face of each of them, in one affine subspace of k dimensions. In this subspace two points belong to
the same stratum if and only if the same of all these faces hold them; the stratum's closure is the intersection of
those that hold it. These are the least ones among all intersections of faces that have k dimensions.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from exactgeo.arithmetic.affine import Row
from exactgeo.complexes.cells.facets import Facet
from exactgeo.complexes.cells.overlaps import common_refinement, contains
from exactgeo.polyhedra.charts import Chart, distinct_rows
from exactgeo.polyhedra.shapes import Flat, Shape

Level = dict[Flat, tuple[Flat, ...]]
"""The polyhedra of a dimension, each with those of one dimension less that its border consists of."""


class _Stratum(NamedTuple):
    """A polyhedron, and how it looks in its own affine hull."""

    flat: Flat
    chart: Chart
    shape: Shape


class _Face(NamedTuple):
    """A face of a stratum, in its own affine hull, and which stratum's it is."""

    shape: Shape
    owner: Flat


def strata(shapes: Sequence[Shape], facets: Sequence[Facet]) -> list[Level]:
    """Return the closures of all strata below those of the cells, by dimension, from 0 on.

    Args:
        shapes: of the cells.
        facets: all of theirs.

    **Exactness**: exact. **Complexity**: pairs of faces in one affine subspace that overlap; few, usually.
    """
    current = [_facet(shapes, facet) for facet in facets]
    levels: list[Level] = []
    for _ in range(shapes[0].dimension - 2):
        level, current = _bordered(current)
        levels.append(level)
    edges = {stratum.flat: _ends(stratum.flat) for stratum in current}
    points: Level = {end: () for ends in edges.values() for end in ends}
    return [points, edges, *reversed(levels)]


def _facet(shapes: Sequence[Shape], facet: Facet) -> _Stratum:
    chart = Chart([facet.hyperplane])
    return _seen(chart, facet.flat, [row for cell in facet.cells for row in shapes[cell].rows])


def _seen(chart: Chart, flat: Flat, rows: Sequence[Row]) -> _Stratum:
    """Return a polyhedron, given rows >= 0 that describe it in its affine hull."""
    shape = Shape.joined(distinct_rows(map(chart.restricted, rows)), *chart.seen_flat(flat))
    return _Stratum(flat, chart, shape)


def _bordered(current: Sequence[_Stratum]) -> tuple[Level, list[_Stratum]]:
    """Return strata with what their borders consist of, and the latter."""
    charts: dict[tuple[Row, ...], Chart] = {}
    faces: defaultdict[tuple[Row, ...], list[_Face]] = defaultdict(list)
    for stratum in current:
        for row, on in zip(stratum.shape.rows, stratum.shape.incidences, strict=True):
            _, chart, shape = _face(stratum, row, on)
            charts[chart.equations] = chart
            faces[chart.equations].append(_Face(shape, stratum.flat))
    below: list[_Stratum] = []
    level: dict[Flat, list[Flat]] = {stratum.flat: [] for stratum in current}
    for equations, together in faces.items():
        for shape in common_refinement([face.shape for face in together]):
            flat = charts[equations].lifted_flat(shape.flat())
            below.append(_Stratum(flat, charts[equations], shape))
            for face in together:
                if contains(face.shape, shape):
                    level[face.owner].append(flat)
    return {flat: tuple(parts) for flat, parts in level.items()}, below


def _face(stratum: _Stratum, row: Row, on: int) -> _Stratum:
    """Return a facet of a stratum's polyhedron, given its row and its generators."""
    chart = Chart([*stratum.chart.equations, stratum.chart.extended(row)])
    flat = stratum.chart.lifted_flat(stratum.shape.flat(on))
    return _seen(chart, flat, [stratum.chart.extended(other) for other in stratum.shape.rows])


def _ends(edge: Flat) -> tuple[Flat, ...]:
    return () if edge.lines else tuple(Flat((vector,)) for vector in edge.generators if vector[0])
