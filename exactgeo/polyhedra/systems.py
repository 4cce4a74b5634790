"""Linear systems in which some inequalities are strict: a solution, or integers that prove that there is none."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from exactgeo.arithmetic.affine import Row, evaluate_row
from exactgeo.arithmetic.rationals import Point
from exactgeo.errors import DimensionMismatch, InternalError
from exactgeo.polyhedra.polyhedron import SOLVER
from exactgeo.polyhedra.solvers import Infeasible, Multipliers, Unbounded

IntegerMultipliers = tuple[tuple[int, int], ...]
"""Pairs (index of a row, positive integer), by increasing index."""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Why a system has no solution: a combination of its rows that is a constant, which is too small.

    At a solution the combination would be >= 0, and > 0 if a strict row is among those combined.

    Attributes:
        strict: multipliers of the strict rows.
        closed: multipliers of the others.
    """

    strict: IntegerMultipliers
    closed: IntegerMultipliers


@dataclass(frozen=True, slots=True)
class System:
    """The set of all x in R^n at which strict rows are > 0 and closed rows >= 0.

    Attributes:
        dimension: n.
        strict: rows (b, a1, …, an) of integers, for b + a.x > 0.
        closed: likewise for b + a.x >= 0.

    Raises:
        DimensionMismatch: if a row does not have n + 1 entries.
    """

    dimension: int
    strict: tuple[Row, ...]
    closed: tuple[Row, ...] = ()

    def __post_init__(self) -> None:
        for row in (*self.strict, *self.closed):
            if len(row) != self.dimension + 1:
                raise DimensionMismatch(f"a row of {len(row)} entries in {self.dimension} dimensions")

    def contains(self, x: Point) -> bool:
        """Whether a point is a solution."""
        return all(evaluate_row(row, x) > 0 for row in self.strict) and all(
            evaluate_row(row, x) >= 0 for row in self.closed
        )

    def solve(self) -> Point | Contradiction:
        """Return a solution, or why there is none.

        By one linear program: the greatest t <= 1 with row >= t * (a power of two near the row's largest entry) for all
        strict rows and row >= 0 for all closed ones. Its optimum is positive exactly if there is a solution. If it is
        not, the optimal multipliers of the strict rows are not all 0, since only these rows hold t, and combine with
        the closed rows' to the constant t <= 0.

        **Exactness**: exact. **Source**: T. S. Motzkin's transposition theorem, 1936.
        """
        lifted = [(*row, -(1 << max(map(abs, row)).bit_length())) for row in self.strict]
        rows = [*lifted, *((*row, 0) for row in self.closed), (1, *[0] * self.dimension, -1)]
        best = SOLVER.maximise(self.dimension + 1, (*[0] * (self.dimension + 1), 1), rows)
        if isinstance(best, Unbounded):
            raise InternalError("a number of at most 1 grows without bound")
        if not isinstance(best, Infeasible) and best.value > 0:
            return best.point[:-1]
        found = self._contradiction(best.multipliers)
        if not self.is_refuted_by(found):
            raise InternalError("the multipliers of a linear program do not refute its system")
        return found

    def is_refuted_by(self, contradiction: Contradiction) -> bool:
        """Whether a contradiction proves that there is no solution; by sums and products of integers alone."""
        pairs = ((contradiction.strict, self.strict), (contradiction.closed, self.closed))
        total = [0] * (self.dimension + 1)
        for multipliers, rows in pairs:
            for index, multiplier in multipliers:
                if not (0 <= index < len(rows) and multiplier > 0):
                    return False
                for k, entry in enumerate(rows[index]):
                    total[k] += multiplier * entry
        return not any(total[1:]) and (total[0] < 0 or (total[0] == 0 and bool(contradiction.strict)))

    def _contradiction(self, multipliers: Multipliers) -> Contradiction:
        common = math.lcm(*(int(value.denominator) for _, value in multipliers))
        whole = [(index, int(value * common)) for index, value in multipliers]
        divisor = math.gcd(*(value for _, value in whole)) or 1
        count = len(self.strict)
        reduced = [(index, value // divisor) for index, value in whole]
        return Contradiction(
            tuple((index, value) for index, value in reduced if index < count),
            tuple((index - count, value) for index, value in reduced if index >= count),
        )


def both_ways(rows: Iterable[Row]) -> tuple[Row, ...]:
    """Return for each row the row and its negative: as closed rows, they say that it is 0."""
    return tuple(entry for row in rows for entry in (row, tuple(-value for value in row)))
