"""Cells that share their map with another: who differs from whom in one bundle, and what has been joined."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from exactgeo.complexes.fingerprints.maps import AffineClasses
from exactgeo.complexes.joining.bundles import Bundles
from exactgeo.complexes.joining.reductions import reduced
from exactgeo.complexes.kernels.flips import EMPTY, are_apart, find_flips, join, put_keys, put_leaders
from exactgeo.complexes.steps import Steps
from exactgeo.enumeration.arrangements import ActivationRegion, Arrangement
from exactgeo.enumeration.patterns import Rows
from exactgeo.networks.branches import LayeredForms
from exactgeo.networks.forms import Index

_AT_ONCE = 2**13
_SEED = 0xA0761D6478BD642F  # any


class KnownCells:
    """The cells of a reduced program, whose function is the same, and the sets that they have been joined to.

    Only cells that share their map with another are among them; and arrays are over them. Of each, one region is known
    that lies in it.

    Attributes:
        program: the reduced program (`exactgeo.complexes.joining.reductions`).
        domain: where.
        forms: the program's.
        bundles: the program's.
        regions: (cells,) the number of the first region that lies in each cell.
        patterns: (cells, units).
        classes: (cells,) the number of each cell's map.
        points: (cells, inputs) floats that surely lie in the cells, NaN where none is known.
        steps: to be reached.
    """

    def __init__(self, arrangement: Arrangement, classes: AffineClasses, steps: Steps) -> None:
        reduction = reduced(arrangement.program, classes.patterns)
        self._arrangement, self.steps = arrangement, steps
        self.program, self.domain = reduction.program, arrangement.domain
        self.forms = LayeredForms(self.program)
        self.bundles = Bundles.of(self.program)
        self._members = np.flatnonzero(np.bincount(classes.numbers)[classes.numbers] > 1)
        patterns = np.ascontiguousarray(classes.patterns[self._members][:, reduction.units])
        firsts, self._cells = distinct(patterns)
        self.regions, self.patterns = self._members[firsts], patterns[firsts]
        self.classes = classes.numbers[self.regions]
        self.points = self._known_points()
        self._leaders = np.arange(len(firsts))
        self._words = words_of(len(self.program.units.values))
        self._keys = np.zeros(len(firsts), dtype=np.int64)
        self._table = np.full(2 << (2 * len(firsts)).bit_length(), EMPTY, dtype=np.int64)
        put_keys(self.patterns, self.program.units.starts, self._words, self._keys, self._table)

    def __len__(self) -> int:
        return len(self._leaders)

    def region(self, cell: int) -> ActivationRegion:
        """Return the region that is known to lie in a cell."""
        return self._arrangement.regions[int(self.regions[cell])]

    def sets(self) -> Index:
        """Return (cells,) the first cell of each one's set."""
        put_leaders(self._leaders)
        return self._leaders.copy()

    def leading_regions(self) -> Index:
        """Return, for every region of the arrangement, the first one of its set."""
        _, firsts, places = np.unique(self.sets()[self._cells], return_index=True, return_inverse=True)
        result = np.arange(len(self._arrangement))
        result[self._members] = self._members[firsts[places]]
        return result

    def are_apart(self, first: int, second: int) -> bool:
        """Whether two cells are of one class, and not joined yet."""
        return bool(self.classes[first] == self.classes[second] and are_apart(self._leaders, first, second))

    def join(self, first: int, second: int) -> bool:
        """Join two cells' sets. Returns whether they were apart."""
        return bool(join(self._leaders, first, second))

    def join_flips(self, bundles: Index) -> None:
        """Join all cells of a class that differ in one of some bundles."""
        nothing = np.zeros((0, 3), dtype=np.int64)
        for low in range(0, len(self), _AT_ONCE):
            self.steps.reach(low, len(self))
            self._find(bundles, low, self._leaders, nothing, joining=True)

    def pairs(self, bundles: Index, *, forest: bool) -> Iterator[Index]:
        """Yield arrays of pairs (cell, other, bundle) of a class that differ in one of some bundles, and are apart.

        Args:
            bundles: which.
            forest: whether to leave out pairs that would be joined if all those before them in their array were.
        """
        found = np.zeros((max(_AT_ONCE, len(bundles)), 3), dtype=np.int64)
        low = 0
        while len(bundles) and low < len(self):
            self.steps.reach(low, len(self))
            leaders = self._leaders.copy() if forest else self._leaders
            low, count = self._find(bundles, low, leaders, found, joining=forest)
            yield found[:count]

    def _find(self, bundles: Index, low: int, leaders: Index, found: Index, *, joining: bool) -> tuple[int, int]:
        known = (self._keys, self._table, self.program.units.starts, self._words)
        choices, starts, high = self.bundles.choices, self.bundles.starts, min(low + _AT_ONCE, len(self))
        reached, count = find_flips(
            self.patterns, self.classes, leaders, *known, choices, starts, bundles, low, high, found, joining
        )
        return int(reached), int(count)

    def _known_points(self) -> npt.NDArray[np.float64]:
        known: npt.NDArray[np.float64] | None = getattr(self._arrangement.regions, "witnesses", None)
        if known is None:
            return np.full((len(self.regions), self.program.inputs), np.nan)
        return known[self.regions]


def words_of(pieces: int) -> Index:
    """Return a word for each piece, whatever it is."""
    return np.random.default_rng(_SEED).integers(-(2**63), 2**63, size=pieces, dtype=np.int64)


def distinct(patterns: Rows) -> tuple[Index, Index]:
    """Return the first place of each distinct pattern, and for each pattern the number of its own."""
    if not patterns.shape[1]:
        return np.arange(min(1, len(patterns))), np.zeros(len(patterns), dtype=np.int64)
    rows = patterns.view(np.dtype((np.void, patterns.itemsize * patterns.shape[1]))).ravel()
    _, firsts, places = np.unique(rows, return_index=True, return_inverse=True)
    order = np.argsort(firsts)
    numbers = np.empty(len(order), dtype=np.int64)
    numbers[order] = np.arange(len(order))
    return firsts[order], numbers[places]
