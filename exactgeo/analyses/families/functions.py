"""Exact piecewise-linear functions of one variable, continuous or not."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

from exactgeo.arithmetic.rationals import Rational, rational
from exactgeo.errors import InvalidArgument

Line = tuple[Rational, Rational]
"""A slope and an intercept."""

Monotonicity = Literal["constant", "increasing", "decreasing", "nondecreasing", "nonincreasing"]


@dataclass(frozen=True, slots=True)
class Extreme:
    """A supremum or an infimum.

    Attributes:
        value: its value.
        place: where the function has it, or comes arbitrarily close to it.
        is_attained: whether it has it.
    """

    value: Rational
    place: Rational
    is_attained: bool


@dataclass(frozen=True, slots=True)
class Interval:
    """An interval, which may be one point.

    Attributes:
        low, high: its ends.
        has_low, has_high: whether they belong to it.
    """

    low: Rational
    high: Rational
    has_low: bool = True
    has_high: bool = True


@dataclass(frozen=True, slots=True)
class _Part:
    """A break, or the stretch between two, with the values that it takes: one, or an open interval of them."""

    low: Rational
    high: Rational
    line: Line

    @property
    def range(self) -> tuple[Rational, Rational]:
        """The least and the greatest value, or limit of values."""
        first, last = (_value(self.line, end) for end in (self.low, self.high))
        return min(first, last), max(first, last)


@dataclass(frozen=True, slots=True)
class PiecewiseLinear:
    """A function on a closed interval that is affine between neighbouring breaks, and may jump at them.

    Attributes:
        breaks: r0 < … < rk.
        lines: for each stretch between neighbouring breaks the slope and the intercept there.
        values: at the breaks.

    **Exactness**: everything is exact.
    """

    breaks: tuple[Rational, ...]
    lines: tuple[Line, ...]
    values: tuple[Rational, ...]

    def __call__(self, parameter: Any) -> Rational:  # noqa: ANN401 (whatever `rational` accepts)
        """Return the value at a point. Raises InvalidArgument outside the interval."""
        r = rational(parameter)
        for part in self._parts():
            if part.low < r < part.high or part.low == r == part.high:
                return _value(part.line, r)
        raise InvalidArgument(f"the function is known from {self.breaks[0]} to {self.breaks[-1]}, not at {r}")

    def limits(self, number: int) -> tuple[Rational | None, Rational | None]:
        """Return the limits from the left and from the right at a break, given its number; None beyond the ends."""
        r = self.breaks[number]
        left = _value(self.lines[number - 1], r) if number else None
        right = _value(self.lines[number], r) if number < len(self.lines) else None
        return left, right

    @property
    def is_continuous(self) -> bool:
        """Whether the function jumps nowhere."""
        return not any(self._jumps_at(number) for number in range(len(self.breaks)))

    def merged(self) -> "PiecewiseLinear":
        """Return the same function without breaks at which it neither bends nor jumps."""
        last = len(self.breaks) - 1
        kept = [k for k in range(last + 1) if k in (0, last) or self.lines[k - 1] != self.lines[k] or self._jumps_at(k)]
        return PiecewiseLinear(
            tuple(self.breaks[k] for k in kept),
            tuple(self.lines[k] for k in kept[:-1]),
            tuple(self.values[k] for k in kept),
        )

    def minus(self, slope: Any, intercept: Any = 0) -> "PiecewiseLinear":  # noqa: ANN401 (whatever `rational` accepts)
        """Return the function less slope * r + intercept."""
        own = rational(slope), rational(intercept)
        return PiecewiseLinear(
            self.breaks,
            tuple((line[0] - own[0], line[1] - own[1]) for line in self.lines),
            tuple(value - _value(own, r) for r, value in zip(self.breaks, self.values, strict=True)),
        )

    def supremum(self) -> Extreme:
        """Return the least upper bound, at the first place where the function has it, or else comes close to it."""
        return min(self._candidates(1), key=lambda extreme: (-extreme.value, not extreme.is_attained, extreme.place))

    def infimum(self) -> Extreme:
        """Return the greatest lower bound, likewise."""
        return min(self._candidates(-1), key=lambda extreme: (extreme.value, not extreme.is_attained, extreme.place))

    def greatest_error(self, slope: Any = 1, intercept: Any = 0) -> Extreme:  # noqa: ANN401 (whatever `rational` accepts)
        """Return sup |f(r) - slope * r - intercept|; by default how far the function is from measuring r."""
        error = self.minus(slope, intercept)
        above, below = error.supremum(), error.infimum()
        least = Extreme(-below.value, below.place, below.is_attained)
        return max(above, least, key=lambda extreme: (extreme.value, extreme.is_attained, -extreme.place))

    def zeros(self) -> tuple[Interval, ...]:
        """Return where the function is 0, as maximal intervals, from left to right."""
        found: list[Interval] = []
        for part in self._parts():
            own = _zeros(part)
            if own is None:
                continue
            before = found[-1] if found else None
            if before is not None and before.high == own.low and (before.has_high or own.has_low):
                found[-1] = Interval(before.low, own.high, before.has_low, own.has_high)
            else:
                found.append(own)
        return tuple(found)

    def total_variation(self) -> Rational:
        """Return the total variation: all ups and downs, jumps among them."""
        total = sum((abs(line[0]) * (high - low) for line, low, high in self._stretches()), Rational(0))
        for number, value in enumerate(self.values):
            total += sum(abs(value - limit) for limit in self.limits(number) if limit is not None)
        return total

    def lipschitz_constant(self) -> Rational | None:
        """Return the least Lipschitz constant; None if the function jumps, and so has none."""
        return max(abs(slope) for slope, _ in self.lines) if self.is_continuous else None

    def monotonicity(self) -> Monotonicity | None:
        """Return in which sense the function is monotone: the strictest that holds, None if none does."""
        slopes = [slope for slope, _ in self.lines]
        rises = slopes + [
            after - before
            for number, value in enumerate(self.values)
            for before, after in pairwise(x for x in self._around(number, value) if x is not None)
        ]
        if not any(rises):
            return "constant"
        if min(rises) >= 0:
            return "increasing" if min(slopes) > 0 else "nondecreasing"
        if max(rises) <= 0:
            return "decreasing" if max(slopes) < 0 else "nonincreasing"
        return None

    def collision(self) -> tuple[Rational, Rational] | None:
        """Return two parameters with the same value; None if there are none, and the value tells the parameter."""
        reach: _Part | None = None
        known: dict[Rational, Rational] = {}
        for part in sorted(self._parts(), key=lambda part: (part.range[0], part.low)):
            low, high = part.range
            if part.low == part.high:
                if low in known:
                    return _ordered(known[low], part.low)
                known[low] = part.low
                if reach is not None and reach.range[0] < low < reach.range[1]:
                    return _ordered(part.low, _solved(reach.line, low))
            elif low == high:
                third = (part.high - part.low) / 3
                return part.low + third, part.high - third
            elif reach is not None and low < reach.range[1]:
                value = (low + min(high, reach.range[1])) / 2
                return _ordered(_solved(part.line, value), _solved(reach.line, value))
            if part.low < part.high and (reach is None or high > reach.range[1]):
                reach = part
        return None

    def _stretches(self) -> Iterator[tuple[Line, Rational, Rational]]:
        yield from ((line, low, high) for line, (low, high) in zip(self.lines, pairwise(self.breaks), strict=True))

    def _parts(self) -> Iterator[_Part]:
        """Yield breaks and stretches from left to right."""
        for number, (r, value) in enumerate(zip(self.breaks, self.values, strict=True)):
            yield _Part(r, r, (Rational(0), value))
            if number < len(self.lines):
                yield _Part(r, self.breaks[number + 1], self.lines[number])

    def _candidates(self, sense: int) -> Iterator[Extreme]:
        """Yield values and limits among which the supremum (sense 1) or the infimum (-1) is."""
        for part in self._parts():
            value = part.range[sense > 0]
            if part.line[0] == 0:
                yield Extreme(value, (part.low + part.high) / 2, is_attained=True)
            else:
                yield Extreme(value, part.high if part.line[0] * sense > 0 else part.low, is_attained=False)

    def _jumps_at(self, number: int) -> bool:
        return any(limit not in (None, self.values[number]) for limit in self.limits(number))

    def _around(self, number: int, value: Rational) -> tuple[Rational | None, Rational, Rational | None]:
        left, right = self.limits(number)
        return left, value, right


def _value(line: Line, r: Rational) -> Rational:
    return line[0] * r + line[1]


def _solved(line: Line, value: Rational) -> Rational:
    return (value - line[1]) / line[0]


def _ordered(first: Rational, second: Rational) -> tuple[Rational, Rational]:
    return min(first, second), max(first, second)


def _zeros(part: _Part) -> Interval | None:
    """Return where a part is 0."""
    if part.line == (0, 0):
        is_point = part.low == part.high
        return Interval(part.low, part.high, is_point, is_point)
    if part.line[0] == 0:
        return None
    r = _solved(part.line, Rational(0))
    return Interval(r, r) if part.low < r < part.high else None
