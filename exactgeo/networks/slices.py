"""Slices: low-dimensional planes through the input space, and networks restricted to them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from exactgeo.arithmetic.documents import reading
from exactgeo.arithmetic.matrices import dot, projection_weights, rank
from exactgeo.arithmetic.rationals import Point, point, text
from exactgeo.errors import DimensionMismatch, InvalidArgument
from exactgeo.networks.builders import restrict
from exactgeo.networks.programs import Program

FORMAT = "exactgeo-slice"


@dataclass(frozen=True, slots=True)
class Slice:
    """The plane { origin + u1 d1 + … + uk dk : u in R^k }, with its coordinates u.

    Attributes:
        origin: a point of the input space.
        directions: k >= 1 independent ones.

    Raises:
        DimensionMismatch: if these have different numbers of coordinates.
        InvalidArgument: if there is no direction, or they are dependent.

    >>> diagonal = Slice.through([(0, 0), (1, 1)])
    >>> diagonal.point(("1/3",)) == point(("1/3", "1/3"))
    True
    """

    origin: Point
    directions: tuple[Point, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "origin", point(self.origin))
        object.__setattr__(self, "directions", tuple(point(direction) for direction in self.directions))
        if any(len(direction) != len(self.origin) for direction in self.directions):
            raise DimensionMismatch("a slice's origin and directions have different numbers of coordinates")
        if not self.directions:
            raise InvalidArgument("a slice has at least one direction")
        if rank(self.directions) < len(self.directions):
            raise InvalidArgument(
                "the slice's directions depend on one another: no point of it has coordinates of its own"
            )

    @classmethod
    def through(cls, points: Iterable[Iterable[Any]]) -> "Slice":
        """Return the slice through k + 1 points, whose coordinates are 0, (1, 0, …, 0), …, (0, …, 0, 1)."""
        known = [point(entry) for entry in points]
        if not known:
            raise InvalidArgument("a slice goes through at least two points")
        first, *others = known
        if any(len(other) != len(first) for other in others):
            raise DimensionMismatch("a slice's points have different numbers of coordinates")
        return cls(first, tuple(tuple(b - a for a, b in zip(first, other, strict=True)) for other in others))

    @classmethod
    def read(cls, path: Path | str) -> "Slice":
        """Read a slice from a JSON file (schema: exactgeo/reports/schemas/slice.schema.json).

        Raises:
            InvalidArgument: if the file cannot be read or understood.
        """
        with reading(path, "the slice", FORMAT) as document:
            return _understood(document)

    def record(self) -> dict[str, Any]:
        """Return the slice as JSON values: its origin and its directions, numbers as texts."""
        return {
            "origin": [text(value) for value in self.origin],
            "directions": [[text(value) for value in direction] for direction in self.directions],
        }

    @property
    def dimension(self) -> int:
        """k, the number of directions."""
        return len(self.directions)

    def applied(self, program: Program) -> Program:
        """Return the network on the slice, u -> program(point(u)).

        Raises:
            DimensionMismatch: if the slice lies in another space than the network's inputs.
        """
        if len(self.origin) != program.inputs:
            raise DimensionMismatch(
                f"the slice lies in {len(self.origin)} dimensions, but the network has {program.inputs} inputs"
            )
        return restrict(program, [list(row) for row in zip(*self.directions, strict=True)], list(self.origin))

    def point(self, coordinates: Iterable[Any]) -> Point:
        """Return the point of the input space with these coordinates. **Exactness**: exact."""
        u = point(coordinates)
        if len(u) != self.dimension:
            raise DimensionMismatch(f"{len(u)} coordinates in a slice of {self.dimension} dimensions")
        return tuple(
            base + dot(u, [direction[k] for direction in self.directions]) for k, base in enumerate(self.origin)
        )

    def coordinates(self, x: Iterable[Any]) -> Point | None:
        """Return the coordinates of a point of the input space; None if it is not in the slice.

        Raises:
            DimensionMismatch: for a point of another space.
        """
        place = point(x)
        if len(place) != len(self.origin):
            raise DimensionMismatch(f"a point of {len(place)} coordinates for a slice in {len(self.origin)} dimensions")
        u = projection_weights(self.directions, [a - b for a, b in zip(place, self.origin, strict=True)])
        return u if self.point(u) == place else None


def _understood(document: Mapping[str, Any]) -> Slice:
    keys = set(document) - {"format", "version"}
    if keys == {"points"}:
        return Slice.through(document["points"])
    if keys == {"origin", "directions"}:
        return Slice(document["origin"], tuple(document["directions"]))
    raise InvalidArgument('expected either "points" or "origin" and "directions"')
