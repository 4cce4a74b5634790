"""Boxes: products of intervals with rational or infinite ends."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from exactgeo.arithmetic.rationals import Point, Rational, rational, text
from exactgeo.errors import DimensionMismatch, EmptyDomain, InvalidArgument
from exactgeo.polyhedra.bounds import Bounds
from exactgeo.polyhedra.polyhedron import Polyhedron


@dataclass(frozen=True, slots=True)
class Box:
    """The closed box { x : lower[k] <= x[k] <= upper[k] }, None being no bound.

    Raises:
        DimensionMismatch: if there are not as many upper as lower bounds.
        EmptyDomain: if some interval has no interior.

    >>> Box.cube(2, radius=1).polyhedron.contains(("1/2", -1))
    True
    """

    lower: tuple[Rational | None, ...]
    upper: tuple[Rational | None, ...]

    def __post_init__(self) -> None:
        for name in ("lower", "upper"):
            bounds: Iterable[Any] = getattr(self, name)
            if isinstance(bounds, str):
                raise InvalidArgument(f"{bounds!r} is text; a sequence of bounds was expected, such as ('-1', '1/2')")
            object.__setattr__(self, name, tuple(None if bound is None else rational(bound) for bound in bounds))
        if len(self.lower) != len(self.upper):
            raise DimensionMismatch(f"{len(self.lower)} lower and {len(self.upper)} upper bounds")
        for k, (low, high) in enumerate(zip(self.lower, self.upper, strict=True)):
            if low is not None and high is not None and low >= high:
                raise EmptyDomain(
                    f"the interval {text(low)},{text(high)} of input {k} has no interior: "
                    "its lower end must be less than its upper end"
                )

    @classmethod
    def cube(cls, dimension: int, radius: Any = 1, centre: Iterable[Any] | None = None) -> "Box":  # noqa: ANN401
        """Return the cube { x : |x[k] - centre[k]| <= radius }, a ball of the maximum norm (centre 0 by default)."""
        half = rational(radius)
        middle: Point = tuple(map(rational, centre)) if centre is not None else (Rational(0),) * dimension
        if len(middle) != dimension:
            raise DimensionMismatch(f"the centre has {len(middle)} coordinates, expected {dimension}")
        return cls(tuple(c - half for c in middle), tuple(c + half for c in middle))

    @property
    def dimension(self) -> int:
        """The number of coordinates."""
        return len(self.lower)

    @property
    def polyhedron(self) -> Polyhedron:
        """The box as half-spaces: for each coordinate the lower, then the upper bound."""
        rows = []
        for k, (low, high) in enumerate(zip(self.lower, self.upper, strict=True)):
            if low is not None:
                rows.append((-int(low.numerator), *_unit(self.dimension, k, int(low.denominator))))
            if high is not None:
                rows.append((int(high.numerator), *_unit(self.dimension, k, -int(high.denominator))))
        return Polyhedron(self.dimension, tuple(rows))


Domain = Polyhedron | Box
"""Where a network is looked at: a full-dimensional polyhedron, or a box."""


def domain_polyhedron(domain: Domain, inputs: int) -> Polyhedron:
    """Return the domain as half-spaces, after making sure that it suits a network and has interior points.

    Raises:
        DimensionMismatch: if the domain does not have as many coordinates as the network has inputs.
        EmptyDomain: if it has no interior.
    """
    if not isinstance(domain, Box | Polyhedron):
        raise InvalidArgument(f"{domain!r} is no domain: give a Box or a Polyhedron (parse_domain reads 'box:-1,1')")
    polyhedron = domain.polyhedron if isinstance(domain, Box) else domain
    if polyhedron.dimension != inputs:
        raise DimensionMismatch(
            f"the domain has {polyhedron.dimension} coordinates, but the network has {inputs} inputs"
        )
    if not _has_interior(polyhedron):
        raise EmptyDomain(
            "the domain has no interior point, so it holds no full-dimensional region; "
            "to look at a lower-dimensional set, restrict the network to a slice"
        )
    return polyhedron


def _has_interior(polyhedron: Polyhedron) -> bool:
    """Whether a polyhedron is full-dimensional: by a linear program, unless a point between its bounds tells."""
    bounds = Bounds.of(polyhedron.dimension, polyhedron.inequalities)
    if not bounds.leave_room:
        return False
    if polyhedron.contains_inside(bounds.inside()):
        return not polyhedron.equations
    return polyhedron.interior_point() is not None


def _unit(dimension: int, k: int, value: int) -> tuple[int, ...]:
    return (*[0] * k, value, *[0] * (dimension - k - 1))
