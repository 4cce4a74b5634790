"""Long work at the command line: progress, and stopping on Ctrl-C."""

import math
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType

import click
from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from exactgeo.enumeration.budgets import Budget, Progress

_REDRAW_SECONDS = 0.1
_SAME_SECONDS = 0.2  # in which signals are one: who signals a process and then its group sends two


@dataclass(slots=True)
class Stopper:
    """Whether the user asked to stop."""

    asked: threading.Event = field(default_factory=threading.Event)

    def budget(self, max_regions: int | None, max_seconds: float | None) -> Budget:
        """Return a budget that also ends when the user asks to stop."""
        return Budget(max_regions, max_seconds, self.asked.is_set)


@contextmanager
def stoppable() -> Iterator[Stopper]:
    """Turn the first Ctrl-C or SIGTERM into a request to stop and write what was found; a later one stops at once."""
    stopper = Stopper()

    first = math.inf

    def ask(_number: int, _frame: FrameType | None) -> None:
        nonlocal first
        if stopper.asked.is_set() and time.monotonic() - first > _SAME_SECONDS:
            raise KeyboardInterrupt
        first = min(first, time.monotonic())
        stopper.asked.set()

    if threading.current_thread() is not threading.main_thread():
        yield stopper
        return
    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stopper
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def compilation_announced() -> Iterator[None]:
    """Say why nothing happens at first, where kernels are used for the first time."""
    from exactgeo.compiling import announced  # noqa: PLC0415 (numba is slow to load)

    def announce() -> None:
        click.echo("exactgeo: compiling, once after an installation; half a minute or so", err=True)

    with announced(announce):
        yield


@contextmanager
def progress_bar(title: str, noun: str = "regions") -> Iterator[Callable[[Progress], None]]:
    """Draw progress on stderr if that is a terminal; give what takes the news."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _: None
        return
    columns = (
        TextColumn(title),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%  {task.fields[found]:,} " + noun),
        TimeElapsedColumn(),
    )
    with Bar(*columns, console=console, transient=True, auto_refresh=False) as bar:
        task = bar.add_task(title, total=1.0, found=0)
        drawn = 0.0

        def show(news: Progress) -> None:
            nonlocal drawn
            if time.monotonic() - drawn >= _REDRAW_SECONDS:
                drawn = time.monotonic()
                bar.update(task, completed=news.fraction, found=news.regions, refresh=True)

        yield show
