"""Exact bases of a linear program: the equations of what is tight, solved."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import flint

from exactgeo.arithmetic.affine import Row
from exactgeo.arithmetic.rationals import Rational
from exactgeo.enumeration.certified.programs.insides import Bounds, Value

_ZERO = Rational(0)


@dataclass(slots=True)
class ExactBasis:
    """The tight rows, the inputs that vary (one fewer), and for the others whether they are at their upper bounds."""

    rows: list[int]
    columns: list[int]
    upper: list[bool]


class Equations:
    """The equations of a program's bases.

    Args:
        bounds: of the program.
        rows: integers (a0, a1, …) that stand for a0 + a.w, not 0.
        scales: > 0.
    """

    def __init__(self, bounds: Bounds, rows: Sequence[Row], scales: Sequence[int]) -> None:
        self._bounds, self._rows, self._scales = bounds, rows, scales
        self._linear = flint.fmpz_mat([list(row[1:]) for row in rows])

    def entry(self, row: int, column: int) -> int:
        """Return a row's slope along an input."""
        return sum(a * b for a, b in zip(self._rows[row][1:], self._bounds.columns[column], strict=True) if a and b)

    def _square(self, basis: ExactBasis) -> flint.fmpz_mat:
        return flint.fmpz_mat([[*(self.entry(k, j) for j in basis.columns), self._scales[k]] for k in basis.rows])

    def multipliers(self, basis: ExactBasis) -> list[Rational] | None:
        """Return those of the tight rows; None if the basis is none."""
        size = len(basis.rows)
        return self.transposed(basis, [0] * (size - 1) + [1])

    def transposed(self, basis: ExactBasis, right: Sequence[int]) -> list[Rational] | None:
        """Return the combination of tight rows with a right-hand side; None if the basis is none."""
        try:
            solution = self._square(basis).transpose().solve(flint.fmpz_mat([[value] for value in right]))
        except ZeroDivisionError:
            return None
        return [_rational(value) for value in solution.entries()]

    def reduced(self, basis: ExactBasis, multipliers: Sequence[Rational]) -> list[Rational]:
        """Return the slopes of the combination of the tight rows, by inputs, times some positive number."""
        return self.slopes(list(zip(basis.rows, multipliers, strict=True)))[0]

    def slopes(self, terms: Sequence[tuple[int, Rational]]) -> tuple[list[int], int]:
        """Return the slopes of a combination of rows times a positive integer, and that."""
        common = math.lcm(*(int(factor.denominator) for _, factor in terms))
        factors = [0] * len(self._rows)
        for k, factor in terms:
            factors[k] += int(factor * common)
        product = flint.fmpz_mat([factors]) * self._linear * self._bounds.matrix
        return [int(value) for value in product.entries()], common

    def ends(self, basis: ExactBasis) -> list[tuple[int, int]]:
        """Return what the inputs are that do not vary, times the denominator, as pairs; 0 for the others."""
        ends = [
            high if at else low
            for at, low, high in zip(basis.upper, self._bounds.lower, self._bounds.upper, strict=True)
        ]
        for j in basis.columns:
            ends[j] = (0, 0)
        return ends

    def values(self, basis: ExactBasis) -> tuple[list[Value], Value, dict[int, Value]]:
        """Return the inputs that vary and t, both times the denominator, and the slacks of rows that are not tight."""
        position = flint.fmpz_mat([[a, b] for a, b in self.ends(basis)])
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
                entries = [self.entry(k, j) for j in basis.columns]
                first = a + sum((e * v[0] for e, v in zip(entries, varying, strict=True)), _ZERO)
                second = b + sum((e * v[1] for e, v in zip(entries, varying, strict=True)), _ZERO)
                slacks[k] = (first - self._scales[k] * t[0], second - self._scales[k] * t[1])
        return varying, t, slacks


def _rational(value: flint.fmpq) -> Rational:
    return Rational(int(value.p), int(value.q))
