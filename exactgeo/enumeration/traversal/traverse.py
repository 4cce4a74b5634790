"""Traversals: all regions of a request, in order, by one process or several, with or without a journal."""

from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path

from exactgeo.enumeration.found import Batch
from exactgeo.enumeration.search import AnySearch
from exactgeo.enumeration.traversal.frontier import Frontier
from exactgeo.enumeration.traversal.journal import Journal
from exactgeo.enumeration.traversal.tasks import Performance, Request, Result
from exactgeo.enumeration.traversal.workers import Workers
from exactgeo.networks.evaluation import Pattern

_SECONDS = 0.1  # to wait for other processes until the budget is looked at again


class Traversal:
    """The regions of a request.

    Args:
        request: what is asked for.
        jobs: how many processes.
        resume: the file of a journal, which is made if there is none; None for no journal.
    """

    def __init__(self, request: Request, jobs: int = 1, resume: Path | None = None) -> None:
        self._request, self._jobs = request, jobs
        self._frontier = Frontier()
        self._results: dict[bytes, Batch] = {}
        self._performance: Performance | None = None
        self._own_fraction = 0.0
        self._journal = Journal(resume, request) if resume is not None else None
        for key, children in self._journal.finished() if self._journal else ():
            self._frontier.finish(self._frontier.take(key), children)

    @property
    def fraction(self) -> float:
        """How much of the tree of choices is done; for display only."""
        return min(1.0, self._frontier.done + self._own_fraction)

    def batches(self) -> Generator[Batch, None, None]:
        """Yield all regions by increasing pattern, an empty batch now and then too."""
        search = self._request.search()
        while len(self._frontier) and (self._jobs == 1 or len(self._frontier) < self._jobs):
            yield from map(self._batch, self._frontier.turn())
            yield from self._by_this_process(search)
        if len(self._frontier):
            yield from self._by_workers()
        yield from map(self._batch, self._frontier.turn())

    def out_of_turn(self) -> Iterator[Batch]:
        """Yield, if the batches were not taken to their end, what else was found, by increasing pattern."""
        yield from map(self._batch, self._frontier.out_of_turn())

    def unexplored(self) -> list[Pattern]:
        """Return the prefixes below which there are more regions, at least one below each."""
        own = self._performance
        left = [*own.left(), *self._frontier.prefixes(own.task)] if own else self._frontier.prefixes()
        return sorted(prefix.pieces for prefix in left)

    def close(self) -> None:
        """Close the journal."""
        if self._journal:
            self._journal.close()

    def _by_this_process(self, search: AnySearch) -> Iterator[Batch]:
        """Do the first task, and hand out its batches at once."""
        self._performance = Performance(search, self._frontier.take(), self._request.steps)
        before = search.fraction
        found = []
        for batch in self._performance.batches():
            self._own_fraction = search.fraction - before
            if self._journal:
                found.append(batch)
            yield batch
        task, children = self._performance.task, self._performance.children()
        if self._journal:
            self._journal.add(Result(task, Batch.joined(self._request.program, found), children))
        self._frontier.finish(task, children, is_handed_out=True)
        self._performance, self._own_fraction = None, 0.0

    def _by_workers(self) -> Generator[Batch, None, None]:
        """Have the tasks done by other processes."""
        nothing = Batch.none(self._request.program)
        with closing(Workers(self._request, self._jobs)) as workers:
            while len(self._frontier) or not self._frontier.is_idle:
                while len(self._frontier) and workers.have_time:
                    workers.give(self._frontier.take())
                for result in workers.finished(_SECONDS):
                    self._note(result)
                yield from map(self._batch, self._frontier.turn())
                yield nothing

    def _note(self, result: Result) -> None:
        if self._journal:
            self._journal.add(result)
        else:
            self._results[result.task.key] = result.batch
        self._frontier.finish(result.task, result.children)

    def _batch(self, key: bytes) -> Batch:
        return self._journal.batch(key) if self._journal else self._results.pop(key)
