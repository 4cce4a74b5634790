"""Points with short coordinates."""

from collections.abc import Sequence

from exactgeo.arithmetic.affine import Row, evaluate_rows
from exactgeo.arithmetic.rationals import Point, Rational
from exactgeo.polyhedra.bounds import Bounds

_GRIDS = (1, 4, 8, 12, 16, 24, 32, 48, 64)


def shortened(point: Point, rows: Sequence[Row], bounds: Bounds | None = None) -> Point:
    """Return a point near to one with all rows > 0, with the same property and few bits to its coordinates.

    If there are bounds, both points lie strictly between them.

    The coordinates are rounded to the coarsest of a few grids 2^-k on which the point still satisfies every row
    strictly; if none does, the point stays.

    **Exactness**: exact; the property is tested, not assumed.
    """
    for bits in _GRIDS:
        scale = 1 << bits
        rounded = tuple(Rational(round(value * scale), scale) for value in point)
        if (not bounds or bounds.surround(rounded)) and all(value > 0 for value in evaluate_rows(rows, rounded)):
            return rounded if sum(map(_length, rounded)) < sum(map(_length, point)) else point
    return point


def _length(value: Rational) -> int:
    return int(value.numerator.bit_length() + value.denominator.bit_length())
