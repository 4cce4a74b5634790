"""Whether rows are positive together, in integers: the dual simplex method from the basis that floats end with.

The program is that of `kernels.proposals.simplex`: maximise t with row >= t scale for each row, within the bounds. A
bound that is missing is M, a number larger than all others: values are pairs, of what is finite and of a factor of M,
in lexicographic order. The multipliers of a basis are never negative, and t is what they bound: at t <= 0 they refute
the rows. (The factor of M is then 0, so that no missing bound has a part in it.)

**Exactness**: exact. After a number of long steps, R. Bland's rule (1977) takes over, and the method ends.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from exactgeo.arithmetic.affine import Row
from exactgeo.arithmetic.rationals import Point, Rational
from exactgeo.enumeration.certified.programs.bases import Equations, ExactBasis
from exactgeo.enumeration.certified.programs.insides import Bounds, Value, inner_point
from exactgeo.errors import InternalError

_LONG_STEPS = 1000

_ZERO = Rational(0)


@dataclass(frozen=True, slots=True)
class Inside:
    """A point, and the basis from which it was found.

    Attributes:
        point: strictly between the bounds, with all rows > 0.
        rows: of the basis.
        columns: its inputs.
    """

    point: Point
    rows: list[int]
    columns: list[int]


@dataclass(frozen=True, slots=True)
class Refuted:
    """Evidence that no point has all rows > 0: the sum of rows with these multipliers > 0 is <= 0 within the bounds.

    Attributes:
        multipliers: of rows, by increasing number.
    """

    multipliers: tuple[tuple[int, Rational], ...]


class ExactProgram:
    """One question: are these rows positive at some point strictly between the bounds?

    Args:
        bounds: of the program.
        rows: integers (a0, a1, …) that stand for a0 + a.w, not 0.
        scales: > 0.
    """

    def __init__(self, bounds: Bounds, rows: Sequence[Row], scales: Sequence[int]) -> None:
        self._bounds, self._rows, self._scales = bounds, rows, scales
        self._equations = Equations(bounds, rows, scales)
        self._inputs = len(bounds.columns)

    def decide(self, tight: Sequence[int] = (), columns: Sequence[int] = ()) -> Inside | Refuted:
        """Return a point strictly between the bounds with all rows > 0, or multipliers that show that there is none.

        Args:
            tight: the rows of the basis to begin with, if it is one with multipliers >= 0.
            columns: its inputs.
        """
        basis, multipliers = self._begin(tight, columns)
        steps = 0
        while True:
            reduced = self._equations.reduced(basis, multipliers)
            basis.upper = [d > 0 or (d == 0 and at) for d, at in zip(reduced, basis.upper, strict=True)]
            varying, t, slacks = self._equations.values(basis)
            if (t[1], t[0]) <= (0, 0):
                return _refuted(basis, multipliers)
            clipped = self._clipped(basis, varying, t, slacks)
            if clipped is not None:
                return Inside(self._inner(basis, clipped), basis.rows, basis.columns)
            violated = self._violated(basis, varying, slacks)
            steps += 1
            bland = steps > _LONG_STEPS
            worst = min(violated, key=(lambda v: v[1]) if bland else (lambda v: (v[0], v[1])))
            self._step(basis, multipliers, reduced, worst, bland=bland)
            multipliers = self._equations.multipliers(basis) or _impossible()

    def _begin(self, tight: Sequence[int], columns: Sequence[int]) -> tuple[ExactBasis, list[Rational]]:
        upper = [True] * self._inputs
        if tight and len(columns) == len(tight) - 1:
            basis = ExactBasis(list(tight), list(columns), upper)
            multipliers = self._equations.multipliers(basis)
            if multipliers is not None and min(multipliers) >= 0:
                return basis, multipliers
        basis = ExactBasis([0], [], upper)
        return basis, self._equations.multipliers(basis) or _impossible()

    def _violated(
        self, basis: ExactBasis, varying: Sequence[Value], slacks: dict[int, Value]
    ) -> list[tuple[tuple[Rational, Rational], int]]:
        """Return by how much, in M and beside it, conditions fail, and which ones.

        2 j and 2 j + 1 stand for the upper and the lower bound of the input j, 2 inputs + k for the row k.
        """
        found = []
        for k, (a, b) in slacks.items():
            if (b, a) < (0, 0):
                found.append(((b / self._scales[k], a / self._scales[k]), 2 * self._inputs + k))
        for j, (a, b) in zip(basis.columns, varying, strict=True):
            high, low = self._bounds.upper[j], self._bounds.lower[j]
            above, below = (high[1] - b, high[0] - a), (b - low[1], a - low[0])
            if above < (0, 0):
                found.append((above, 2 * j))
            if below < (0, 0):
                found.append((below, 2 * j + 1))
        return found

    def _clipped(
        self, basis: ExactBasis, varying: Sequence[Value], t: Value, slacks: dict[int, Value]
    ) -> list[Value] | None:
        """Return the inputs that vary, those beyond a bound moved to it, if the rows are positive there; or None."""
        clipped, moved = [], []
        for j, (a, b) in zip(basis.columns, varying, strict=True):
            high, low = self._bounds.upper[j], self._bounds.lower[j]
            second, first = max(min((b, a), (high[1], high[0])), (low[1], low[0]))
            clipped.append((Rational(first), Rational(second)))
            moved.append((first - a, second - b))
        for k in range(len(self._rows)):
            a, b = slacks.get(k, (_ZERO, _ZERO))
            first, second = a + self._scales[k] * t[0], b + self._scales[k] * t[1]
            for j, (x, y) in zip(basis.columns, moved, strict=True):
                if x or y:
                    entry = self._equations.entry(k, j)
                    first, second = first + entry * x, second + entry * y
            if (second, first) <= (0, 0):
                return None
        return clipped

    def _step(
        self,
        basis: ExactBasis,
        multipliers: Sequence[Rational],
        reduced: Sequence[int],
        worst: tuple[tuple[Rational, Rational], int],
        *,
        bland: bool,
    ) -> None:
        """Let a row become tight or an input go to its bound, and what then blocks the way change places with it."""
        slope, index = worst
        row = index - 2 * self._inputs if index >= 2 * self._inputs else None
        place = None if row is not None else basis.columns.index(index // 2)
        sense = 1 if index % 2 == 0 else -1
        if row is not None:
            right = [*(self._equations.entry(row, j) for j in basis.columns), self._scales[row]]
        else:
            right = [-sense if c == place else 0 for c in range(len(basis.rows))]
        rates = self._equations.transposed(basis, right) or _impossible()
        terms = [(k, -rate) for k, rate in zip(basis.rows, rates, strict=True)]
        changes, common = self._equations.slopes(terms if row is None else [(row, Rational(1)), *terms])
        unit = self._unit_of(basis, multipliers)
        blocks = [
            (value / rate, 2 * self._inputs + k, i)
            for i, (k, value, rate) in enumerate(zip(basis.rows, multipliers, rates, strict=True))
            if rate > 0
        ]
        varies = set(basis.columns)
        blocks += [
            (Rational(abs(d) * common, abs(change) * unit), 2 * j + (not at), j)
            for j, (d, change, at) in enumerate(zip(reduced, changes, basis.upper, strict=True))
            if (change < 0 if at else change > 0) and j not in varies
        ]
        blocks.sort()
        for _, block, which in blocks:
            if block >= 2 * self._inputs:
                self._drop(basis, row, place, which, sense)
                return
            gain = self._length_of(which, abs(changes[which]))
            slope = (
                slope[0] + gain[0] * self._weight(index) / common,
                slope[1] + gain[1] * self._weight(index) / common,
            )
            if bland or slope >= (0, 0):
                self._enter(basis, row, place, which, sense)
                return
            basis.upper[which] = not basis.upper[which]
        raise InternalError("an exact linear program has no optimum")

    def _weight(self, index: int) -> Rational:
        """Return what a condition's violation was multiplied by."""
        k = index - 2 * self._inputs
        return Rational(1) if k < 0 else Rational(1, self._scales[k])

    def _length_of(self, column: int, factor: int) -> tuple[int, int]:
        """Return, in M and beside it, a multiple of the distance of an input's bounds."""
        high, low = self._bounds.upper[column], self._bounds.lower[column]
        return (high[1] - low[1]) * factor, (high[0] - low[0]) * factor

    def _unit_of(self, basis: ExactBasis, multipliers: Sequence[Rational]) -> int:
        """Return what `Equations.reduced` multiplied by."""
        return math.lcm(*(int(value.denominator) for value in multipliers[: len(basis.rows)]))

    def _drop(self, basis: ExactBasis, row: int | None, place: int | None, leaving: int, sense: int) -> None:
        if row is not None:
            basis.rows[leaving] = row
            return
        column = basis.columns.pop(place or 0)
        basis.upper[column] = sense > 0
        basis.rows.pop(leaving)

    def _enter(self, basis: ExactBasis, row: int | None, place: int | None, entering: int, sense: int) -> None:
        if row is not None:
            basis.rows.append(row)
            basis.columns.append(entering)
            return
        basis.upper[basis.columns[place or 0]] = sense > 0
        basis.columns[place or 0] = entering

    def _inner(self, basis: ExactBasis, varying: Sequence[Value]) -> Point:
        """Return a short point near an optimal one, strictly between the bounds."""
        ends: list[Value] = [(Rational(a), Rational(b)) for a, b in self._equations.ends(basis)]
        for j, value in zip(basis.columns, varying, strict=True):
            ends[j] = value
        return inner_point(self._bounds, self._rows, ends)


def _impossible() -> list[Rational]:
    raise InternalError("a basis of an exact linear program is singular")


def _refuted(basis: ExactBasis, multipliers: Sequence[Rational]) -> Refuted:
    """Return the evidence: whatever steps led to the multipliers, what counts is that none is negative."""
    if min(multipliers) < 0:
        raise InternalError("a basis of an exact linear program has a negative multiplier")
    pairs = zip(basis.rows, multipliers, strict=True)
    return Refuted(tuple(sorted((row, value) for row, value in pairs if value)))
