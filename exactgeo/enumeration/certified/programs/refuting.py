"""Why rows are nowhere positive together: multipliers that floats propose, and exact ones where these do not do."""

import math
from collections.abc import Iterator, Sequence

import numpy as np

from exactgeo.arithmetic.affine import Row
from exactgeo.arithmetic.rationals import Point, Rational
from exactgeo.enumeration.certified.programs.dependences import refutation
from exactgeo.enumeration.certified.programs.exact import ExactProgram, Inside, Refuted
from exactgeo.enumeration.certified.programs.insides import Bounds
from exactgeo.enumeration.certified.programs.kernels.proposals.pricing import put_row
from exactgeo.enumeration.certified.programs.kernels.proposals.simplex import (
    PLAINLY,
    QUICKLY,
    STUCK,
    begin_basis,
    maximise,
)
from exactgeo.enumeration.certified.programs.kernels.spaces import Rows, scratch
from exactgeo.enumeration.certified.programs.kernels.spaces import basis as room_for_basis
from exactgeo.enumeration.certified.programs.tables import looked_at
from exactgeo.polyhedra import bounds as polyhedral
from exactgeo.polyhedra.solvers import InteriorPoint

_CAPACITY = 2**5  # rows, to begin with
_MOST_BITS = 1000  # of an integer that becomes a float without overflow
_DIGITS = 53  # of a float, in binary

Proposal = list[tuple[int, int, int]]
"""Triples (number of a row, m, e), by increasing number: the multiplier m 2^e, m > 0."""


class RowPath:
    """Rows in (1, x), one put behind the other, of which the last ones are taken away again.

    Args:
        bounds: of x; no lower one reaches the upper one.

    Attributes:
        rows: integers (a0, a1, …), that stand for a0 + a.x.
    """

    def __init__(self, bounds: polyhedral.Bounds) -> None:
        self.rows: list[Row] = []
        self._origin = bounds.inside()
        self._common = math.lcm(*(int(x.denominator) for x in self._origin))
        self._shifts = [int(x * self._common) for x in self._origin]
        self._is_origin_zero = not any(self._shifts)
        self._lower = _beside(bounds.lower, self._origin)
        self._upper = _beside(bounds.upper, self._origin)
        ends = np.array([*map(looked_at, self._lower, self._upper)]).reshape(-1, 2)
        self._middle, self._half = ends.mean(axis=1), 0.5 * (ends[:, 1] - ends[:, 0])
        self._ready = 0  # so many rows are there as floats
        self._exponents: list[int] = []
        self._floats = _room(0, len(self._half))
        self._make_room(_CAPACITY)
        self._basis = room_for_basis(len(self._half))
        self._exact: Bounds | None = None

    def truncate(self, count: int) -> None:
        """Take the rows behind the first ones away."""
        del self.rows[count:]
        self._ready = min(self._ready, count)

    def append(self, row: Row) -> None:
        """Put a row behind the others."""
        self.rows.append(row)

    def proposals(self) -> Iterator[Proposal]:
        """Yield multipliers that may refute the rows within the bounds, the most promising ones first.

        **Exactness**: none: the floats that were found, as the numbers that they are.
        """
        self._catch_up()
        count = len(self.rows)
        if count:
            begin_basis(count, self._floats, self._basis)
            for how in (QUICKLY, PLAINLY):
                outcome, t, _ = maximise(count, self._floats, self._basis, self._scratch, how)
                proposed = self._proposed() if outcome != STUCK and t < 0.0 else []
                if proposed:
                    yield proposed

    def evidence(self) -> Refuted | InteriorPoint:
        """Return multipliers with which the rows sum to a form <= 0 within the bounds, or a point that has all > 0.

        **Exactness**: exact. A linear program, in integers, from the last basis of floats.
        """
        if not self.rows:
            return InteriorPoint(self._origin)
        rows = [self._moved(row) for row in self.rows]
        count = len(rows)
        factors = refutation(rows, self._scratch.multipliers[:count].tolist()) if self._ready == count else None
        if factors is not None:
            return Refuted(tuple(sorted((k, Rational(factor)) for k, factor in factors.items())))
        if self._exact is None:
            axes = [tuple(int(i == k) for k in range(len(self._half))) for i in range(len(self._half))]
            self._exact = Bounds(axes, self._lower, self._upper)
        size = int(self._basis.size[0])
        program = ExactProgram(self._exact, rows, [1 << max(map(int.bit_length, row)) for row in rows])
        answer = program.decide(self._basis.rows[:size].tolist(), self._basis.columns[: max(size - 1, 0)].tolist())
        if isinstance(answer, Inside):
            return InteriorPoint(tuple(x + moved for x, moved in zip(self._origin, answer.point, strict=True)))
        return answer

    def _proposed(self) -> Proposal:
        multipliers = self._scratch.multipliers[: len(self.rows)]
        found = []
        for k in multipliers.nonzero()[0].tolist():
            mantissa, exponent = math.frexp(multipliers[k])
            if 0.0 < mantissa < 1.0:  # neither infinite nor NaN
                found.append((k, int(mantissa * 2**_DIGITS), exponent - _DIGITS - self._exponents[k]))
        return found

    def _moved(self, row: Row) -> Row:
        """Return a row in (1, x - origin), times an integer > 0 that is the same for all rows."""
        if self._is_origin_zero:
            return row
        constant = row[0] * self._common + sum(a * x for a, x in zip(row[1:], self._shifts, strict=True) if a and x)
        return (constant, *(a * self._common for a in row[1:]))

    def _catch_up(self) -> None:
        """Turn the rows that are not yet there as floats into floats."""
        if len(self.rows) > len(self._exponents):
            self._make_room(2 * len(self.rows))
        for k in range(self._ready, len(self.rows)):
            row = self._moved(self.rows[k])
            bits = max(map(int.bit_length, row))
            excess = max(0, bits - _MOST_BITS)
            entries = np.array([math.ldexp(a >> excess, excess - bits) for a in row])
            put_row(k, entries, self._middle, self._half, self._floats)
            self._exponents[k] = bits
        self._ready = len(self.rows)

    def _make_room(self, count: int) -> None:
        """See to it that so many rows fit."""
        inputs = len(self._half)
        room = _room(count, inputs)
        for old, new in zip(self._floats, room, strict=True):
            new[tuple(map(slice, old.shape))] = old
        self._floats, self._scratch = room, scratch(inputs, inputs, count)
        self._exponents += [0] * (count - len(self._exponents))


def _room(count: int, inputs: int) -> Rows:
    return Rows(
        np.zeros((count, 1)), np.zeros((count, inputs)), np.zeros(count), np.ones(count), np.zeros((count, count))
    )


def _beside(ends: Sequence[Rational | None], origin: Point) -> list[Rational | None]:
    return [None if end is None else end - x for end, x in zip(ends, origin, strict=True)]
