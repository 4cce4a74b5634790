"""Slices: low-dimensional planes through the input space, and networks restricted to them."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import flint

from exactgeo.arithmetic.matrices import rank
from exactgeo.arithmetic.rationals import Point, Rational, point, rational
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
        try:
            return _understood(Path(path).read_text(encoding="utf-8"))
        except OSError as error:
            raise InvalidArgument(f"the slice {path} cannot be read: {error.strerror}") from error
        except (InvalidArgument, ValueError, TypeError, RecursionError) as error:
            raise InvalidArgument(f"the slice {path} cannot be understood: {error}") from error

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
            base + sum((a * direction[k] for a, direction in zip(u, self.directions, strict=True)), Rational(0))
            for k, base in enumerate(self.origin)
        )

    def coordinates(self, x: Iterable[Any]) -> Point | None:
        """Return the coordinates of a point of the input space; None if it is not in the slice."""
        away = [a - b for a, b in zip(point(x), self.origin, strict=True)]
        gram = [[_dot(u, v) for v in self.directions] for u in self.directions]
        solved = _matrix(gram).solve(_matrix([[_dot(u, away)] for u in self.directions]))
        u = tuple(Rational(int(solved[k, 0].p), int(solved[k, 0].q)) for k in range(self.dimension))
        return u if self.point(u) == point(x) else None


def _dot(u: Sequence[Rational], v: Sequence[Rational]) -> Rational:
    return sum((a * b for a, b in zip(u, v, strict=True)), Rational(0))


def _matrix(rows: Sequence[Sequence[Rational]]) -> flint.fmpq_mat:
    entries = [flint.fmpq(int(value.numerator), int(value.denominator)) for row in rows for value in row]
    return flint.fmpq_mat(len(rows), len(rows[0]), entries)


def _understood(content: str) -> Slice:
    document = json.loads(content, parse_float=str, parse_int=rational, parse_constant=str)
    if not isinstance(document, dict) or document.get("format") != FORMAT or document.get("version") != 1:
        raise InvalidArgument(f'expected an object with "format": "{FORMAT}" and "version": 1')
    keys = set(document) - {"format", "version"}
    if keys == {"points"}:
        return Slice.through(document["points"])
    if keys == {"origin", "directions"}:
        return Slice(document["origin"], tuple(document["directions"]))
    raise InvalidArgument('expected either "points" or "origin" and "directions"')
