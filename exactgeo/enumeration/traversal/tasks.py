"""Tasks: parts of the tree of choices that can be explored by themselves.

A task ends when it has done a fixed amount of work; what it leaves becomes new tasks. So the tasks, and all that is
found, depend on the question alone, not on who does them, nor when.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from exactgeo.enumeration.found import Batch
from exactgeo.enumeration.search import AnySearch, Prefix, Search
from exactgeo.errors import InternalError
from exactgeo.networks.branches import LayeredForms
from exactgeo.networks.programs import Program
from exactgeo.polyhedra import Polyhedron

REFERENCE, CERTIFIED, FLOAT = "reference", "certified", "float"

_MOST_CHILDREN = 8


@dataclass(frozen=True)
class Request:
    """What is asked for.

    Attributes:
        program: the network.
        domain: where to look for its regions.
        engine: by which engine.
        keeps: whether regions are wanted, or only their number.
        steps: how much work a task is.
    """

    program: Program
    domain: Polyhedron
    engine: str
    keeps: bool
    steps: int = 2**21

    def search(self) -> AnySearch:
        """Return a search for it."""
        if self.engine == REFERENCE:
            return Search(LayeredForms(self.program), self.domain, None, keeps=self.keeps)
        from exactgeo.enumeration.certified.searches import search_of  # noqa: PLC0415 (numba is slow to load)

        trusting = self.engine == FLOAT
        return search_of(self.program, self.domain, keeps=self.keeps, trusting=trusting, steps=self.steps)


@dataclass(frozen=True, slots=True, order=True)
class Task:
    """Prefixes that follow each other, to be explored one after the other.

    Attributes:
        key: sorts tasks by their patterns. What a task finds itself comes before what its children find.
        prefixes: in their order.
    """

    key: bytes = b""
    prefixes: tuple[Prefix, ...] = (Prefix(),)

    @property
    def share(self) -> float:
        """Its part of the tree of choices."""
        return sum(prefix.share for prefix in self.prefixes)


@dataclass(frozen=True, slots=True)
class Result:
    """What a task found, and the tasks for the rest."""

    task: Task
    batch: Batch
    children: tuple[Task, ...]


class Performance:
    """A task that is being done.

    Args:
        search: which does it.
        task: what to do.
        steps: how much of it.
    """

    def __init__(self, search: AnySearch, task: Task, steps: int) -> None:
        self._search, self.task = search, task
        self._end = search.steps + steps
        self._begun = 0

    def batches(self) -> Iterator[Batch]:
        """Yield what the task finds, an empty batch now and then too."""
        for prefix in self.task.prefixes:
            self._begun += 1
            for batch in self._search.explore(prefix):
                yield batch
                if self._search.steps >= self._end:
                    return

    def left(self) -> list[Prefix]:
        """Return, between two batches or after the last, the prefixes below which more is to be found."""
        return [*(self._search.unexplored() if self._begun else ()), *self.task.prefixes[self._begun :]]

    def children(self) -> tuple[Task, ...]:
        """Return, after the last batch, the tasks for what is left.

        One each for the last prefixes, which are the large ones, and one for all the others.
        """
        left = self.left()
        self._demand_own(left)
        together = max(len(left) - _MOST_CHILDREN + 1, min(1, len(left)))
        parts = [tuple(left[:together]), *((prefix,) for prefix in left[together:])]
        return tuple(Task(self.task.key + bytes([number]), part) for number, part in enumerate(parts) if part)

    def _demand_own(self, left: Sequence[Prefix]) -> None:
        """Raise an error if a prefix is not below the task's, or is below another: regions would be found twice."""
        own = {prefix.pieces for prefix in self.task.prefixes}
        lengths = sorted(set(map(len, own)))
        for prefix in left:
            if not any(prefix.pieces[:length] in own for length in lengths):
                raise InternalError(f"the search left the prefix {prefix.pieces}, which is not below its task's")
        for first, second in pairwise(sorted(prefix.pieces for prefix in left)):
            if second[: len(first)] == first:
                raise InternalError(f"the search left the prefix {first} and, below it, {second}")
