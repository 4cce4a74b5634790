"""Regions as arrays: a million of them take a few dozen bytes each, and become objects when somebody looks."""

from collections.abc import Sequence
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from exactgeo.arithmetic.rationals import Rational
from exactgeo.enumeration.arrangements import ActivationRegion
from exactgeo.enumeration.certified.programs.search import ProgramSearch
from exactgeo.errors import InternalError
from exactgeo.networks.evaluation import Pattern
from exactgeo.networks.programs import Program
from exactgeo.polyhedra import Polyhedron


class FoundRegions(Sequence[ActivationRegion]):
    """The regions of a program in a domain.

    Args:
        program: the network.
        domain: where.
        patterns: (regions, units).
        witnesses: (regions, inputs) for each a point of floats that surely lies in it; NaN where none was at hand: an
            exact linear program then finds one, whenever the region is looked at.
    """

    def __init__(
        self, program: Program, domain: Polyhedron, patterns: npt.NDArray[Any], witnesses: npt.NDArray[Any]
    ) -> None:
        self._program, self._domain = program, domain
        self._patterns, self._witnesses = patterns, witnesses

    @classmethod
    def joined(
        cls, program: Program, domain: Polyhedron, batches: Sequence[tuple[npt.NDArray[Any], npt.NDArray[Any]]]
    ) -> "FoundRegions":
        """Return the regions of several batches, one after the other."""
        most = int(np.diff(program.units.starts).max(initial=1)) - 1
        kind = np.min_scalar_type(most)
        patterns = [np.zeros((0, program.unit_count), kind), *(part.astype(kind) for part, _ in batches)]
        witnesses = [np.zeros((0, program.inputs), dtype=np.float32), *(part for _, part in batches)]
        return cls(program, domain, np.concatenate(patterns), np.concatenate(witnesses))

    def patterns(self, first: int = 0) -> list[Pattern]:
        """Return the patterns, from a region on."""
        return [tuple(pattern) for pattern in self._patterns[first:].tolist()]

    def __len__(self) -> int:
        return len(self._patterns)

    @overload
    def __getitem__(self, index: int) -> ActivationRegion: ...
    @overload
    def __getitem__(self, index: slice) -> "FoundRegions": ...
    def __getitem__(self, index: int | slice) -> "ActivationRegion | FoundRegions":
        if isinstance(index, slice):
            return FoundRegions(self._program, self._domain, self._patterns[index], self._witnesses[index])
        pattern = tuple(self._patterns[index].tolist())
        floats = self._witnesses[index].tolist()
        if any(value != value for value in floats):  # noqa: PLR0124 (NaN)
            return ActivationRegion(pattern, self._interior_point(pattern))
        return ActivationRegion(pattern, tuple(Rational(*value.as_integer_ratio()) for value in floats))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence):
            return NotImplemented
        return len(self) == len(other) and all(mine == theirs for mine, theirs in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]

    def _interior_point(self, pattern: tuple[int, ...]) -> tuple[Rational, ...]:
        point = ProgramSearch(self._program, self._domain, prefix=pattern).exact_point()
        if point is None:
            raise InternalError(f"the region of the pattern {pattern} has no interior point")
        return point
