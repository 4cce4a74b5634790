"""What the rest of exactgeo asks of a polyhedral library, and the answers as plain data.

Rows are integer tuples (b, a1, …, an) that stand for b + a.x. Every answer carries evidence that its receiver can
check.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from exactgeo.arithmetic.affine import Row
from exactgeo.arithmetic.rationals import Point, Rational

Multipliers = tuple[tuple[int, Rational], ...]
"""Pairs (index of a row, positive multiplier), by increasing index."""


@dataclass(frozen=True, slots=True)
class InteriorPoint:
    """A point at which every row is > 0 (and every equation 0)."""

    point: Point


@dataclass(frozen=True, slots=True)
class Refutation:
    """No point makes every row > 0: a non-negative combination of the rows, not all of it zero, is a constant <= 0.

    Attributes:
        multipliers: of the rows; positive, at least one.
        equation_multipliers: of the equations; of any sign.
    """

    multipliers: Multipliers
    equation_multipliers: Multipliers = ()


@dataclass(frozen=True, slots=True)
class Optimum:
    """A linear objective's greatest value on { rows >= 0, equations = 0 }, and a point that attains it.

    Attributes:
        multipliers: of the rows, >= 0; value - objective = the combination of rows and equations, which proves the
            bound.
    """

    value: Rational
    point: Point
    multipliers: Multipliers
    equation_multipliers: Multipliers


@dataclass(frozen=True, slots=True)
class Unbounded:
    """The objective grows without bound from `point` along `ray`."""

    point: Point
    ray: Point


@dataclass(frozen=True, slots=True)
class Infeasible:
    """{ rows >= 0, equations = 0 } is empty: a combination with multipliers >= 0 of the rows is a constant < 0."""

    multipliers: Multipliers
    equation_multipliers: Multipliers


@dataclass(frozen=True, slots=True)
class Generators:
    """A polyhedron as conv(vertices) + cone(rays) + span(lines); with no vertices it is empty.

    With lines, `vertices` and `rays` are representatives modulo the lineality space.
    """

    vertices: tuple[Point, ...]
    rays: tuple[Point, ...]
    lines: tuple[Point, ...]


class Solver(Protocol):
    """Exact linear programming and conversion between half-spaces and generators."""

    def strict_feasibility(
        self, dimension: int, rows: Sequence[Row], equations: Sequence[Row] = ()
    ) -> InteriorPoint | Refutation:
        """Decide whether some point has every row > 0 and every equation = 0."""

    def maximise(
        self, dimension: int, objective: Row, rows: Sequence[Row], equations: Sequence[Row] = ()
    ) -> Optimum | Unbounded | Infeasible:
        """Maximise an affine objective over rows >= 0, equations = 0."""

    def generators(self, dimension: int, rows: Sequence[Row], equations: Sequence[Row] = ()) -> Generators:
        """Convert half-spaces to generators."""

    def half_spaces(self, dimension: int, generators: Generators) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
        """Convert generators to irredundant (rows, equations)."""
