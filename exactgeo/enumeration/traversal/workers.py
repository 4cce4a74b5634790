"""Processes that do tasks.

Each has the program once. They ignore Ctrl-C, which reaches the whole group of processes: the one that gave them work
decides what becomes of it.
"""

import signal
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait

from loky.process_executor import ProcessPoolExecutor, TerminatedWorkerError

from exactgeo.enumeration.found import Batch
from exactgeo.enumeration.search import Search
from exactgeo.enumeration.traversal.tasks import Performance, Request, Result, Task
from exactgeo.errors import InternalError

_ONE_THREAD = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL", "NUMBA")}

_search: Search
_request: Request


class Workers:
    """A pool of processes for a request's tasks.

    Args:
        request: what is asked for.
        jobs: how many processes.
    """

    def __init__(self, request: Request, jobs: int) -> None:
        self.jobs = jobs
        self._pool = ProcessPoolExecutor(jobs, initializer=_begin, initargs=(request,), env=_ONE_THREAD)
        self._under_way: set[Future[Result]] = set()

    def close(self) -> None:
        """End the processes, whatever they are at."""
        self._pool.shutdown(wait=True, kill_workers=True)

    @property
    def have_time(self) -> bool:
        """Whether another task would soon be begun: one more than there are processes keeps them busy."""
        return len(self._under_way) <= self.jobs

    def give(self, task: Task) -> None:
        """Give a task to the processes."""
        self._under_way.add(self._pool.submit(_perform, task))

    def finished(self, seconds: float) -> Sequence[Result]:
        """Wait for some time at most, and return what was finished.

        Raises:
            InternalError: if a process has died.
        """
        done, self._under_way = wait(self._under_way, seconds, FIRST_COMPLETED)
        try:
            return [future.result() for future in done]
        except TerminatedWorkerError as error:
            raise InternalError(f"a process that was enumerating has died, killed or out of memory: {error}") from error


def _begin(request: Request) -> None:
    global _request, _search
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _request, _search = request, request.search()


def _perform(task: Task) -> Result:
    performance = Performance(_search, task, _request.steps)
    batch = Batch.joined(_request.program, performance.batches())
    return Result(task, batch, performance.children())
