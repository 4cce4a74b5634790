"""What rows with a single variable say: bounds of the coordinates."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from exactgeo.arithmetic.affine import Row, negated
from exactgeo.arithmetic.rationals import Point, Rational


@dataclass(frozen=True, slots=True)
class Bounds:
    """Bounds of the coordinates, None where there is none.

    Attributes:
        lower: the greatest lower bound of each coordinate.
        upper: the least upper bound of each coordinate.
        rows: the indices of the rows that are bounds.
    """

    lower: tuple[Rational | None, ...]
    upper: tuple[Rational | None, ...]
    rows: frozenset[int]
    _common: int = field(init=False, repr=False, compare=False)
    _ends: tuple[tuple[int | None, int | None], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        known = [end for end in (*self.lower, *self.upper) if end is not None]
        common = math.lcm(*(int(end.denominator) for end in known))
        scaled = [[None if end is None else int(end * common) for end in ends] for ends in (self.lower, self.upper)]
        object.__setattr__(self, "_common", common)
        object.__setattr__(self, "_ends", tuple(zip(*scaled, strict=True)))

    @classmethod
    def of(cls, dimension: int, inequalities: Sequence[Row]) -> "Bounds":
        """Return the bounds among inequalities."""
        lower: list[Rational | None] = [None] * dimension
        upper: list[Rational | None] = [None] * dimension
        rows = set()
        for index, (constant, *linear) in enumerate(inequalities):
            if linear.count(0) != dimension - 1:
                continue
            k = next(k for k, value in enumerate(linear) if value)
            bound = Rational(-constant, linear[k])
            old = (lower if linear[k] > 0 else upper)[k]
            if linear[k] > 0:
                lower[k] = bound if old is None else max(old, bound)
            else:
                upper[k] = bound if old is None else min(old, bound)
            rows.add(index)
        return cls(tuple(lower), tuple(upper), frozenset(rows))

    @property
    def leave_room(self) -> bool:
        """Whether some point lies strictly between the bounds."""
        pairs = zip(self.lower, self.upper, strict=True)
        return all(low is None or high is None or low < high for low, high in pairs)

    def surround(self, point: Point) -> bool:
        """Whether a point lies strictly between the bounds."""
        return all(
            (low is None or low < x) and (high is None or x < high)
            for low, x, high in zip(self.lower, point, self.upper, strict=True)
        )

    def supremum(self, row: Sequence[int]) -> Rational | None:
        """Return the least upper bound of b + a.x within the bounds, None if there is none."""
        total = self._scaled_supremum(row)
        return None if total is None else Rational(total, self._common)

    def _scaled_supremum(self, row: Sequence[int]) -> int | None:
        """Return the supremum times the bounds' common denominator."""
        total = row[0] * self._common
        for value, (low, high) in zip(row[1:], self._ends, strict=True):
            if value:
                end = high if value > 0 else low
                if end is None:
                    return None
                total += value * end
        return total

    def inside(self) -> Point:
        """Return a short point strictly between the bounds, whose coordinates are floats if possible.

        They must leave room for it.
        """
        return tuple(map(_inside, self.lower, self.upper))

    def refute(self, row: Sequence[int]) -> bool:
        """Whether b + a.x > 0 holds nowhere within the bounds, as they alone can tell."""
        supremum = self._scaled_supremum(row)
        return supremum is not None and supremum <= 0

    def imply(self, row: Row) -> bool:
        """Whether b + a.x > 0 all over the interior of the bounds, as they alone can tell (the row is not 0)."""
        return self.refute(negated(row))


def _inside(low: Rational | None, high: Rational | None) -> Rational:
    """Return a short number strictly between two, a float if possible."""
    if low is None and high is None:
        return Rational(0)
    if low is None or high is None:
        end, sense = (high or Rational(0), -1) if low is None else (low, 1)
        step = Rational(2) ** max(0, _exponent(abs(end)) - 20)
        return step * (math.floor(end / step) if sense < 0 else math.ceil(end / step)) + sense * step
    middle, step = (low + high) / 2, Rational(2) ** (_exponent(high - low) - 4)
    return step * math.floor(middle / step + Rational(1, 2))


def _exponent(value: Rational) -> int:
    """Return k with 2^(k - 1) <= value < 2^(k + 1), 0 for 0."""
    return int(value.numerator).bit_length() - int(value.denominator).bit_length()
