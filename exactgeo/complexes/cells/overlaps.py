"""Where polyhedra in one hyperplane overlap: what cells of a discontinuous network share."""

from collections.abc import Iterator, Sequence

from exactgeo.arithmetic.affine import Row, negated, primitive
from exactgeo.arithmetic.matrices import reduce_modulo
from exactgeo.polyhedra.polyhedron import SOLVER
from exactgeo.polyhedra.shapes import Flat, Shape, Vector
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
    pivot = max(k for k, value in enumerate(hyperplane) if value)
    row = hyperplane if hyperplane[pivot] > 0 else negated(hyperplane)
    others = [_Projected(candidate, row, pivot) for candidate in second]
    for candidate in first:
        one = _Projected(candidate, row, pivot)
        for other in others:
            if one.may_meet(other) and (flat := one.meeting(other)) is not None:
                yield one.owner, other.owner, _lifted(flat, row, pivot)


class _Projected:
    """A polyhedron in the coordinates without the pivot.

    Attributes:
        owner: whose it is.
        rows: that are >= 0 on it.
        extents: its least and greatest coordinates.
    """

    def __init__(self, candidate: Candidate, row: Row, pivot: int) -> None:
        flat, rows, self.owner = candidate
        reduced = (reduce_modulo(other, [row], [pivot]) for other in rows)
        self.rows = tuple(dict.fromkeys(primitive(_without(other, pivot)) for other in reduced))
        self.rows = tuple(other for other in self.rows if any(other[1:]))
        self.extents = [flat.extent(k) for k in range(1, len(row)) if k != pivot]

    def may_meet(self, other: "_Projected") -> bool:
        """Whether the two overlap in each coordinate."""
        for (low, high), (bottom, top) in zip(self.extents, other.extents, strict=True):
            if (high is not None and bottom is not None and high <= bottom) or (
                low is not None and top is not None and top <= low
            ):
                return False
        return True

    def meeting(self, other: "_Projected") -> Shape | None:
        """Return where the two meet, if that is full-dimensional."""
        rows, dimension = (*self.rows, *other.rows), len(self.extents)
        if not isinstance(SOLVER.strict_feasibility(dimension, rows), InteriorPoint):
            return None
        return Shape.of(dimension, rows)


def _without(row: Sequence[int], pivot: int) -> Row:
    return (*row[:pivot], *row[pivot + 1 :])


def _lifted(shape: Shape, row: Row, pivot: int) -> Flat:
    """Return the polyhedron in the hyperplane that lies over one in the other coordinates."""

    def lift(vector: Vector) -> Vector:
        value = -sum(a * x for a, x in zip(_without(row, pivot), vector, strict=True))
        scaled = [row[pivot] * x for x in vector]
        return primitive((*scaled[:pivot], value, *scaled[pivot:]))

    return Flat.of(map(lift, shape.generators), map(lift, shape.lines))
