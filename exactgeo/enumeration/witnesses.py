"""Points of regions, by linear programs, where none is known."""

from functools import cached_property
from typing import Any

from exactgeo.arithmetic.rationals import Point
from exactgeo.errors import InternalError
from exactgeo.networks.evaluation import Pattern
from exactgeo.networks.programs import Program
from exactgeo.polyhedra import Polyhedron


class ExactPoints:
    """Finds a point of a region, given its pattern.

    Args:
        program: the network.
        domain: where.
    """

    def __init__(self, program: Program, domain: Polyhedron) -> None:
        self._program, self._domain = program, domain

    def __call__(self, pattern: Pattern) -> Point:
        """Return a point of the region with a pattern. Raises InternalError if there is none."""
        point: Point | None = self._search.exact_point(pattern)
        if point is None:
            raise InternalError(f"the region of the pattern {pattern} has no interior point")
        return point

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what can be made again: flint's matrices cannot be pickled."""
        return {"_program": self._program, "_domain": self._domain}

    @cached_property
    def _search(self) -> Any:  # noqa: ANN401 (its class is loaded when it is needed)
        from exactgeo.enumeration.certified.programs.search import ProgramSearch  # noqa: PLC0415 (numba is slow to load)

        return ProgramSearch(self._program, self._domain)
