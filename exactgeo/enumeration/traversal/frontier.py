"""The frontier of a traversal: which tasks wait, which are under way, and whose results may be handed out."""

import heapq
from collections.abc import Iterator

from exactgeo.enumeration.search import Prefix
from exactgeo.enumeration.traversal.tasks import Task


class Frontier:
    """Tasks and finished tasks, in the order of their keys.

    A finished task may be handed out when no task that comes before it is left.

    Attributes:
        done: the share of the tree of choices that finished tasks have explored.
    """

    def __init__(self) -> None:
        self._waiting = {b"": Task()}
        self._order = [b""]
        self._under_way: dict[bytes, Task] = {}
        self._finished: list[bytes] = []
        self.done = 0.0

    def __len__(self) -> int:
        """How many tasks wait."""
        return len(self._waiting)

    @property
    def is_idle(self) -> bool:
        """Whether no task is under way."""
        return not self._under_way

    def take(self, key: bytes | None = None) -> Task:
        """Take a task that waits: the first one, or the one with a key.

        Raises:
            KeyError: if there is none.
        """
        if key is None:
            key = self._first() or b""
        task = self._waiting.pop(key)
        self._under_way[key] = task
        return task

    def finish(self, task: Task, children: tuple[Task, ...], *, is_handed_out: bool = False) -> None:
        """Note that a task which was taken has been done, and whether what it found was handed out already."""
        del self._under_way[task.key]
        if not is_handed_out:
            heapq.heappush(self._finished, task.key)
        self.done += task.share - sum(child.share for child in children)
        for child in children:
            self._waiting[child.key] = child
            heapq.heappush(self._order, child.key)

    def turn(self) -> Iterator[bytes]:
        """Yield, once, the keys of finished tasks that no other task comes before."""
        first = min((key for key in (self._first(), *self._under_way) if key is not None), default=None)
        while self._finished and (first is None or self._finished[0] < first):
            yield heapq.heappop(self._finished)

    def out_of_turn(self) -> Iterator[bytes]:
        """Yield, once, the keys of all other finished tasks."""
        while self._finished:
            yield heapq.heappop(self._finished)

    def prefixes(self, besides: Task | None = None) -> list[Prefix]:
        """Return the prefixes of all tasks that are not done, besides one."""
        tasks = [*self._waiting.values(), *self._under_way.values()]
        return [prefix for task in tasks if task is not besides for prefix in task.prefixes]

    def _first(self) -> bytes | None:
        """Return the key of the first task that waits."""
        while self._order and self._order[0] not in self._waiting:
            heapq.heappop(self._order)
        return self._order[0] if self._order else None
