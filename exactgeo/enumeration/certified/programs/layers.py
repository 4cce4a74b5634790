"""What the units of a layer ask in a cell, for the pieces chosen before it: exactly, and as the kernels read it."""

from collections.abc import Iterable, Sequence
from itertools import combinations

import numpy as np

from exactgeo.arithmetic.affine import AffineForm, Row, negated
from exactgeo.enumeration.certified.programs.kernels.spaces import Layer, Scratch
from exactgeo.enumeration.certified.programs.tables import Tables
from exactgeo.networks.branches import SubstitutedUnit

Demand = tuple[int, int]
"""The place of a row, and 1 or -1: whether it must be positive or negative."""


class EnteredLayer:
    """A layer's units in (1, w).

    Args:
        environment: the entries before the layer, as forms in (1, w).
        units: the layer's units in (1, w).
        tables: of the problem.
        positive: rows that are positive on the cell in which the layer is entered.
        scratch: room to work in.

    Attributes:
        environment: as given.
        rows: the primitive rows that are compared, none of them 0, each once up to its sign.
        arrays: what the kernels read.
        signs: (rows,) those that rows have in the whole cell, as far as bounds and the rows known to be positive tell.
    """

    def __init__(
        self,
        environment: tuple[AffineForm, ...],
        units: Sequence[SubstitutedUnit],
        tables: Tables,
        positive: Iterable[Row],
        scratch: Scratch,
    ) -> None:
        self.environment, self._units = environment, units
        places: dict[Row, int] = {}
        pieces, numbers, starts, demands = [0], [], [0], []
        for unit in units:
            for piece, asked in _pieces(unit, places):
                numbers.append(piece)
                demands += asked
                starts.append(len(demands))
            pieces.append(len(numbers))
        self.rows = list(places)
        rows, self.signs = tables.rows(self.rows, scratch)
        self.arrays = Layer(
            rows,
            np.array(pieces),
            np.array(numbers, dtype=np.int64),
            np.array(starts),
            np.array([row for row, _ in demands], dtype=np.int64),
            np.array([sense for _, sense in demands], dtype=np.int64),
        )
        for row in positive:
            if row in places:
                self.signs[places[row]] = 1
            elif (other := negated(row)) in places:
                self.signs[places[other]] = -1

    def environment_after(self, pieces: Sequence[int]) -> tuple[AffineForm, ...]:
        """Return the entries behind the layer, for these pieces of its units."""
        return (*self.environment, *(unit.values[piece] for unit, piece in zip(self._units, pieces, strict=True)))

    def piece(self, unit: int, number: int) -> int | None:
        """Return the place of a piece among those of the layer, None if it is chosen nowhere."""
        first, last = self.arrays.pieces[unit], self.arrays.pieces[unit + 1]
        found = np.flatnonzero(self.arrays.numbers[first:last] == number)
        return int(first + found[0]) if len(found) else None

    def demands(self, piece: int) -> list[Demand]:
        """Return what a piece demands."""
        part = slice(self.arrays.demands[piece], self.arrays.demands[piece + 1])
        return list(zip(self.arrays.asked[part].tolist(), self.arrays.senses[part].tolist(), strict=True))

    def row(self, demand: Demand) -> Row:
        """Return the row that a demand makes positive."""
        return self.rows[demand[0]] if demand[1] > 0 else negated(self.rows[demand[0]])


def _pieces(unit: SubstitutedUnit, places: dict[Row, int]) -> Iterable[tuple[int, list[Demand]]]:
    """Yield the pieces that may be chosen, with what they demand.

    Of selectors that are the same form the least index is chosen, so the others are nowhere.
    """
    count = len(unit.selectors)
    compared = {}
    for i, k in combinations(range(count), 2):
        compared[i, k] = _place(unit.selectors[k].above(unit.selectors[i]), places)
    for piece in range(count):
        if any(compared[other, piece] is None for other in range(piece)):
            continue
        asked = []
        for other in range(count):
            if other != piece:
                known = compared[min(other, piece), max(other, piece)]
                if known is not None:
                    row, sense = known
                    asked.append((row, sense if other < piece else -sense))
        yield piece, asked


def _place(row: Row, places: dict[Row, int]) -> Demand | None:
    """Return where a row or its negative stands, after putting it there; None for the zero row."""
    if row in places:
        return places[row], 1
    if not any(row):
        return None
    if (other := negated(row)) in places:
        return places[other], -1
    return places.setdefault(row, len(places)), 1
