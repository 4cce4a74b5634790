"""A reduced problem's numbers as floats: rounded once, or to a side."""

import math
from collections.abc import Sequence

import numpy as np

from exactgeo.arithmetic.affine import Row
from exactgeo.arithmetic.floats import nearest_float
from exactgeo.arithmetic.rationals import Rational
from exactgeo.enumeration.certified.programs.kernels.spaces import Bytes, Floats, Rows, Scratch, Space
from exactgeo.enumeration.certified.programs.kernels.verdicts import LARGEST, SMALLEST, put_signs
from exactgeo.enumeration.certified.programs.reduction import Linear, Reduced

_MOST_BITS = 1000  # of an integer that becomes a float without overflow
_LEAST_EXPONENT = -200  # as the bounds in `verdicts`
_FAR = 2.0**16  # where to look along an input without a bound, beside its other bound


class Tables:
    """What the kernels read of a reduced problem.

    Inputs on which no form depends are left out: there every point has the origin's coordinate. A coordinate is
    scaled by a power of two.

    Attributes:
        inputs: the inputs that are there.
        space: bounds and coordinates.
        matrix: exactly, without the inputs that are left out, and unscaled.
    """

    def __init__(self, reduced: Reduced) -> None:
        self.inputs = [j for j, column in enumerate(zip(*reduced.matrix, strict=True)) if any(column)]
        self.matrix: tuple[Linear, ...] = tuple(tuple(row[j] for j in self.inputs) for row in reduced.matrix)
        shifts = [_bits(row) for row in self.matrix]
        scaled = [[_rounded(a, -shift) for a in row] for row, shift in zip(self.matrix, shifts, strict=True)]
        self._exponents = np.array([0, *shifts])
        lower, upper = [reduced.lower[j] for j in self.inputs], [reduced.upper[j] for j in self.inputs]
        ends = [*map(looked_at, lower, upper)]
        matrix = np.array(scaled)
        self.space = Space(
            matrix,
            np.ascontiguousarray(matrix.T),
            np.array([-math.inf if low is None else _bound(low, -1) for low in lower]),
            np.array([math.inf if high is None else _bound(high, 1) for high in upper]),
            np.array([-math.inf if low is None else _float_beyond(low, 1) for low in lower]),
            np.array([math.inf if high is None else _float_beyond(high, -1) for high in upper]),
            np.array([0.5 * (low + high) for low, high in ends]),
            np.array([0.5 * (high - low) for low, high in ends]),
        )

    def rows(self, rows: Sequence[Row], scratch: Scratch) -> tuple[Rows, Bytes]:
        """Return integer rows in (1, w) as the kernels read them, and the signs that they have in the whole box."""
        result = self.room(len(rows))
        signs = np.zeros(len(rows), dtype=np.int8)
        if rows:
            result.forms[...] = self._rounded(rows)
            put_signs(result, self.space, scratch, signs)
        return result, signs

    def _rounded(self, rows: Sequence[Row]) -> Floats:
        """Return the rows in scaled coordinates, each entry rounded once, the largest of a row near 1."""
        if any(value.bit_length() > _MOST_BITS for row in rows for value in row):
            return np.array([self._rounded_one_by_one(row) for row in rows])
        values = np.array([list(map(float, row)) for row in rows])  # correctly rounded
        exponents = np.frexp(values)[1].astype(np.int64) + self._exponents
        largest = np.where(values == 0.0, np.iinfo(np.int64).min, exponents).max(axis=1, keepdims=True)
        lost = (values != 0.0) & (exponents - largest <= _LEAST_EXPONENT)
        return np.where(lost, np.nan, np.ldexp(values, self._exponents - largest))

    def _rounded_one_by_one(self, row: Row) -> list[float]:
        bits = self._bits_of(row)
        return [_rounded(value, shift - bits) for value, shift in zip(row, self._exponents.tolist(), strict=True)]

    def exact_scale(self, row: Row, scale: float) -> int:
        """Return the scale of an integer row, given that of the floats, or 1 if it would be less."""
        return 1 << max(0, math.frexp(scale)[1] - 1 + self._bits_of(row))

    def _bits_of(self, row: Row) -> int:
        pairs = zip(row, self._exponents.tolist(), strict=True)
        return int(max(value.bit_length() + shift for value, shift in pairs if value))

    def room(self, count: int) -> Rows:
        """Return room for so many rows."""
        coordinates, inputs = self.space.matrix.shape
        return Rows(
            np.zeros((count, 1 + coordinates)),
            np.zeros((count, inputs)),
            np.zeros(count),
            np.ones(count),
            np.zeros((count, count)),
        )


def _bits(row: Linear) -> int:
    return max(value.bit_length() for value in row)


def _rounded(value: int, exponent: int) -> float:
    """Return the float nearest to value 2^exponent; NaN if its size is outside what the bounds allow for."""
    if not value:
        return 0.0
    excess = max(0, value.bit_length() - _MOST_BITS)
    shifted = value / (1 << excess) if excess else float(value)  # correctly rounded, both
    # Neither scaling rounds where the result is not refused.
    magnitude = math.frexp(shifted)[1] + excess + exponent
    if not _LEAST_EXPONENT < magnitude <= -_LEAST_EXPONENT:
        return math.nan
    return math.ldexp(shifted, excess + exponent)


def _bound(value: Rational, sense: int) -> float:
    """Return a float that is not less (sense 1), or not more (-1), than a number; NaN outside what the bounds allow."""
    near = nearest_float(value)
    if math.isfinite(near) and (Rational(*near.as_integer_ratio()) - value) * sense < 0:
        near += sense * math.ulp(near)  # exactly a float
    return near if near == 0.0 or SMALLEST <= abs(near) <= LARGEST else math.nan


def _float_beyond(value: Rational, sense: int) -> float:
    """Return a float near a number that is larger (sense 1) or smaller (-1); NaN if there is none."""
    near = nearest_float(value)
    if not math.isfinite(near):
        return math.nan
    while (Rational(*near.as_integer_ratio()) - value) * sense <= 0:
        near += sense * math.ulp(near)  # exactly a float
        if not math.isfinite(near):
            return math.nan
    return near


def looked_at(low: Rational | None, high: Rational | None) -> tuple[float, float]:
    """Return finite ends between which to look for points."""
    first, last = (None if end is None else _moderate(nearest_float(end)) for end in (low, high))
    if first is None and last is None:
        return -_FAR, _FAR
    if first is None:
        return (last or 0.0) - _FAR * max(1.0, abs(last or 0.0)), last or 0.0
    if last is None:
        return first, first + _FAR * max(1.0, abs(first))
    return first, last


def _moderate(value: float) -> float:
    return min(max(value, -LARGEST), LARGEST)
