"""One-parameter families of inputs: piecewise-affine paths through the input space, continuous or not."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path as FilePath
from typing import Any

from exactgeo.arithmetic.documents import reading
from exactgeo.arithmetic.rationals import Point, Rational, point, rational, text
from exactgeo.errors import DimensionMismatch, InvalidArgument

FORMAT = "exactgeo-path"
EXACT = Rational(0)
"""The error of a path that is the family that is meant."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a path: x(r) = start + r step for low < r < high."""

    low: Rational
    high: Rational
    start: Point
    step: Point

    def __call__(self, r: Rational) -> Point:
        """Return x(r)."""
        return tuple(a + r * b for a, b in zip(self.start, self.step, strict=True))


@dataclass(frozen=True, slots=True)
class Path:
    """A path r -> x(r) on a closed interval, affine between neighbouring breaks.

    Attributes:
        breaks: r0 < … < rk, where it may bend or jump.
        corners: x at each of them.
        segments: between neighbouring ones.
        error: no coordinate differs by more from that of the family that the path stands for; 0 if it is the family.

    >>> Path.through([(0, 0), (1, 0), (1, 1)]).at("3/2") == point((1, "1/2"))
    True
    """

    breaks: tuple[Rational, ...]
    corners: tuple[Point, ...]
    segments: tuple[Segment, ...]
    error: Rational = EXACT

    @classmethod
    def through(cls, points: Iterable[Iterable[Any]], breaks: Iterable[Any] | None = None) -> "Path":
        """Return the polyline through points.

        Args:
            points: at least two.
            breaks: the parameter at each of them, increasing; 0, 1, 2, … by default.

        Raises:
            InvalidArgument: for fewer points, or parameters that do not increase.
            DimensionMismatch: for points of different spaces, or another number of parameters.

        **Exactness**: exact.
        """
        corners = tuple(map(point, points))
        places = tuple(map(Rational, range(len(corners)))) if breaks is None else tuple(map(rational, breaks))
        if len(places) != len(corners) or len({len(corner) for corner in corners}) > 1:
            raise DimensionMismatch("a path's points lie in one space, and each has a parameter")
        _demand_increasing(places)
        ends = zip(pairwise(places), pairwise(corners), strict=True)
        return cls(places, corners, tuple(_between(low, high, x, y) for (low, high), (x, y) in ends))

    @classmethod
    def of(cls, breaks: Iterable[Any], at: Callable[[Rational], Iterable[Any]], error: Rational = EXACT) -> "Path":
        """Return the path of a family that is affine between neighbouring breaks, where it may jump.

        Args:
            breaks: increasing.
            at: gives x(r).
            error: no coordinate differs by more from the one that is meant.

        Raises:
            InvalidArgument: if the breaks do not increase, or the family is not affine between them, as far as three
                points tell.
        """
        places = tuple(map(rational, breaks))
        _demand_increasing(places)
        segments = []
        for low, high in pairwise(places):
            first, second, third = ((low * (4 - k) + high * k) / 4 for k in (1, 2, 3))
            segment = _between(first, third, point(at(first)), point(at(third)))
            if segment(second) != point(at(second)):
                raise InvalidArgument(f"the family is not affine between {low} and {high}")
            segments.append(Segment(low, high, segment.start, segment.step))
        return cls(places, tuple(point(at(place)) for place in places), tuple(segments), rational(error))

    @classmethod
    def read(cls, path: FilePath | str) -> "Path":
        """Read a polyline from a JSON file (schema: exactgeo/reports/schemas/path.schema.json).

        Raises:
            InvalidArgument: if the file cannot be read or understood.
        """
        with reading(path, "the path", FORMAT) as document:
            if not {"points"} <= set(document) - {"format", "version"} <= {"points", "breaks"}:
                raise InvalidArgument('expected "points", and perhaps "breaks"')
            points, breaks = document["points"], document.get("breaks")
            if not isinstance(points, list) or not isinstance(breaks, list | None):
                raise InvalidArgument('"points" and "breaks" are lists')
            return cls.through(points, breaks)

    @classmethod
    def between(cls, first: Iterable[Any], second: Iterable[Any]) -> "Path":
        """Return the segment from one point, where r = 0, to another, where r = 1.

        Raises:
            DimensionMismatch: for points of different spaces.

        **Exactness**: exact.
        """
        return cls.through([first, second])

    def record(self) -> dict[str, Any]:
        """Return a polyline as JSON values, numbers as texts.

        Raises:
            InvalidArgument: for a path that jumps, or that stands for another one.
        """
        if self.error or not self.is_continuous:
            raise InvalidArgument("a path that jumps, or is not quite the one that is meant, is no polyline")
        return {
            "points": [[text(value) for value in corner] for corner in self.corners],
            "breaks": [text(value) for value in self.breaks],
        }

    @property
    def dimension(self) -> int:
        """The number of coordinates of x."""
        return len(self.corners[0])

    @property
    def is_continuous(self) -> bool:
        """Whether the path jumps nowhere."""
        return all(segment(end) == x for segment, end, x in self._ends())

    def at(self, parameter: Any) -> Point:  # noqa: ANN401 (whatever `rational` accepts)
        """Return x(r).

        Raises:
            InvalidArgument: outside the path's interval.
        """
        r = rational(parameter)
        for place, corner in zip(self.breaks, self.corners, strict=True):
            if r == place:
                return corner
        for segment in self.segments:
            if segment.low < r < segment.high:
                return segment(r)
        raise InvalidArgument(f"the path goes from {self.breaks[0]} to {self.breaks[-1]}, and {r} is not between them")

    def _ends(self) -> Iterator[tuple[Segment, Rational, Point]]:
        for k, segment in enumerate(self.segments):
            yield segment, segment.low, self.corners[k]
            yield segment, segment.high, self.corners[k + 1]


def _between(low: Rational, high: Rational, first: Point, last: Point) -> Segment:
    step = tuple((b - a) / (high - low) for a, b in zip(first, last, strict=True))
    return Segment(low, high, tuple(a - low * b for a, b in zip(first, step, strict=True)), step)


def _demand_increasing(breaks: tuple[Rational, ...]) -> None:
    if len(breaks) < 2 or any(low >= high for low, high in pairwise(breaks)):  # noqa: PLR2004 (an interval's ends)
        raise InvalidArgument("a path has two parameters or more, each greater than the last")
