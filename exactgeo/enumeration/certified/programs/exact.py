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

import flint

from exactgeo.arithmetic.affine import Row
from exactgeo.arithmetic.rationals import Point, Rational
from exactgeo.enumeration.certified.programs.insides import Bounds, Value, inner_point
from exactgeo.errors import InternalError

_LONG_STEPS = 1000

_ZERO = Rational(0)


@dataclass(slots=True)
class _Basis:
    """The tight rows, the inputs that vary (one fewer), and for the others whether they are at their upper bounds."""

    rows: list[int]
    columns: list[int]
    upper: list[bool]


class ExactProgram:
    """One question: are these rows positive at some point strictly between the bounds?

    Args:
        bounds: of the program.
        rows: integers (a0, a1, …) that stand for a0 + a.w, not 0.
        scales: > 0.
    """

    def __init__(self, bounds: Bounds, rows: Sequence[Row], scales: Sequence[int]) -> None:
        self._bounds, self._rows, self._scales = bounds, rows, scales
        self._linear = flint.fmpz_mat([list(row[1:]) for row in rows])
        self._inputs = len(bounds.columns)

    def point(self, tight: Sequence[int], columns: Sequence[int]) -> tuple[Point, list[int], list[int]] | None:
        """Return a point strictly between the bounds with all rows > 0 and the last basis, or None if there is none.

        Args:
            tight: the rows of the basis to begin with, if it is one with multipliers >= 0.
            columns: its inputs.
        """
        basis, multipliers = self._begin(tight, columns)
        steps = 0
        while True:
            reduced = self._reduced(basis, multipliers)
            basis.upper = [d > 0 or (d == 0 and at) for d, at in zip(reduced, basis.upper, strict=True)]
            varying, t, slacks = self._values(basis)
            if (t[1], t[0]) <= (0, 0):
                _demand_a_proof(multipliers)
                return None
            clipped = self._clipped(basis, varying, t, slacks)
            if clipped is not None:
                return self._inner(basis, clipped), basis.rows, basis.columns
            violated = self._violated(basis, varying, slacks)
            steps += 1
            bland = steps > _LONG_STEPS
            worst = min(violated, key=(lambda v: v[1]) if bland else (lambda v: (v[0], v[1])))
            self._step(basis, multipliers, reduced, worst, bland=bland)
            multipliers = self._multipliers(basis) or _impossible()

    def _begin(self, tight: Sequence[int], columns: Sequence[int]) -> tuple[_Basis, list[Rational]]:
        upper = [True] * self._inputs
        if tight and len(columns) == len(tight) - 1:
            basis = _Basis(list(tight), list(columns), upper)
            multipliers = self._multipliers(basis)
            if multipliers is not None and min(multipliers) >= 0:
                return basis, multipliers
        basis = _Basis([0], [], upper)
        return basis, self._multipliers(basis) or _impossible()

    def _entry(self, row: int, column: int) -> int:
        return sum(a * b for a, b in zip(self._rows[row][1:], self._bounds.columns[column], strict=True) if a and b)

    def _square(self, basis: _Basis) -> flint.fmpz_mat:
        return flint.fmpz_mat([[*(self._entry(k, j) for j in basis.columns), self._scales[k]] for k in basis.rows])

    def _multipliers(self, basis: _Basis) -> list[Rational] | None:
        """Return those of the tight rows; None if the basis is none."""
        size = len(basis.rows)
        return self._transposed(basis, [0] * (size - 1) + [1])

    def _transposed(self, basis: _Basis, right: Sequence[int]) -> list[Rational] | None:
        try:
            solution = self._square(basis).transpose().solve(flint.fmpz_mat([[value] for value in right]))
        except ZeroDivisionError:
            return None
        return [_rational(value) for value in solution.entries()]

    def _reduced(self, basis: _Basis, multipliers: Sequence[Rational]) -> list[Rational]:
        """Return the slopes of the combination of the tight rows, by inputs, times some positive number."""
        return self._slopes(list(zip(basis.rows, multipliers, strict=True)))[0]

    def _slopes(self, terms: Sequence[tuple[int, Rational]]) -> tuple[list[int], int]:
        """Return the slopes of a combination of rows times a positive integer, and that."""
        common = math.lcm(*(int(factor.denominator) for _, factor in terms))
        factors = [0] * len(self._rows)
        for k, factor in terms:
            factors[k] += int(factor * common)
        product = flint.fmpz_mat([factors]) * self._linear * self._bounds.matrix
        return [int(value) for value in product.entries()], common

    def _ends(self, basis: _Basis) -> list[tuple[int, int]]:
        """Return what the inputs are that do not vary, times the denominator, as pairs; 0 for the others."""
        ends = [
            high if at else low
            for at, low, high in zip(basis.upper, self._bounds.lower, self._bounds.upper, strict=True)
        ]
        for j in basis.columns:
            ends[j] = (0, 0)
        return ends

    def _values(self, basis: _Basis) -> tuple[list[Value], Value, dict[int, Value]]:
        """Return the inputs that vary and t, both times the denominator, and the slacks of rows that are not tight."""
        position = flint.fmpz_mat([[a, b] for a, b in self._ends(basis)])
        coordinates = self._bounds.matrix * position
        products = (self._linear * coordinates).tolist()
        denominator = self._bounds.denominator
        fixed = [(int(a) + row[0] * denominator, int(b)) for (a, b), row in zip(products, self._rows, strict=True)]
        right = flint.fmpz_mat([[-fixed[k][0], -fixed[k][1]] for k in basis.rows])
        solution = self._square(basis).solve(right).tolist()
        varying = [(_rational(a), _rational(b)) for a, b in solution[:-1]]
        t = (-_rational(solution[-1][0]), -_rational(solution[-1][1]))
        slacks = {}
        tight = set(basis.rows)
        for k, (a, b) in enumerate(fixed):
            if k not in tight:
                entries = [self._entry(k, j) for j in basis.columns]
                first = a + sum((e * v[0] for e, v in zip(entries, varying, strict=True)), _ZERO)
                second = b + sum((e * v[1] for e, v in zip(entries, varying, strict=True)), _ZERO)
                slacks[k] = (first - self._scales[k] * t[0], second - self._scales[k] * t[1])
        return varying, t, slacks

    def _violated(
        self, basis: _Basis, varying: Sequence[Value], slacks: dict[int, Value]
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
        self, basis: _Basis, varying: Sequence[Value], t: Value, slacks: dict[int, Value]
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
                    entry = self._entry(k, j)
                    first, second = first + entry * x, second + entry * y
            if (second, first) <= (0, 0):
                return None
        return clipped

    def _step(
        self,
        basis: _Basis,
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
            right = [*(self._entry(row, j) for j in basis.columns), self._scales[row]]
        else:
            right = [-sense if c == place else 0 for c in range(len(basis.rows))]
        rates = self._transposed(basis, right) or _impossible()
        terms = [(k, -rate) for k, rate in zip(basis.rows, rates, strict=True)]
        changes, common = self._slopes(terms if row is None else [(row, Rational(1)), *terms])
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

    def _unit_of(self, basis: _Basis, multipliers: Sequence[Rational]) -> int:
        """Return what `_reduced` multiplied by."""
        return math.lcm(*(int(value.denominator) for value in multipliers[: len(basis.rows)]))

    def _drop(self, basis: _Basis, row: int | None, place: int | None, leaving: int, sense: int) -> None:
        if row is not None:
            basis.rows[leaving] = row
            return
        column = basis.columns.pop(place or 0)
        basis.upper[column] = sense > 0
        basis.rows.pop(leaving)

    def _enter(self, basis: _Basis, row: int | None, place: int | None, entering: int, sense: int) -> None:
        if row is not None:
            basis.rows.append(row)
            basis.columns.append(entering)
            return
        basis.upper[basis.columns[place or 0]] = sense > 0
        basis.columns[place or 0] = entering

    def _inner(self, basis: _Basis, varying: Sequence[Value]) -> Point:
        """Return a short point near an optimal one, strictly between the bounds."""
        ends: list[Value] = [(Rational(a), Rational(b)) for a, b in self._ends(basis)]
        for j, value in zip(basis.columns, varying, strict=True):
            ends[j] = value
        return inner_point(self._bounds, self._rows, ends)


def _rational(value: flint.fmpq) -> Rational:
    return Rational(int(value.p), int(value.q))


def _impossible() -> list[Rational]:
    raise InternalError("a basis of an exact linear program is singular")


def _demand_a_proof(multipliers: Sequence[Rational]) -> None:
    """Raise an error unless multipliers refute: whatever steps led to them, what counts is that none is negative."""
    if min(multipliers) < 0:
        raise InternalError("a basis of an exact linear program has a negative multiplier")
