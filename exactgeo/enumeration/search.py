"""The search through the tree of choices: the reference engine's cells, and kernels where there are some that suit."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple, Protocol

from exactgeo.arithmetic.affine import Row
from exactgeo.enumeration import reference
from exactgeo.enumeration.found import Batch
from exactgeo.errors import InternalError
from exactgeo.networks.branches import LayeredForms
from exactgeo.networks.evaluation import Pattern
from exactgeo.polyhedra import Polyhedron

STEPS_OF_A_CELL = 2**10
"""What an exact linear program counts as: about as long as a look at so many vertices by the kernels."""


class Prefix(NamedTuple):
    """A prefix of patterns, with at least one region below it.

    Attributes:
        pieces: the choices.
        share: its part of the tree of choices, for progress only.
    """

    pieces: Pattern = ()
    share: float = 1.0


class AnySearch(Protocol):
    """Finds the regions below prefixes, one prefix after the other.

    Attributes:
        steps: how much work was done; the same in each run.
        fraction: the sum of the shares of what was found, for display only.
    """

    @property
    def steps(self) -> int: ...  # noqa: D102
    @property
    def fraction(self) -> float: ...  # noqa: D102

    def explore(self, prefix: Prefix) -> Iterator[Batch]:
        """Yield the regions below a prefix, by increasing pattern, an empty batch now and then too."""

    def unexplored(self) -> list[Prefix]:
        """Return, between two batches, the prefixes below which there are more regions, in their order."""


class Kernels(Protocol):
    """Compiled code that finds the regions in a cell.

    Attributes:
        steps: how much work was done; the same in each run.
        fraction: the sum of the shares of what was found.
    """

    @property
    def steps(self) -> int: ...  # noqa: D102
    @property
    def fraction(self) -> float: ...  # noqa: D102

    def suit(self, rows: Sequence[Row]) -> bool:
        """Whether the kernels can begin with the cell { rows > 0 }, which is not empty."""

    def begin(self, prefix: Sequence[int], rows: Sequence[Row], within: Prefix) -> None:
        """Begin in the cell { rows > 0 } of a prefix that ends with a layer, to find what lies below another one."""

    def batches(self) -> Iterator[Batch]:
        """Yield what is found, an empty batch now and then too."""

    def unexplored(self) -> list[Prefix]:
        """Return, between two batches, the prefixes below which there are more regions."""


class Search:
    """Finds the regions below prefixes, one prefix after the other.

    The reference engine decides unit by unit, until there are cells that the kernels take.

    Args:
        forms: the program's.
        domain: full-dimensional.
        kernels: None for the reference engine alone.
        keeps: whether patterns and witnesses are wanted; otherwise regions are only counted.
    """

    def __init__(self, forms: LayeredForms, domain: Polyhedron, kernels: Kernels | None, *, keeps: bool) -> None:
        self._forms, self._kernels, self._keeps = forms, kernels, keeps
        self._rows = domain.inequalities
        self._place = reference.Place.within(forms.program.inputs, domain.inequalities)
        self._stack: list[reference.Cell] = []
        self._at_work: Kernels | None = None  # the kernels, while they walk below the current prefix
        self._done = 0.0
        self._steps = 0

    @property
    def fraction(self) -> float:
        """How much of the tree of choices is done; for display only."""
        return self._done + (self._kernels.fraction if self._kernels else 0.0)

    @property
    def steps(self) -> int:
        """How much work was done; the same in each run."""
        return self._steps + (self._kernels.steps if self._kernels else 0)

    def explore(self, prefix: Prefix) -> Iterator[Batch]:
        """Yield the regions below a prefix, by increasing pattern, an empty batch now and then too."""
        program = self._forms.program
        self._stack, self._at_work = [], None
        for branch, rows in reference.along(self._forms.root, self._rows, prefix.pieces, self._place):
            if kernels := self._taker(rows, len(branch.pattern)):
                yield from self._by(kernels, branch.pattern, rows, prefix)
                return
        root = reference.root_cell(branch, rows, self._place)
        if root is None:
            raise InternalError(f"there is no region with the prefix {prefix.pieces}")
        self._stack.append(replace(root, share=prefix.share))
        while self._stack:
            cell = self._stack.pop()
            self._steps += STEPS_OF_A_CELL
            pattern = cell.branch.pattern
            if cell.branch.is_complete:
                self._done += cell.share
                yield Batch.of_one(program, pattern, cell.witness) if self._keeps else Batch.counted(program, 1)
            elif kernels := self._taker(cell.rows, len(pattern)):
                yield from self._by(kernels, pattern, cell.rows, Prefix(pattern, cell.share))
            else:
                self._stack += reversed(reference.children_of(cell, self._place))
                yield Batch.none(program)

    def unexplored(self) -> list[Prefix]:
        """Return, between two batches, the prefixes below which there are more regions, in their order."""
        waiting = [Prefix(cell.branch.pattern, cell.share) for cell in self._stack]
        return sorted([*(self._at_work.unexplored() if self._at_work else ()), *waiting])

    def _taker(self, rows: Sequence[Row], decided: int) -> Kernels | None:
        """Return the kernels if they take a cell."""
        if self._kernels is None or decided == self._forms.program.unit_count or not self._kernels.suit(rows):
            return None
        return self._kernels

    def _by(self, kernels: Kernels, pattern: Pattern, rows: Sequence[Row], within: Prefix) -> Iterator[Batch]:
        start = max(start for start in self._forms.starts if start <= len(pattern))
        kernels.begin(pattern[:start], rows, within)
        self._at_work = kernels
        yield from kernels.batches()
        self._at_work = None
