"""Pulses and disks by name: paths that a few numbers describe."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from exactgeo.arithmetic.rationals import Rational, rational, text
from exactgeo.errors import DimensionMismatch, InvalidArgument
from exactgeo.networks.paths.paths import Path
from exactgeo.networks.paths.pulses import area_sampled_pulse, binary_disk, binary_pulse, smooth_disk

PULSES: Mapping[str, Callable[[int, Any, Any], Path]] = {
    "binary-pulse": binary_pulse,
    "area-pulse": area_sampled_pulse,
}
DISKS: Mapping[str, Callable[[int, int, Any, Any], Path]] = {"binary-disk": binary_disk, "smooth-disk": smooth_disk}
SQUARED = "binary-disk"
"""The family whose parameter is the squared radius."""

_SIZES = {**dict.fromkeys(PULSES, ("size",)), **dict.fromkeys(DISKS, ("height", "width"))}


@dataclass(frozen=True, slots=True)
class Family:
    """Pulses or disks of growing radius.

    Attributes:
        name: "binary-pulse", "area-pulse", "binary-disk" or "smooth-disk".
        sizes: the number of pixels of a row, or the height and the width of an image.
        low: where the parameter begins.
        high: where it ends.

    Raises:
        InvalidArgument: for another name, or sizes that are none.

    >>> Family("area-pulse", (5,), 0, 2).record()
    {'family': 'area-pulse', 'size': 5, 'low': '0', 'high': '2'}
    """

    name: str
    sizes: tuple[int, ...]
    low: Rational
    high: Rational

    def __post_init__(self) -> None:
        if self.name not in _SIZES:
            raise InvalidArgument(f"there is no family {self.name!r}; there is {', '.join(_SIZES)}")
        if len(self.sizes) != len(_SIZES[self.name]) or not all(type(size) is int and size > 0 for size in self.sizes):
            raise InvalidArgument(f"the family {self.name} has the sizes {', '.join(_SIZES[self.name])}, above 0")
        object.__setattr__(self, "low", rational(self.low))
        object.__setattr__(self, "high", rational(self.high))

    @property
    def dimension(self) -> int:
        """The number of pixels."""
        return math.prod(self.sizes)

    def path(self) -> Path:
        """Return the path. Errors are those of the functions that make it."""
        if self.name in PULSES:
            return PULSES[self.name](self.sizes[0], self.low, self.high)
        return DISKS[self.name](self.sizes[0], self.sizes[1], self.low, self.high)

    def record(self) -> dict[str, Any]:
        """Return what describes the family as JSON values."""
        sizes = dict(zip(_SIZES[self.name], self.sizes, strict=True))
        return {"family": self.name, **sizes, "low": text(self.low), "high": text(self.high)}


def path_of(record: object, dimension: int) -> Path:
    """Return the path that a record describes: that of a `Family`, or of a polyline (`Path.record`).

    Args:
        record: JSON values, as somebody wrote them.
        dimension: of the space in which the path is to lie.

    Raises:
        InvalidArgument: if it describes none.
        DimensionMismatch: if it lies in another space.
    """
    if not isinstance(record, dict):
        raise InvalidArgument("a path is a family, or has points and breaks")
    found = _family(record) if "family" in record else _polyline(record)
    if found.dimension != dimension:  # before a family of any size is worked out
        raise DimensionMismatch(
            f"the path lies in {found.dimension} dimensions, but the network has {dimension} inputs"
        )
    return found.path() if isinstance(found, Family) else found


def _family(record: Mapping[str, Any]) -> Family:
    name = record["family"]
    names = _SIZES.get(name) if isinstance(name, str) else None
    if names is None or set(record) != {"family", "low", "high", *names}:
        raise InvalidArgument("the path's family cannot be understood")
    return Family(name, tuple(record[size] for size in names), record["low"], record["high"])


def _polyline(record: Mapping[str, Any]) -> Path:
    points, breaks = (record.get(key) for key in ("points", "breaks"))
    if set(record) != {"points", "breaks"} or not isinstance(points, list) or not isinstance(breaks, list):
        raise InvalidArgument("a path is a family, or has points and breaks")
    return Path.through(points, breaks)
