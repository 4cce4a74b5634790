"""How long, or large, a boundary is: squares exactly, roots and their sums between bounds."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from exactgeo.arithmetic.rationals import Rational
from exactgeo.complexes.boundaries.boundary import DecisionBoundary
from exactgeo.complexes.cells.sides import side_of
from exactgeo.errors import InvalidArgument
from exactgeo.polyhedra.volumes import squared_volume

_BITS = 128


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A real number between two rational ones.

    Attributes:
        lower: not more than the number.
        upper: not less.
    """

    lower: Rational
    upper: Rational

    def __float__(self) -> float:
        return float((self.lower + self.upper) / 2)


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


def sum_of_roots(squares: Iterable[Rational]) -> Enclosure:
    """Return bounds of the sum of the square roots of rational numbers >= 0.

    *Proof*: isqrt(floor(4^k s)) is the floor of 2^k sqrt(s). Roots that are rational themselves are added exactly.
    """
    exact, others = Rational(0), []
    for square in squares:
        root = Rational(math.isqrt(int(square.numerator)), math.isqrt(int(square.denominator)))
        if root**2 == square:
            exact += root
        else:
            others.append((int(square.numerator), int(square.denominator)))
    bits = max(_BITS - min((p.bit_length() - q.bit_length() for p, q in others), default=0) // 2, 0)
    floors = sum(math.isqrt((p << 2 * bits) // q) for p, q in others)
    unit = Rational(1, 1 << bits)
    return Enclosure(exact + floors * unit, exact + (floors + len(others)) * unit)
