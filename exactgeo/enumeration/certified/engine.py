"""The certified engine: from a program and a domain to walks of the kernels, and from what they find to an answer."""

from collections.abc import Callable, Iterator

import numpy as np

from exactgeo.arithmetic.affine import Row
from exactgeo.arithmetic.matrices import rank
from exactgeo.enumeration import reference
from exactgeo.enumeration.arrangements import Arrangement, PartialArrangement
from exactgeo.enumeration.budgets import Budget, OnProgress, Progress
from exactgeo.enumeration.certified.found import FoundRegions
from exactgeo.enumeration.certified.programs.quotients import AnySearch, Quotient, QuotientSearch
from exactgeo.enumeration.certified.programs.search import ProgramSearch
from exactgeo.enumeration.certified.walks import Batch, Walker
from exactgeo.networks.branches import LayeredForms
from exactgeo.networks.evaluation import Pattern
from exactgeo.networks.programs import Program
from exactgeo.polyhedra import Polyhedron

_MOST_DIMENSIONS = 9  # beyond, cells have too many vertices
_MOST_ROWS = 60  # of the cell with which a walk begins


def enumerate_by_kernels(
    name: str, program: Program, domain: Polyhedron, budget: Budget, on_progress: OnProgress, *, trusting: bool
) -> Arrangement | PartialArrangement:
    """Find every activation region: `exactgeo.enumerate_regions` with the certified or the float engine."""
    search = search_of(program, domain, trusting=trusting)
    batches: list[Batch] = []
    reason = _exhausted(search, budget, on_progress, batches.append)
    regions = FoundRegions.joined(program, domain, [(batch.patterns, batch.witnesses) for batch in batches])
    most = _within(budget, len(regions))
    unexplored = [*regions.patterns(most), *search.unexplored()]
    if reason is None or not unexplored:
        return Arrangement(program, domain, name, regions)
    return PartialArrangement(program, domain, name, regions[:most], tuple(unexplored), reason)


def count_by_kernels(
    program: Program, domain: Polyhedron, budget: Budget, on_progress: OnProgress, *, trusting: bool
) -> tuple[int, str | None]:
    """Count the activation regions, in memory that does not grow with their number.

    Returns:
        The number of regions, and why the count stopped early, None if it did not.
    """
    search = search_of(program, domain, keeps=False, trusting=trusting)
    reason = _exhausted(search, budget, on_progress, lambda _: None)
    most = _within(budget, search.regions)
    return most, reason if search.regions > most or search.unexplored() else None


def _exhausted(
    search: AnySearch, budget: Budget, on_progress: OnProgress, on_batch: Callable[[Batch], None]
) -> str | None:
    """Search until the budget is exhausted, and return why; None if it lasts."""
    reason = budget.exhausted()
    for batch in search.batches() if reason is None else ():
        on_batch(batch)
        on_progress(Progress(search.regions, search.fraction, budget.seconds))
        reason = budget.exhausted(search.regions)
        if reason is not None:
            break
    return reason


def _within(budget: Budget, regions: int) -> int:
    return regions if budget.max_regions is None else min(regions, budget.max_regions)


def search_of(program: Program, domain: Polyhedron, *, keeps: bool = True, trusting: bool = False) -> AnySearch:
    """Return a search that suits a problem: by vertices in few dimensions, by linear programs in many.

    Args:
        program: the network.
        domain: full-dimensional.
        keeps: whether patterns and witnesses are wanted; otherwise regions are only counted.
        trusting: whether floats decide all signs, without a bound.
    """
    if program.unit_count and program.inputs > _MOST_DIMENSIONS:
        quotient = Quotient.of(program, domain)
        if quotient is None:
            return ProgramSearch(program, domain, keeps=keeps, trusting=trusting)
        search = search_of(quotient.program, quotient.domain, keeps=keeps, trusting=trusting)
        return QuotientSearch(quotient, search, program.inputs)
    if program.unit_count and len(domain.inequalities) > _MOST_ROWS:
        return ProgramSearch(program, domain, keeps=keeps, trusting=trusting)
    return Search(program, domain, keeps=keeps, trusting=trusting)


class Search:
    """All regions of a program in a domain, batch by batch, by increasing pattern.

    The kernels take cells without lines, in few dimensions. Until there are such, the reference engine decides, unit
    by unit.

    Args:
        program: the network.
        domain: full-dimensional.
        keeps: whether patterns and witnesses are wanted; otherwise regions are only counted.
        trusting: whether floats decide all signs, without a bound.
    """

    def __init__(self, program: Program, domain: Polyhedron, *, keeps: bool = True, trusting: bool = False) -> None:
        self._forms = LayeredForms(program)
        self._walker = Walker(self._forms, keeps=keeps, trusting=trusting)
        self._place = reference.Place.within(program.inputs, domain.inequalities)
        self._stack: list[reference.Cell] = []
        self._rows: tuple[Row, ...] | None = domain.inequalities  # of the domain, until the search has begun
        self._done = 0.0
        self._others = 0

    @property
    def regions(self) -> int:
        """How many regions were found."""
        return self._others + self._walker.regions

    @property
    def fraction(self) -> float:
        """How much of the tree of choices is done; for display only."""
        return min(1.0, self._done + self._walker.fraction)

    def batches(self) -> Iterator[Batch]:
        """Yield what is found, an empty batch now and then too."""
        program = self._forms.program
        rows, self._rows = self._rows, None
        if rows is not None and program.unit_count and _suits(rows, program.inputs):
            self._walker.begin((), rows, 1.0)
            yield from self._walker.batches()
            return
        if rows is not None and (root := reference.root_cell(self._forms.root, rows, self._place)):
            self._stack.append(root)
        while self._stack:
            cell = self._stack.pop()
            pattern = cell.branch.pattern
            if cell.branch.is_complete:
                self._others += 1
                self._done += cell.share
                yield Batch(np.array([pattern], dtype=np.int64), np.full((1, program.inputs), np.nan))
            elif _suits(cell.rows, program.inputs):
                start = max(start for start in self._forms.starts if start <= len(pattern))
                self._walker.begin(pattern[:start], cell.rows, cell.share)
                yield from self._walker.batches()
            else:
                self._stack += reversed(reference.children_of(cell, self._place))

    def unexplored(self) -> list[Pattern]:
        """Return, between two batches, the prefixes below which there are more regions, at least one below each."""
        if self._rows is not None:
            return [()]
        return sorted([*self._walker.unexplored(), *(cell.branch.pattern for cell in self._stack)])


def _suits(rows: tuple[Row, ...], dimension: int) -> bool:
    """Whether the kernels can begin with a cell."""
    if dimension > _MOST_DIMENSIONS or not dimension <= len(rows) <= _MOST_ROWS:
        return False
    return rank(row[1:] for row in rows) == dimension
