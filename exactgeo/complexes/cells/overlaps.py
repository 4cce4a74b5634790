"""Where polyhedra in one hyperplane overlap: what cells of a discontinuous network share."""

from collections.abc import Iterator, Sequence

from exactgeo.arithmetic.affine import Row
from exactgeo.polyhedra.charts import Chart
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
    chart = Chart(hyperplane)
    others = [_Projected(candidate, chart) for candidate in second]
    for candidate in first:
        one = _Projected(candidate, chart)
        for other in others:
            if one.may_meet(other) and (seen := one.meeting(other)) is not None:
                yield one.owner, other.owner, chart.lifted_flat(seen.flat())


class _Projected:
    """A polyhedron as the chart shows it.

    Attributes:
        owner: whose it is.
        rows: that are >= 0 on it.
        extents: its least and greatest coordinates.
    """

    def __init__(self, candidate: Candidate, chart: Chart) -> None:
        flat, rows, self.owner = candidate
        self.rows = tuple(row for row in dict.fromkeys(map(chart.restricted, rows)) if any(row[1:]))
        self.extents = [flat.extent(k) for k in chart.axes]

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
