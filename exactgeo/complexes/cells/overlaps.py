"""Where polyhedra in one affine subspace overlap: what cells of a discontinuous network share."""

from collections.abc import Iterator, Sequence

from exactgeo.arithmetic.affine import Row
from exactgeo.arithmetic.rationals import Rational
from exactgeo.polyhedra.charts import Chart, distinct_rows
from exactgeo.polyhedra.polyhedron import SOLVER
from exactgeo.polyhedra.shapes import Flat, Shape
from exactgeo.polyhedra.solvers import InteriorPoint

Candidate = tuple[Flat, tuple[Row, ...], int]
"""A polyhedron of dimension n - 1 in the hyperplane, rows >= 0 that describe it there, and whose it is."""


def overlaps(
    hyperplane: Row, first: Sequence[Candidate], second: Sequence[Candidate]
) -> Iterator[tuple[int, int, Flat]]:
    """Yield which polyhedra of two families meet in a set of dimension n - 1, and in which.

    The polyhedra of a family have no interior points in common. In the coordinates without the hyperplane's last one,
    all are full-dimensional; so two that meet in such a set overlap in each coordinate.

    **Exactness**: exact. **Complexity**: a linear program for each two that overlap in each coordinate.
    """
    chart = Chart([hyperplane])
    others = [(_part(candidate, chart), candidate[2]) for candidate in second]
    for candidate in first:
        one = _part(candidate, chart)
        for other, owner in others:
            if (seen := one.meeting(other)) is not None:
                yield candidate[2], owner, chart.lifted_flat(seen.flat())


def common_refinement(shapes: Sequence[Shape]) -> list[Shape]:
    """Return the least full-dimensional intersections of shapes: those that hold no other one.

    **Exactness**: exact. **Complexity**: a linear program for each two intersections that overlap in each coordinate.
    """
    found = dict.fromkeys(shapes)
    parts = [Part.of(shape) for shape in found]
    place = 1
    while place < len(parts):
        for other in parts[:place]:
            shape = parts[place].meeting(other)
            if shape is not None and shape not in found:
                found[shape] = None
                parts.append(Part.of(shape))
        place += 1
    return [shape for shape in found if not any(other != shape and contains(shape, other) for other in found)]


def contains(outer: Shape, inner: Shape) -> bool:
    """Whether a polyhedron lies in another one. **Exactness**: exact."""
    vectors = (*inner.generators, *inner.lines, *(tuple(-x for x in line) for line in inner.lines))
    return all(outer.holds(vector) for vector in vectors)


class Part:
    """A full-dimensional polyhedron that others may overlap.

    Attributes:
        rows: that are >= 0 on it, and define it.
        extents: its least and greatest coordinates.
    """

    def __init__(self, rows: tuple[Row, ...], extents: Sequence[tuple[Rational | None, Rational | None]]) -> None:
        self.rows = rows
        self.extents = extents

    @classmethod
    def of(cls, shape: Shape) -> "Part":
        """Return a shape as such a polyhedron."""
        flat = shape.flat()
        return cls(shape.rows, [flat.extent(k) for k in range(1, shape.dimension + 1)])

    def meeting(self, other: "Part") -> Shape | None:
        """Return where the two meet, if that is full-dimensional."""
        rows, dimension = (*self.rows, *other.rows), len(self.extents)
        if not self._overlaps(other) or not isinstance(SOLVER.strict_feasibility(dimension, rows), InteriorPoint):
            return None
        return Shape.of(dimension, rows)

    def _overlaps(self, other: "Part") -> bool:
        """Whether the two overlap in each coordinate."""
        for (low, high), (bottom, top) in zip(self.extents, other.extents, strict=True):
            if (high is not None and bottom is not None and high <= bottom) or (
                low is not None and top is not None and top <= low
            ):
                return False
        return True


def _part(candidate: Candidate, chart: Chart) -> Part:
    flat, rows, _ = candidate
    return Part(distinct_rows(map(chart.restricted, rows)), [flat.extent(k) for k in chart.axes])
