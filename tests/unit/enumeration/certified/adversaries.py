"""What may stand in the place of the kernels that propose: for no answer of theirs may a result be wrong."""

import math
import random

from exactgeo.enumeration.certified.programs.kernels.proposals.simplex import NEGATIVE, OPTIMAL, STUCK

STRANGE = [math.nan, math.inf, -math.inf, 0.0, -0.0, 5e-324, 1e-13, -1e-13, 1e-6, 1e-9, 1.0, -1.0, 1e300, -1e300]


class Adversary:
    """Proposes anything that has the form of a proposal.

    Attributes:
        asked: how often it was asked.
    """

    def __init__(self, seed):
        self._chance = random.Random(seed)
        self.asked = 0

    def maximise(self, count, _rows, basis, s, _how):
        self.asked += 1
        self._put_basis(count, len(s.position), basis)
        for array, size in ((s.multipliers, count), (s.position, len(s.position)), (s.rows_at, count)):
            array[:size] = [self._number() for _ in range(size)]
        return self._chance.choice([OPTIMAL, NEGATIVE, STUCK]), self._number(), 1

    def _put_basis(self, count, inputs, basis):
        size = self._chance.randint(1, len(basis.rows) - 1)
        basis.size[0] = size
        basis.rows[:size] = [self._chance.randrange(count) for _ in range(size)]
        basis.columns[: size - 1] = [self._chance.randrange(inputs) for _ in range(size - 1)]

    def _number(self):
        return self._chance.choice([*STRANGE, self._chance.uniform(-1, 1), self._chance.uniform(0, 1)])


class Optimist(Adversary):
    """Says of all rows that they are positive somewhere, and shows some point or other."""

    def maximise(self, count, _rows, basis, s, _how):
        super().maximise(count, _rows, basis, s, _how)
        s.position[:] = [self._chance.uniform(-1, 1) for _ in s.position]
        s.rows_at[:count] = 1.0
        return OPTIMAL, 1.0, 1


class Pessimist(Adversary):
    """Says of all rows that they are nowhere positive together, and shows multipliers >= 0."""

    def maximise(self, count, _rows, basis, s, _how):
        super().maximise(count, _rows, basis, s, _how)
        s.multipliers[:count] = [self._chance.choice([0.0, 1.0, self._chance.random()]) for _ in range(count)]
        return NEGATIVE, -1.0, 1
