"""The walk through the tree of choices: a cell's next unit that cuts it, by linear programs that are proved."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from exactgeo.arithmetic.rationals import Point
from exactgeo.enumeration.certified.programs.kernels.choices import ASK, END, REST, note_choice
from exactgeo.enumeration.certified.programs.kernels.spaces import Cell, Floats, Integers
from exactgeo.enumeration.certified.programs.problem import Problem
from exactgeo.enumeration.certified.programs.reduction import reduce
from exactgeo.enumeration.found import Batch
from exactgeo.enumeration.patterns import pattern_type
from exactgeo.enumeration.search import STEPS_OF_A_CELL, Prefix
from exactgeo.errors import InternalError
from exactgeo.networks.evaluation import Pattern
from exactgeo.networks.programs import Program
from exactgeo.polyhedra import Polyhedron

_CELLS_IN_BATCH = 2**3  # milliseconds, if none of them needs a long computation in integers


@dataclass(slots=True)
class _Waiting:
    """A cell to be explored, below the choices made before its unit.

    Attributes:
        unit: the next one, or the one of which the piece is chosen.
        piece: its place in the layer, None if no piece is chosen yet.
        rows: how many rows of the path are the cell's, without those that the piece demands.
        cell: with the point of this cell, but the signs of the one that the unit cut.
        share: its part of the tree of choices.
    """

    unit: int
    piece: int | None
    rows: int
    cell: Cell
    share: float


class ProgramSearch:
    """All regions of a program in a domain, batch by batch, by increasing pattern; in any number of dimensions.

    Args:
        program: the network.
        domain: full-dimensional.
        keeps: whether patterns and witnesses are wanted; otherwise regions are only counted.
        trusting: whether what floats leave undecided is taken to be empty, without a proof.

    **Exactness**: exact, unless trusting. **Complexity**: at most one linear program for each piece of each unit in
    each cell of each prefix; with d independent forms in the first layers and n inputs, a step of one takes O(d n).
    """

    def __init__(self, program: Program, domain: Polyhedron, *, keeps: bool = True, trusting: bool = False) -> None:
        self._program, self._keeps, self._trusting = program, keeps, trusting
        reduced = reduce(program, domain)
        self._problem = Problem(reduced)
        self._steps_of_a_cell = max(STEPS_OF_A_CELL // 2, len(reduced.matrix) * program.inputs // 4)  # as was measured
        self._starts, self._units = self._problem.forms.starts, program.unit_count
        self._stack: list[_Waiting] = []
        self._done = 0.0
        self._cells = 0
        self._chosen = np.zeros(program.unit_count, dtype=np.int64)
        self._regions = 0
        self._found: list[tuple[Integers, Floats]] = []

    @property
    def fraction(self) -> float:
        """How much of the tree of choices is done; for display only."""
        return self._done

    @property
    def steps(self) -> int:
        """How much work was done; the same in each run."""
        return self._cells * self._steps_of_a_cell

    def statistics(self) -> dict[str, int]:
        """Return what was counted on the way: linear programs, those decided in integers, and steps of floats."""
        programs, exact, steps = self._problem.found.counts.tolist()
        return {"programs": programs, "exact": exact, "steps": steps}

    def unexplored(self) -> list[Prefix]:
        """Return, between two batches, the prefixes below which there are more regions, at least one below each."""
        chosen = self._chosen.tolist()
        return sorted(Prefix((*chosen[: cell.unit], *self._numbers(cell)), cell.share) for cell in self._stack)

    def explore(self, prefix: Prefix) -> Iterator[Batch]:
        """Yield the regions below a prefix, by increasing pattern, an empty batch now and then too."""
        self._stack = []
        cell = self._problem.root_cell(trusting=self._trusting) if self._follow(prefix.pieces) else None
        if cell is not None:
            self._stack.append(_Waiting(len(prefix.pieces), None, len(self._problem.rows), cell, prefix.share))
        elif not self._trusting:
            raise InternalError(f"there is no region with the prefix {prefix.pieces}")
        explored = 0  # below this prefix: where batches end must not depend on what was explored before
        while self._stack:
            self._explore(self._stack.pop())
            self._cells += 1
            explored += 1
            if explored % _CELLS_IN_BATCH == 0:
                yield self._fetched()
        yield self._fetched()

    def _numbers(self, cell: _Waiting) -> tuple[int, ...]:
        """Return the number of the piece that is chosen of a waiting cell's unit, if one is."""
        if cell.piece is None:
            return ()
        return (int(self._problem.layers[self._layer_of(cell.unit)].arrays.numbers[cell.piece]),)

    def _layer_of(self, unit: int) -> int:
        return bisect_right(self._starts, unit) - 1

    def exact_point(self, pattern: Pattern) -> Point | None:
        """Return, instead of a search, a point with a pattern; None if there is none."""
        return self._problem.exact_point() if self._follow(pattern) else None

    def _follow(self, prefix: Pattern) -> bool:
        """Put the rows of the domain and of a prefix on the path. Returns whether its pieces may be chosen."""
        problem = self._problem
        problem.go_back(0, -1)
        problem.append_domain()
        for unit, number in enumerate(prefix):
            layer = problem.enter(self._layer_of(unit), self._chosen)
            local = unit - self._starts[self._layer_of(unit)]
            piece = layer.piece(local, number)
            if piece is None or not problem.append(layer, piece, layer.signs):
                return False
            note_choice(piece, layer.arrays, layer.signs)
            self._chosen[unit] = number
        return True

    def _explore(self, waiting: _Waiting) -> None:
        """Follow a cell until a unit cuts it, or there are no more."""
        problem, cell, unit = self._problem, waiting.cell, waiting.unit
        problem.go_back(waiting.rows, self._layer_of(unit) if self._units else 0)
        if waiting.piece is not None:
            layer = problem.layers[-1]
            problem.append(layer, waiting.piece, cell.signs)
            note_choice(waiting.piece, layer.arrays, cell.signs)
            self._chosen[unit] = layer.arrays.numbers[waiting.piece]
            unit += 1
        while unit < self._units:
            number = self._layer_of(unit)
            if len(problem.layers) <= number:
                cell = cell._replace(signs=problem.enter(number, self._chosen).signs.copy())
            start = self._starts[number]
            outcome, local, place = problem.choose(unit - start, cell)
            self._chosen[unit : start + local] = problem.found.chosen[unit - start : local]
            unit = start + local
            if outcome == ASK:
                problem.answer(local, place, cell, trusting=self._trusting)
            elif outcome != END:
                rest = outcome == REST
                found = [(None, cell)] if rest else problem.children(local, cell)
                share = waiting.share / len(found)
                self._stack += [_Waiting(unit, piece, len(problem.rows), own, share) for piece, own in reversed(found)]
                return
        self._regions += 1
        self._done += waiting.share
        if self._keeps:
            self._found.append((self._chosen.copy(), cell.point))

    def _fetched(self) -> Batch:
        """Return what has been found since the last time."""
        found, self._found = self._found, []
        regions, self._regions = self._regions, 0
        patterns = np.array([pattern for pattern, _ in found], dtype=pattern_type(self._program))
        points = self._problem.witnesses([point for _, point in found])
        return Batch(regions, patterns.reshape(len(found), self._units), points)
