"""Choices that change together when a hyperplane is crossed: what two neighbouring patterns may differ in."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, groupby
from typing import Any

import numpy as np
import numpy.typing as npt

from exactgeo.networks.forms import Index, SparseForms
from exactgeo.networks.programs import Program

_MOST_PIECES = 8  # of a unit whose pairs of pieces are looked at one by one

Choice = tuple[int, int, int]
"""A unit, one of its pieces, and another."""


@dataclass(frozen=True, slots=True)
class Bundles:
    """Choices that two neighbouring patterns may differ in, all others being the same.

    A bundle is all units of two pieces in one layer that compare the same form up to a factor: on a cell of the
    layers before, they have one hyperplane, and no two patterns differ in some of them only, unless the form is 0
    there. Of a unit of more pieces, each pair of pieces is a bundle. (Which bundles there are is a matter of speed:
    `exactgeo.complexes.joining` asks geometry about all else.)

    Attributes:
        choices: (choices, 3) rows (unit, piece, other piece), a bundle's by increasing unit.
        starts: (bundles + 1,) where each bundle's choices begin.
        free: the bundles of two-piece units on whose values no selector depends.
        bound: the other bundles.
        mixed: (bundles,) whether, of the pieces on one side, some come first in their units and some do not.
        is_complete: whether all pairs of pieces of all units are in some bundle.
    """

    choices: Index
    starts: Index
    free: Index
    bound: Index
    mixed: npt.NDArray[np.bool_]
    is_complete: bool

    @classmethod
    def of(cls, program: Program) -> "Bundles":
        """Return a program's bundles."""
        groups = list(_groups(program))
        starts = np.cumsum([0, *map(len, groups)])
        choices = np.array([choice for group in groups for choice in group], dtype=np.int64).reshape(-1, 3)
        decisive = _decisive(program)
        counts = np.diff(program.units.starts)
        free = np.array([all(counts[u] == 2 and not decisive[u] for u, _, _ in group) for group in groups], dtype=bool)  # noqa: PLR2004
        mixed = np.array([len({a < b for _, a, b in group}) > 1 for group in groups], dtype=bool)
        return cls(
            choices, starts, np.flatnonzero(free), np.flatnonzero(~free), mixed, bool(np.all(counts <= _MOST_PIECES))
        )

    def bundle(self, number: int) -> list[Choice]:
        """Return the choices of a bundle."""
        return [(int(u), int(a), int(b)) for u, a, b in self.choices[self.starts[number] : self.starts[number + 1]]]


def _groups(program: Program) -> Iterator[list[Choice]]:
    """Yield the choices of each bundle."""
    counts = np.diff(program.units.starts)
    for layer in program.layers:
        pairs = [unit for unit in layer if counts[unit] == 2]  # noqa: PLR2004
        keyed = sorted(zip(_directions(program, pairs), pairs, strict=True))
        for _, same in groupby(keyed, key=lambda pair: pair[0][0]):
            yield sorted((unit, 0, 1) if positive else (unit, 1, 0) for (_, positive), unit in same)
    for unit in np.flatnonzero((counts > 2) & (counts <= _MOST_PIECES)).tolist():  # noqa: PLR2004
        yield from ([(unit, a, b)] for a, b in combinations(range(counts[unit]), 2))


def _directions(program: Program, pairs: list[int]) -> list[tuple[tuple[Any, ...], bool]]:
    """Return, for units of two pieces, the line of selector 1 - selector 0, and whether it points along it."""
    units = program.units
    first = units.starts[np.array(pairs, dtype=np.int64)]
    compared = units.forms.take(units.selectors[first + 1]) + -units.forms.take(units.selectors[first])
    return [_line(record) for record in compared.records()]


def _line(record: tuple[int, ...]) -> tuple[tuple[Any, ...], bool]:
    entries, numerators = record[1::2], record[2::2]
    divisor = int(np.gcd.reduce(np.array(numerators, dtype=object))) if numerators else 1
    positive = not numerators or numerators[0] > 0
    step = divisor if positive else -divisor
    return (entries, tuple(value // step for value in numerators)), positive


def _decisive(program: Program) -> npt.NDArray[np.bool_]:
    """Return (units,) whether some selector depends on the unit's value, however indirectly."""
    units, inputs = program.units, program.inputs + 1
    wanted = np.zeros(program.environment_size, dtype=np.bool_)
    wanted[_entries(units.forms, units.selectors)] = True
    for layer in reversed(program.layers):
        for unit in layer:
            if wanted[inputs + unit]:
                pieces = units.values[units.starts[unit] : units.starts[unit + 1]]
                wanted[_entries(units.forms, pieces)] = True
    return wanted[inputs:]


def _entries(forms: SparseForms, rows: Index) -> Index:
    return forms.take(np.unique(rows)).entries
