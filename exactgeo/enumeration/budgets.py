"""Limits on long work, and word of how far it has come."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from exactgeo.errors import InvalidArgument


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an enumeration has come.

    Attributes:
        regions: the number of regions found.
        fraction: the share of the search tree that is done, between 0 and 1; each branch counts as an equal part of its
            parent. A float, for display only.
        seconds: since the start.
    """

    regions: int
    fraction: float
    seconds: float


OnProgress = Callable[[Progress], None]


def ignore_progress(_: Progress) -> None:
    """Do nothing."""


@dataclass(frozen=True, slots=True)
class Budget:
    """When to stop, though the work is not done.

    Attributes:
        max_regions: stop before finding more regions than this; None for no limit.
        max_seconds: stop after this long; None for no limit.
        is_cancelled: asked now and then; stop once it says True.

    Raises:
        InvalidArgument: for a negative limit.
    """

    max_regions: int | None = None
    max_seconds: float | None = None
    is_cancelled: Callable[[], bool] = field(default=bool)
    _start: float = field(default_factory=time.monotonic, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for name, limit in (("max_regions", self.max_regions), ("max_seconds", self.max_seconds)):
            if limit is not None and not limit >= 0:
                raise InvalidArgument(f"{name} is {limit}; it must be a number >= 0")

    @property
    def seconds(self) -> float:
        """The time since this budget was made."""
        return time.monotonic() - self._start

    def exhausted(self, regions: int = 0) -> str | None:
        """Return why to stop now, after so many regions were found; None to go on."""
        if self.is_cancelled():
            return "interrupted"
        if self.max_regions is not None and regions > self.max_regions:
            return f"the limit of {self.max_regions} regions was reached"
        if self.max_seconds is not None and self.seconds > self.max_seconds:
            return f"the limit of {self.max_seconds:g} seconds was reached"
        return None
