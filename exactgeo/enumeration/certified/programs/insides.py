"""Bounds of which some are missing, and points strictly between them."""

import math
from collections.abc import Sequence

import flint

from exactgeo.arithmetic.affine import Row
from exactgeo.arithmetic.rationals import Point, Rational
from exactgeo.enumeration.certified.programs.reduction import Linear

_GRIDS = (4, 8, 12, 16, 24, 32, 48, 64, 96, 128, 256, 512, 1024)

Value = tuple[Rational, Rational]
"""What is finite, and a factor of M, a number larger than all others."""


class Bounds:
    """The bounds of a program, and the matrix of its coordinates.

    Args:
        matrix: (coordinates, inputs) integers.
        lower: < 0, or None.
        upper: > 0, or None.
    """

    def __init__(
        self, matrix: Sequence[Linear], lower: Sequence[Rational | None], upper: Sequence[Rational | None]
    ) -> None:
        self.columns = [list(column) for column in zip(*matrix, strict=True)]
        self.matrix = flint.fmpz_mat([list(row) for row in matrix])
        ends = [end for end in (*lower, *upper) if end is not None]
        self.denominator = math.lcm(*(int(end.denominator) for end in ends))
        self.lower = [_scaled(end, self.denominator, -1) for end in lower]
        self.upper = [_scaled(end, self.denominator, 1) for end in upper]

    def hold(self, point: Sequence[Rational], *, strictly: bool) -> bool:
        """Whether a point, times the denominator, lies between the bounds."""
        for value, low, high in zip(point, self.lower, self.upper, strict=True):
            if not low[1] and (value < low[0] or (strictly and value == low[0])):
                return False
            if not high[1] and (value > high[0] or (strictly and value == high[0])):
                return False
        return True


def _scaled(end: Rational | None, denominator: int, sense: int) -> tuple[int, int]:
    return (0, sense) if end is None else (int(end * denominator), 0)


def inner_point(bounds: Bounds, rows: Sequence[Row], ends: Sequence[Value]) -> Point:
    """Return a short point strictly between bounds at which rows are positive.

    Args:
        bounds: around 0.
        rows: in (1, w).
        ends: a point between the bounds, perhaps on them, at which the rows are positive, times the denominator.
    """
    large, point = 10, [a for a, _ in ends]
    while any(b for _, b in ends):
        point = [a + b * 2**large for a, b in ends]
        if bounds.hold(point, strictly=False) and min(_values(bounds, rows, point, bounds.denominator)) > 0:
            break
        large *= 2
    point = [value / bounds.denominator for value in point]
    values = _values(bounds, rows, point, 1)
    # By a power of two towards 0, as far as (1 - shrink) value + shrink row[0] > 0 allows.
    limits = [value / (value - row[0]) / 2 for value, row in zip(values, rows, strict=True) if row[0] <= 0]
    shrink = Rational(1, 1 << (math.ceil(1 / min([Rational(1, 2), *limits])) - 1).bit_length())
    point = [(1 - shrink) * value for value in point]
    for bits in _GRIDS:
        rounded = [Rational(round(value * 2**bits), 2**bits) for value in point]
        scaled = [value * bounds.denominator for value in rounded]
        if bounds.hold(scaled, strictly=True) and min(_values(bounds, rows, rounded, 1)) > 0:
            return tuple(rounded)
    return tuple(point)


def _values(bounds: Bounds, rows: Sequence[Row], point: Sequence[Rational], denominator: int) -> list[Rational]:
    """Return the rows' values at point / denominator, times the denominator."""
    linear = flint.fmpz_mat([list(row[1:]) for row in rows])
    common = math.lcm(*(int(value.denominator) for value in point))
    position = flint.fmpz_mat([[int(value * common)] for value in point])
    products = (linear * (bounds.matrix * position)).entries()
    return [Rational(int(p), common) + row[0] * denominator for p, row in zip(products, rows, strict=True)]
