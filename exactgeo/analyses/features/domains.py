"""Where features lie: all that are >= 0, or a box."""

from exactgeo.arithmetic.rationals import Point, Rational
from exactgeo.errors import InvalidArgument
from exactgeo.polyhedra import Polyhedron


def orthant(dimension: int) -> Polyhedron:
    """Return { h : every h_j >= 0 }."""
    return Polyhedron(dimension, tuple(tuple(int(k == j + 1) for k in range(dimension + 1)) for j in range(dimension)))


def feature_box(upper: Point) -> Polyhedron:
    """Return { h : 0 <= h_j <= u_j }, for u >= 0; where u_j is 0, so is h_j. Raises InvalidArgument for u_j < 0."""
    rows: list[tuple[Rational, ...]] = []
    for j, most in enumerate(upper):
        if most < 0:
            raise InvalidArgument(f"feature {j} lies between 0 and {most}: a bound of at least 0 was expected")
        unit = [Rational(int(k == j)) for k in range(len(upper))]
        rows += [(Rational(0), *unit), (most, *(-value for value in unit))]
    return Polyhedron(len(upper), tuple(rows))
