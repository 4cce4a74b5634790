"""Regions as arrays: each takes some bytes and its witness, and becomes an object when somebody looks."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from exactgeo.arithmetic.floats import exact_float
from exactgeo.arithmetic.rationals import Point, Rational
from exactgeo.enumeration.arrangements import ActivationRegion
from exactgeo.enumeration.patterns import Patterns, are_increasing, pattern_type
from exactgeo.errors import InternalError
from exactgeo.networks.evaluation import Pattern
from exactgeo.networks.programs import Program
from exactgeo.polyhedra.shapes import Shape


@dataclass(frozen=True, slots=True)
class Batch:
    """Some regions, by increasing pattern.

    Attributes:
        regions: how many. Where regions are only counted, the arrays have no rows.
        patterns: (regions, units), of the smallest unsigned integers that serve the program (`pattern_type`).
        witnesses: (regions, inputs) for each a point of floats in it; NaN where it is not one of floats, or not known.
        points: the witnesses that are not points of floats, by the region's place.
        shapes: the closures of the regions' cells, by place, if they are wanted and known.
    """

    regions: int
    patterns: npt.NDArray[Any]
    witnesses: npt.NDArray[np.float64]
    points: Mapping[int, Point] = field(default_factory=dict)
    shapes: Mapping[int, Shape] = field(default_factory=dict)

    @classmethod
    def none(cls, program: Program) -> "Batch":
        """Return no regions."""
        return cls.counted(program, 0)

    @classmethod
    def counted(cls, program: Program, regions: int) -> "Batch":
        """Return so many regions, of which nothing else is kept."""
        return cls(regions, np.zeros((0, program.unit_count), pattern_type(program)), np.zeros((0, program.inputs)))

    @classmethod
    def of_one(cls, program: Program, pattern: Pattern, witness: Point) -> "Batch":
        """Return one region."""
        floats = np.array([[exact_float(value) for value in witness]]).reshape(1, program.inputs)
        points = {0: witness} if np.isnan(floats).any() else {}
        return cls(1, np.array([pattern], pattern_type(program)).reshape(1, -1), floats, points)

    @classmethod
    def joined(cls, program: Program, batches: Iterable["Batch"]) -> "Batch":
        """Return the regions of several batches, one after the other."""
        parts = [cls.none(program), *batches]
        points: dict[int, Point] = {}
        shapes: dict[int, Shape] = {}
        place = 0
        for part in parts:
            points.update((place + number, point) for number, point in part.points.items())
            shapes.update((place + number, shape) for number, shape in part.shapes.items())
            place += len(part.patterns)
        return cls(
            sum(part.regions for part in parts),
            np.concatenate([part.patterns for part in parts]),
            np.concatenate([part.witnesses for part in parts]),
            points,
            shapes,
        )


class FoundRegions(Sequence[ActivationRegion]):
    """The regions of a program in a domain.

    Args:
        program: the network.
        point_of: finds a point of the region with a pattern, when one is looked at whose witness is not known.
        batches: what was found.

    Attributes:
        patterns: (regions, units).
    """

    def __init__(self, program: Program, point_of: Callable[[Pattern], Point], batches: Iterable[Batch] = ()) -> None:
        self._program, self._point_of = program, point_of
        self._points: dict[int, Point] = {}
        self._witnesses = [np.zeros((0, program.inputs))]
        self.patterns = Patterns(program)
        self._last = self.patterns[:0]
        for batch in batches:
            self.append(batch)

    def append(self, batch: Batch) -> None:
        """Put regions behind the others.

        Raises:
            InternalError: if their patterns do not increase: a region would be there twice.
        """
        if not len(batch.patterns):
            return
        if not are_increasing(np.concatenate([self._last, batch.patterns])):
            raise InternalError("regions were found twice, or out of order")
        self._last = batch.patterns[-1:].copy()
        self._points.update((len(self) + number, point) for number, point in batch.points.items())
        self._witnesses.append(batch.witnesses)
        self.patterns.append(batch.patterns)

    @property
    def witnesses(self) -> npt.NDArray[np.float64]:
        """(regions, inputs) for each a point of floats in it; NaN where none is known."""
        if len(self._witnesses) > 1:
            self._witnesses = [np.concatenate(self._witnesses)]
        return self._witnesses[0]

    def __len__(self) -> int:
        return len(self.patterns)

    @overload
    def __getitem__(self, index: int) -> ActivationRegion: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[ActivationRegion]: ...
    def __getitem__(self, index: int | slice) -> ActivationRegion | Sequence[ActivationRegion]:
        places = range(len(self))
        if isinstance(index, slice):
            kept = places[index]
            if kept.step < 0:
                return tuple(self[place] for place in kept)
            points = {n: self._points[place] for n, place in enumerate(kept) if place in self._points}
            batch = Batch(len(kept), self.patterns[index], self.witnesses[index], points)
            return FoundRegions(self._program, self._point_of, [batch])
        place = places[index]
        pattern = tuple(self.patterns[place].tolist())
        known = self._points.get(place)
        if known is not None:
            return ActivationRegion(pattern, known)
        floats = self.witnesses[place].tolist()
        if any(value != value for value in floats):  # noqa: PLR0124 (NaN)
            return ActivationRegion(pattern, self._point_of(pattern))
        return ActivationRegion(pattern, tuple(Rational(*value.as_integer_ratio()) for value in floats))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence):
            return NotImplemented
        return len(self) == len(other) and all(mine == theirs for mine, theirs in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]
