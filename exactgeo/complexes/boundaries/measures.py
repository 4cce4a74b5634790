"""How long, or large, a boundary is: squares exactly, roots and their sums between bounds."""

from exactgeo.arithmetic.enclosures import Enclosure, sum_of_roots
from exactgeo.arithmetic.rationals import Rational
from exactgeo.complexes.boundaries.boundary import DecisionBoundary
from exactgeo.complexes.cells.sides import side_of
from exactgeo.errors import InvalidArgument
from exactgeo.polyhedra.volumes import squared_volume


def squared_measures(boundary: DecisionBoundary) -> tuple[Rational | None, ...]:
    """Return each piece's squared length (of two inputs), squared area (of three), ...; None if it is infinite.

    **Exactness**: exact.
    """
    shapes = boundary.cells.shapes
    facets = (piece.facet for piece in boundary.pieces)
    return tuple(squared_volume(*side_of(shapes, facet)) if facet.flat.is_bounded else None for facet in facets)


def measure(boundary: DecisionBoundary) -> Enclosure:
    """Return bounds of the whole boundary's length (of two inputs), area (of three), ...; of points, their number.

    Raises:
        InvalidArgument: if it is infinite.

    **Exactness**: a rigorous enclosure, each root known to more than a hundred bits; exact where all are rational.
    """
    squares = squared_measures(boundary)
    if None in squares:
        raise InvalidArgument("a piece of the boundary is unbounded, so the whole has no size: choose a bounded domain")
    return sum_of_roots(square for square in squares if square is not None)
