"""Selection units: the one non-linear primitive, and a table of many of them."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from exactgeo.arithmetic.affine import AffineForm, Row
from exactgeo.arithmetic.matrices import echelon
from exactgeo.arithmetic.rationals import Rational
from exactgeo.networks.forms import Index, SparseForms
from exactgeo.polyhedra import Infeasible, Optimum
from exactgeo.polyhedra.polyhedron import Polyhedron

_AT_ONCE = 2**7  # so many units are compared at once, to keep memory small

Form = Mapping[int, Rational]
"""An affine form: from environment entry to non-zero coefficient; entry 0 is the constant 1."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of a unit: where its selector is the largest, the unit has its value."""

    selector: Form
    value: Form


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit with k >= 2 pieces: y = value[i*], i* the least index whose selector is largest."""

    pieces: tuple[Piece, ...]

    def is_continuous(self) -> bool:
        """Whether y depends continuously on the environment, whatever values the environment takes.

        *Definition*: for each two pieces, the values agree wherever both selectors are largest. Decided exactly: at
        once where the difference of the values is a multiple of that of the selectors, else by two linear programs
        in as many variables as the differences span.
        """
        return all(self._agree(i, k) for i, k in combinations(range(len(self.pieces)), 2))

    def _agree(self, i: int, k: int) -> bool:
        first, second = self.pieces[i], self.pieces[k]
        jump = _difference(first.value, second.value)
        tie = _difference(first.selector, second.selector)
        if _is_multiple(jump, tie):
            return True
        lead = [_difference(first.selector, piece.selector) for piece in self.pieces]
        gap, equation, *rows = _in_common_coordinates([jump, tie, *lead])
        together = Polyhedron(len(gap) - 1, tuple(rows), (equation,))
        bounds = [together.maximise(row) for row in (gap, tuple(-value for value in gap))]
        return all(isinstance(b, Infeasible) or (isinstance(b, Optimum) and b.value == 0) for b in bounds)


@dataclass(frozen=True, slots=True, eq=False)
class UnitTable:
    """Many units, stored flat.

    Attributes:
        forms: the affine forms that selectors and values are; a form may serve many pieces.
        starts: (units + 1,) where each unit's pieces begin.
        selectors: (pieces,) the row of `forms` that is the piece's selector.
        values: (pieces,) the row of `forms` that is the piece's value.
    """

    forms: SparseForms
    starts: Index
    selectors: Index
    values: Index

    def __len__(self) -> int:
        return len(self.starts) - 1

    def arrays(self) -> tuple[npt.NDArray[Any], ...]:
        """Return the arrays that hold the units."""
        return (*self.forms.arrays(), self.starts, self.selectors, self.values)

    def unit(self, index: int) -> Unit:
        """Return one unit."""
        pieces = range(int(self.starts[index]), int(self.starts[index + 1]))
        return Unit(tuple(Piece(self.forms.row(self.selectors[p]), self.forms.row(self.values[p])) for p in pieces))

    def largest_entries(self) -> Index:
        """Return (units,) the largest environment entry that each unit uses (0 if none)."""
        of_forms = np.zeros(len(self.forms), dtype=np.int64)
        occupied = np.flatnonzero(np.diff(self.forms.starts))
        of_forms[occupied] = self.forms.entries[self.forms.starts[occupied + 1] - 1]
        of_pieces = np.maximum(of_forms[self.selectors], of_forms[self.values])
        return np.maximum.reduceat(of_pieces, self.starts[:-1]) if len(self) else of_pieces

    def are_continuous(self) -> bool:
        """Whether every unit is continuous (see `Unit.is_continuous`)."""
        return all(self.unit(int(j)).is_continuous() for j in self._suspects())

    def _suspects(self) -> Index:
        """Return the units with two pieces whose values differ by no multiple of what their selectors differ by."""
        differing = np.flatnonzero(self.selectors != self.values)
        units = np.unique(np.searchsorted(self.starts, differing, side="right") - 1)
        counts = np.diff(self.starts)[units]
        suspects = [np.zeros(0, dtype=np.int64)]
        for count in np.unique(counts).tolist():
            own = units[counts == count]
            suspects += [part[self._jumps_apart(part, count)] for part in np.array_split(own, -(-len(own) // _AT_ONCE))]
        return np.sort(np.concatenate(suspects))

    def _jumps_apart(self, units: Index, count: int) -> npt.NDArray[np.bool_]:
        """Return for units of `count` pieces whether some two pieces' jump is no multiple of their tie."""
        apart = np.zeros(len(units), dtype=np.bool_)
        for i, k in combinations(range(count), 2):
            if apart.all():
                break
            first, second = self.starts[units] + i, self.starts[units] + k
            jumps = self.forms.take(self.values[first]) + -self.forms.take(self.values[second])
            ties = self.forms.take(self.selectors[first]) + -self.forms.take(self.selectors[second])
            apart |= ~jumps.are_multiples_of(ties)
        return apart


def _difference(a: Form, b: Form) -> dict[int, Rational]:
    result = dict(a)
    for entry, value in b.items():
        result[entry] = result.get(entry, Rational(0)) - value
    return {entry: value for entry, value in result.items() if value}


def _is_multiple(form: Form, other: Form) -> bool:
    if not form:
        return True
    if form.keys() != other.keys():
        return False
    return len({form[entry] / other[entry] for entry in form}) == 1


def _in_common_coordinates(forms: list[dict[int, Rational]]) -> list[Row]:
    """Return the forms as rows over coordinates of the space that their linear parts span.

    The coordinates are the values of the reduced echelon basis of the linear parts: a form's coefficients in it are
    those at the pivots.
    """
    entries = sorted({entry for form in forms for entry in form} - {0})
    linear = [AffineForm.of(form.get(entry, 0) for entry in entries).numerators for form in forms]
    pivots = [entries[k] for k in echelon(linear)[1]] if entries else []
    rows = [[form.get(entry, Rational(0)) for entry in (0, *pivots)] for form in forms]
    common = [math.lcm(*(int(value.denominator) for value in row)) for row in rows]
    return [tuple(int(value * scale) for value in row) for row, scale in zip(rows, common, strict=True)]
