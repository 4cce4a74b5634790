"""Joining cells by linear programs: what is across each hyperplane of each cell that needs to be asked."""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np
import numpy.typing as npt

from exactgeo.arithmetic.affine import AffineForm, Row, multiple_of
from exactgeo.arithmetic.rationals import Point
from exactgeo.complexes.descents import Descents
from exactgeo.complexes.facets import facets_within, pattern_beside
from exactgeo.complexes.joining.known_cells import KnownCells
from exactgeo.complexes.joining.simple_cells import are_simple
from exactgeo.enumeration.reference import Germ, walk
from exactgeo.networks.branches import LayeredForms, descend
from exactgeo.networks.evaluation import Pattern
from exactgeo.networks.forms import Index
from exactgeo.polyhedra.bounds import Bounds

_MOST_COMBINATIONS = 64


def join_by_linear_programs(cells: KnownCells) -> None:
    """Join all cells of a class that meet in a facet (step 3 of `exactgeo.complexes.joining`)."""
    asking = _Asking(cells)
    asked = asking.to_be_asked()
    for done, cell in enumerate(asked.tolist()):
        cells.steps.reach(done, len(asked))
        asking.ask(cell)


class _Asking:
    """Cells whose class still falls into several sets.

    Args:
        cells: all that are known.
    """

    def __init__(self, cells: KnownCells) -> None:
        self._cells = cells
        self._bounds = Bounds.of(cells.domain.dimension, cells.domain.inequalities)
        self._descents = Descents(cells.forms)
        self._sets = cells.sets()
        self._counts = np.bincount(cells.classes[self._sets == np.arange(len(cells))])
        self._open = np.flatnonzero(self._counts[cells.classes] > 1)
        self._places = {tuple(cells.patterns[k].tolist()): k for k in self._open.tolist()}

    def to_be_asked(self) -> Index:
        """Return the cells to be asked: in each class all but those of the largest set, and of them not the settled."""
        classes, sets = self._cells.classes, self._sets
        sizes = np.bincount(sets, minlength=len(sets))
        order = self._open[np.argsort(sizes[sets[self._open]], kind="stable")]
        largest = np.zeros(len(self._counts), dtype=np.int64)
        largest[classes[order]] = sets[order]  # the last one stays
        asked: Index = self._open[sets[self._open] != largest[classes[self._open]]]
        left: Index = asked[~self._are_settled(asked)]
        return left

    def ask(self, cell: int) -> None:
        """Join a cell to those of its class that it meets in a facet."""
        if self._counts[self._cells.classes[cell]] == 1:
            return
        domain, dimension = self._cells.domain.inequalities, self._cells.program.inputs
        choices: defaultdict[Row, list[tuple[int, int]]] = defaultdict(list)
        for unit, rival, row in self._descents.comparisons(self._cells.patterns[cell].tolist()):
            choices[row].append((unit, rival))
        flat = choices.pop((0,) * (dimension + 1), [])
        rows = tuple(row for row in choices if not self._bounds.imply(row))
        facets = facets_within(domain, rows, lambda row: self._may_lead_on(cell, choices[row] + flat))
        for hyperplane, others, point in facets:
            for other in self._across(cell, hyperplane, others, point):
                self._counts[self._cells.classes[cell]] -= self._cells.join(cell, other)

    def _are_settled(self, asked: Index) -> npt.NDArray[np.bool_]:
        """Return which cells surely meet none of another set of their class: flips tell all about them."""
        cells = self._cells
        if not cells.program.is_continuous:
            return np.zeros(len(asked), dtype=np.bool_)
        near = np.zeros(len(cells), dtype=np.bool_)
        for pairs in cells.pairs(np.arange(len(cells.bundles.mixed)), forest=False):
            near[pairs[:, :2]] = True
        return ~near[asked] & are_simple(cells.program, cells.patterns[asked], cells.bundles)

    def _across(self, cell: int, hyperplane: Row, others: tuple[Row, ...], point: Point) -> Iterator[int]:
        """Yield the cells of the same class and other sets that { others > 0, hyperplane = 0 } joins to a cell."""
        forms, pattern = self._cells.forms, self._cells.patterns[cell].tolist()
        if self._cells.program.is_continuous:
            yield from self._other(cell, pattern_beside(forms, hyperplane, point))
            return
        for part in walk(forms, others, Germ(hyperplane, -1)):
            for other in self._other(cell, part.branch.pattern):
                if _holds_on(forms, part.rows, hyperplane, descend(forms, pattern)[0].outputs()):
                    yield other

    def _other(self, cell: int, pattern: Pattern) -> Iterator[int]:
        """Yield the cell with a pattern, if it is of the same class, and apart."""
        other = self._places.get(pattern)
        if other is not None and self._cells.are_apart(cell, other):
            yield other

    def _may_lead_on(self, cell: int, choices: list[tuple[int, int]]) -> bool:
        """Whether a cell of the same class, in another set, may lie across a hyperplane.

        Args:
            cell: from where.
            choices: the units, with rivals of their pieces, whose comparisons are multiples of the hyperplane, or 0.
        """
        if not self._cells.program.is_continuous:
            return True
        candidate = self._cells.patterns[cell].tolist()
        options: dict[int, list[int]] = {}
        for unit, rival in choices:
            options.setdefault(unit, [candidate[unit]]).append(rival)
        if math.prod(map(len, options.values())) > _MOST_COMBINATIONS:
            return True
        for pieces in product(*options.values()):
            for unit, piece in zip(options, pieces, strict=True):
                candidate[unit] = piece
            if any(True for _ in self._other(cell, tuple(candidate))):
                return True
        return False


def _holds_on(forms: LayeredForms, rows: Sequence[Row], hyperplane: Row, affine_map: Sequence[AffineForm]) -> bool:
    """Whether the network has the map's values on some open part of { rows > 0, hyperplane = 0 }."""
    on_facet = walk(forms, rows, Germ(hyperplane, 0))
    return any(_agree(cell.branch.outputs(), affine_map, hyperplane) for cell in on_facet)


def _agree(first: Sequence[AffineForm], second: Sequence[AffineForm], hyperplane: Row) -> bool:
    """Whether two affine maps are equal on a hyperplane."""
    differences = (a.above(b) for a, b in zip(first, second, strict=True))
    return all(not any(row) or multiple_of(row, hyperplane) for row in differences)
