"""Processes that do tasks, and the pipes to them.

They are Python's own, started anew: nothing of the caller's main module is run in them, as it would be by a pool of
`multiprocessing`, and when the caller dies, however it does, each ends after the task that it is at.
"""

import os
import pickle
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from select import select
from typing import IO, cast

from exactgeo.enumeration.traversal.tasks import Request, Result, Task
from exactgeo.errors import ExactGeoError, InternalError

_COMMAND = (sys.executable, "-P", "-c", "from exactgeo.enumeration.traversal.worker import main; main()")
_ONE_THREAD = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL", "NUMBA")}


class Workers:
    """Processes for a request's tasks.

    Args:
        request: what is asked for.
        jobs: how many processes.
    """

    def __init__(self, request: Request, jobs: int) -> None:
        environment = {**os.environ, **_ONE_THREAD, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        self._idle = [_Worker(environment) for _ in range(jobs)]
        self._busy: list[_Worker] = []
        try:
            for worker in self._idle:
                worker.tell(request)
        except BaseException:
            self.close()
            raise

    @property
    def have_time(self) -> bool:
        """Whether a process has nothing to do."""
        return bool(self._idle)

    def close(self) -> None:
        """End the processes, whatever they are at."""
        for worker in [*self._idle, *self._busy]:
            worker.end()

    def give(self, task: Task) -> None:
        """Give a task to a process that has nothing to do."""
        worker = self._idle.pop()
        self._busy.append(worker)
        worker.tell(task)

    def finished(self, seconds: float) -> Iterator[Result]:
        """Wait for some time at most, and yield what was finished.

        Raises:
            ExactGeoError: if a process has died.
        """
        for worker in select(self._busy, [], [], seconds)[0]:
            result = worker.answer()
            self._busy.remove(worker)
            self._idle.append(worker)
            yield result


class _Worker:
    """A process, and the pipes to and from it."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(  # noqa: S603 (ourselves)
            _COMMAND,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            process_group=0,  # of its own: signals to the caller's group, such as Ctrl-C, are for the caller to obey
        )

    def fileno(self) -> int:
        """Return what is ready to be read from when there is an answer."""
        return self._answers.fileno()

    def tell(self, what: Request | Task) -> None:
        questions = cast("IO[bytes]", self._process.stdin)
        try:
            pickle.dump(what, questions)
            questions.flush()
        except BrokenPipeError as error:
            raise self._death() from error

    def answer(self) -> Result:
        try:
            answer = pickle.load(self._answers)  # noqa: S301 (from our own process)
        except (EOFError, pickle.UnpicklingError) as error:
            raise self._death() from error
        if isinstance(answer, Exception):
            raise answer
        return cast("Result", answer)

    def end(self) -> None:
        self._process.kill()
        with suppress(BrokenPipeError):
            self._process.communicate()

    @property
    def _answers(self) -> "IO[bytes]":
        return cast("IO[bytes]", self._process.stdout)

    def _death(self) -> ExactGeoError:
        self._process.kill()
        status = self._process.wait()
        if status < 0:
            return ExactGeoError(
                f"a process that was enumerating was killed by signal {-status}, perhaps for lack of memory: "
                "use fewer jobs; with a journal, what was found before is not lost"
            )
        return InternalError(f"a process that was enumerating has ended with status {status}")
