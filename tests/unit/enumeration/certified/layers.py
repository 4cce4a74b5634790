"""A program's forms in memory, as the kernels compute them, and in fractions."""

import math
from fractions import Fraction

import numpy as np
from unit.enumeration.certified.filters import value_of

from exactgeo.enumeration.certified.vertices.kernels.walk import prepare
from exactgeo.enumeration.certified.vertices.memory import Memory
from exactgeo.enumeration.certified.vertices.tables import tabulate


class Layers:
    """A program's tables in memory, and its forms in (1, x) in fractions."""

    def __init__(self, program):
        tables = tabulate(program)
        self.row_scales = [_fraction(scale) for scale in tables.row_scales]
        self.unit_scales = [_fraction(scale) for scale in tables.unit_scales]
        self.program = program
        capacities = dict.fromkeys(("vertices", "frames", "path", "lists", "results"), 1)
        self.memory = Memory(tables.sizes, capacities, tables.buffers)
        self.memory.array("updates")[:] = -1
        self.memory.array("seen_stamps")[:] = -1
        self._units = [program.units.unit(j) for j in range(program.unit_count)]

    def choose(self, pattern):
        """Bring all forms up to a pattern; return the exact (selectors, values) of each unit."""
        self.memory.array("chosen")[:] = pattern
        with np.errstate(all="ignore"):
            prepare(self.memory.map, len(self.program.layers))
        width = 1 + self.program.inputs
        environment = [[Fraction(int(i == k)) for k in range(width)] for i in range(width)]
        exact = []
        for unit, piece in zip(self._units, pattern, strict=True):
            selectors, values = (
                [_substituted(getattr(p, name), environment, width) for p in unit.pieces]
                for name in ("selector", "value")
            )
            exact.append((selectors, values))
            environment.append(values[piece])
        return exact

    def claims(self, exact, first=0):
        """Yield (float coefficients, exact ones, bound for the constant, bound for the others), row by row.

        The exact ones are scaled as the tables say.

        Args:
            exact: the exact selectors and values of the units from the first on.
            first: which unit that is.
        """
        forms, linear, constant = (self.memory.array(name) for name in ("forms", "linear_errors", "constant_errors"))
        starts = self.memory.array("piece_starts")
        for unit, (selectors, values) in enumerate(exact, first):
            row = self.memory.array("unit_rows")[unit]
            if row >= 0:
                difference = [a - b for a, b in zip(selectors[1], selectors[0], strict=True)]
                yield forms[:, row], _times(difference, self.row_scales[row]), constant[row], linear[row]
            for piece, (selector, value) in enumerate(zip(selectors, values, strict=True)):
                row = self.memory.array("selector_rows")[starts[unit] + piece]
                if row >= 0:
                    yield forms[:, row], _times(selector, self.row_scales[row]), constant[row], linear[row]
                found, errors = value_of(self.memory, unit, piece)
                yield found, _times(value, self.unit_scales[unit]), errors[0], errors[1]


def _fraction(value):
    return Fraction(int(value.numerator), int(value.denominator))


def _times(form, factor):
    return [factor * value for value in form]


def _substituted(form, environment, width):
    total = [Fraction(0)] * width
    for entry, value in form.items():
        factor = Fraction(int(value.numerator), int(value.denominator))
        for axis, x in enumerate(environment[entry]):
            total[axis] += factor * x
    return total


def share_of_bound(claim):
    """Return the largest share of its bound that an error is, infinity where a bound of 0 is wrong."""
    floats, exact, constant, linear = claim
    worst = 0.0
    for axis, (value, true) in enumerate(zip(floats.tolist(), exact, strict=True)):
        bound = linear if axis else constant
        if not (math.isfinite(value) and math.isfinite(bound)):
            continue  # nothing is claimed: no sign is decided with such a number
        gap = abs(Fraction(value) - true)
        if gap:
            worst = max(worst, float(gap / Fraction(float(bound))) if bound else math.inf)
    return worst
