"""A process that does tasks: it reads a request and then tasks from stdin, and writes what it found to stdout."""

import os
import pickle
import sys

from exactgeo.enumeration.found import Batch
from exactgeo.enumeration.search import AnySearch
from exactgeo.enumeration.traversal.tasks import Performance, Request, Result, Task


def main() -> None:
    """Do tasks until there are no more, or the process that gives them has died."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # so that nothing else is written there
    request: Request = pickle.load(sys.stdin.buffer)  # noqa: S301 (from our own process)
    search = request.search()
    try:
        while True:
            task: Task = pickle.load(sys.stdin.buffer)  # noqa: S301
            pickle.dump(_answer(request, search, task), answers)
            answers.flush()
    except (EOFError, BrokenPipeError):
        os._exit(0)


def _answer(request: Request, search: AnySearch, task: Task) -> Result | Exception:
    try:
        performance = Performance(search, task, request.steps)
        batch = Batch.joined(request.program, performance.batches())
        return Result(task, batch, performance.children())
    except Exception as error:  # noqa: BLE001 (it is raised again where the answer is awaited)
        return error
