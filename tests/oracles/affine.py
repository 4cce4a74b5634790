"""Exact affine forms, and the parametrisation of the solution set of linear equations.

An affine form in d coordinates u is the tuple (c, a1, .., ad) of its coefficients on (1, u1, .., ud).  A frame
lists the affine forms that the entries 1, x1, .., xn take in the coordinates u, so it is an affine map u -> x.
All numbers are int or Fraction; nothing is rounded.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm

Number = int | Fraction
Affine = tuple[Fraction, ...]
Frame = tuple[Affine, ...]
IntRow = tuple[int, ...]

ZERO, ONE = Fraction(0), Fraction(1)


def unit_vector(index: int, width: int) -> Affine:
    """The affine form that is entry `index` of (1, u), given `width` = 1 + number of coordinates."""
    return tuple(ONE if column == index else ZERO for column in range(width))


def identity_frame(dimension: int) -> Frame:
    """The frame with x = u."""
    return tuple(unit_vector(index, dimension + 1) for index in range(dimension + 1))


def combine(terms: Iterable[tuple[Number, Sequence[Number]]], width: int) -> Affine:
    """The sum of coefficient * vector over the terms, as a vector of `width` Fractions."""
    total = [ZERO] * width
    for coefficient, vector in terms:
        if coefficient:
            for column, value in enumerate(vector):
                if value:
                    total[column] += coefficient * value
    return tuple(total)


def substitute(form: Sequence[Number], frame: Frame) -> Affine:
    """The affine form in (1, x) read in the coordinates of the frame."""
    return combine(zip(form, frame, strict=True), len(frame[0]))


def primitive(row: Sequence[Number]) -> tuple[IntRow, Fraction]:
    """The primitive integer vector on the same ray, and the positive factor that was applied to the row.

    The zero row stays the zero row, with factor 1.
    """
    denominator = lcm(*(value.denominator for value in row))
    integers = [value.numerator * (denominator // value.denominator) for value in row]
    divisor = gcd(*integers) or 1
    return tuple(value // divisor for value in integers), Fraction(denominator, divisor)


@dataclass(frozen=True)
class Solution:
    """The solution set of equations E.(1, x) = 0, or the proof that it is empty.

    `frame` parametrises the set by the free entries of x; it is None when the equations are inconsistent.
    `pivots` maps an entry v of (1, x) to multipliers m with (m.E)(1, x) = x_v - (the frame's form for x_v, written
    in the free entries); for inconsistent equations it holds, under entry 0, multipliers with m.E = (1, 0, .., 0).
    """

    frame: Frame | None
    pivots: dict[int, Affine]


def solve_equations(equations: Sequence[Sequence[Number]], dimension: int) -> Solution:
    """Gauss-Jordan elimination over the rationals, each row carrying its multipliers on the given equations."""
    width = dimension + 1
    rows = [
        [Fraction(value) for value in row] + list(unit_vector(index, len(equations)))
        for index, row in enumerate(equations)
    ]
    reduced: dict[int, list[Fraction]] = {}
    for column in [*range(1, width), 0]:
        source = next((row for row in rows if row[column]), None)
        if source is None:
            continue
        rows = [row for row in rows if row is not source]
        pivot_row = [value / source[column] for value in source]
        rows = [_clear(row, pivot_row, column) for row in rows]
        reduced = {entry: _clear(row, pivot_row, column) for entry, row in reduced.items()}
        reduced[column] = pivot_row
    pivots = {entry: tuple(row[width:]) for entry, row in reduced.items()}
    if 0 in reduced:
        assert combine(zip(pivots[0], equations, strict=True), width) == unit_vector(0, width)
        return Solution(None, {0: pivots[0]})
    frame = _frame(reduced, width)
    assert all(not any(substitute(row, frame)) for row in equations)
    return Solution(frame, pivots)


def _clear(row: list[Fraction], pivot_row: list[Fraction], column: int) -> list[Fraction]:
    """The row minus the multiple of the pivot row that makes its entry in the column zero."""
    factor = row[column]
    return [value - factor * other for value, other in zip(row, pivot_row, strict=True)] if factor else row


def _frame(reduced: dict[int, list[Fraction]], width: int) -> Frame:
    """Solve each reduced equation for its pivot entry; the other entries of x are the coordinates."""
    free = [entry for entry in range(width) if entry not in reduced]
    coordinate = {entry: unit_vector(index, len(free)) for index, entry in enumerate(free)}
    return tuple(
        coordinate[entry] if entry in coordinate else tuple(-reduced[entry][other] for other in free)
        for entry in range(width)
    )
