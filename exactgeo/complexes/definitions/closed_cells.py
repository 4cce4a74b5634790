"""Closures of cells by their vertices, their facets, and who lies across them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

from exactgeo.arithmetic.affine import Row, evaluate_row
from exactgeo.arithmetic.matrices import rank
from exactgeo.arithmetic.rationals import Point, Rational
from exactgeo.polyhedra.polyhedron import SOLVER
from exactgeo.polyhedra.solvers import Generators


@dataclass(frozen=True)
class ClosedCell:
    """A full-dimensional closed polyhedron { rows >= 0 }, and what generates it."""

    dimension: int
    rows: tuple[Row, ...]

    @cached_property
    def generators(self) -> Generators:
        """Its vertices, rays and lines."""
        return SOLVER.generators(self.dimension, self.rows)

    def facets(self) -> Iterator[tuple[Row, Point]]:
        """Yield the row of each facet, and a point of its relative interior."""
        vertices, rays, lines = self.generators.vertices, self.generators.rays, self.generators.lines
        for row in self.rows:
            points = [v for v in vertices if evaluate_row(row, v) == 0]
            directions = [r for r in rays if evaluate_row((0, *row[1:]), r) == 0]
            homogeneous = [(Rational(1), *v) for v in points] + [(Rational(0), *d) for d in (*directions, *lines)]
            if points and rank(homogeneous) == self.dimension:
                yield row, _mean(points, directions)

    def lies_within(self, row: Row) -> bool:
        """Whether row >= 0 all over the cell."""
        slope, of = (0, *row[1:]), self.generators
        return (
            all(evaluate_row(row, v) >= 0 for v in of.vertices)
            and all(evaluate_row(slope, r) >= 0 for r in of.rays)
            and all(evaluate_row(slope, line) == 0 for line in of.lines)
        )


def corners(dimension: int, rows: Sequence[Row], equations: Sequence[Row], *, cut: bool) -> set[Point]:
    """Return the vertices of { rows >= 0, equations = 0 }.

    Args:
        dimension: of the space.
        rows: primitive rows.
        equations: likewise.
        cut: whether to cut the polyhedron along all coordinate hyperplanes first, so that each part has vertices; all
            parts' vertices are returned.
    """
    if not cut:
        return set(SOLVER.generators(dimension, rows, equations).vertices)
    found: set[Point] = set()
    for signs in product((1, -1), repeat=dimension):
        orthant = [(0, *(s if i == k else 0 for i in range(dimension))) for k, s in enumerate(signs)]
        found.update(SOLVER.generators(dimension, [*rows, *orthant], equations).vertices)
    return found


def _mean(points: Sequence[Point], directions: Iterable[Point]) -> Point:
    total = [sum(values) / len(points) for values in zip(*points, strict=True)]
    for direction in directions:
        total = [a + b for a, b in zip(total, direction, strict=True)]
    return tuple(total)
