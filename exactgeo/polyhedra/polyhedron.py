"""Rational polyhedra as immutable intersections of half-spaces."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from exactgeo.arithmetic.affine import Row, evaluate_row, negated, primitive_row
from exactgeo.arithmetic.matrices import echelon, rank, reduce_modulo
from exactgeo.arithmetic.rationals import Point, point, shown
from exactgeo.errors import DimensionMismatch, InternalError, InvalidArgument
from exactgeo.polyhedra.cdd import CddSolver
from exactgeo.polyhedra.solvers import Generators, Infeasible, InteriorPoint, Optimum, Solver, Unbounded

SOLVER: Solver = CddSolver()


@dataclass(frozen=True, slots=True)
class HalfSpace:
    """The closed half-space { x : b + a.x >= 0 }, as the primitive integer row (b, a1, …, an) with a != 0.

    >>> HalfSpace.of(("1/2", -1)).row
    (1, -2)
    """

    row: Row

    @classmethod
    def of(cls, coefficients: Iterable[Any]) -> "HalfSpace":
        """Return the half-space with rational coefficients (b, a1, …, an). Raises InvalidArgument if every a is 0."""
        row = primitive_row(coefficients)
        if not any(row[1:]):
            raise InvalidArgument(f"{shown(row)} has no variable, so it bounds no half-space")
        return cls(row)

    @property
    def complement(self) -> "HalfSpace":
        """The closed half-space on the other side."""
        return HalfSpace(negated(self.row))

    def contains(self, coordinates: Iterable[Any]) -> bool:
        """Whether b + a.x >= 0."""
        return bool(evaluate_row(self.row, _coordinates(coordinates, len(self.row) - 1)) >= 0)


@dataclass(frozen=True, slots=True)
class Polyhedron:
    """The closed set { x in R^n : b + a.x >= 0 for each inequality, = 0 for each equation }.

    Equality of objects is equality of these descriptions, not of the sets: see `is_same_set`.

    Args:
        dimension: n >= 0, the number of coordinates.
        inequalities: rows (b, a1, …, an) of anything `rational` accepts; kept as primitive integer rows in the
            given order, repeated and trivially true ones left out.
        equations: likewise.

    Raises:
        DimensionMismatch: if a row does not have n + 1 entries.

    **Exactness**: every method is exact.
    """

    dimension: int
    inequalities: tuple[Row, ...] = ()
    equations: tuple[Row, ...] = ()

    def __post_init__(self) -> None:
        if self.dimension < 0:
            raise InvalidArgument(f"there is no space of {self.dimension} dimensions")
        rows = _canonical_rows(self.inequalities, self.dimension)
        object.__setattr__(self, "inequalities", tuple(row for row in rows if any(row[1:]) or row[0] < 0))
        rows = _canonical_rows(self.equations, self.dimension)
        object.__setattr__(self, "equations", tuple(row for row in rows if any(row)))

    @classmethod
    def from_generators(
        cls,
        vertices: Iterable[Iterable[Any]],
        rays: Iterable[Iterable[Any]] = (),
        lines: Iterable[Iterable[Any]] = (),
    ) -> "Polyhedron":
        """Return conv(vertices) + cone(rays) + span(lines), irredundantly. Raises InvalidArgument without a vertex."""
        given = Generators(*(tuple(point(entry) for entry in group) for group in (vertices, rays, lines)))
        if not given.vertices:
            raise InvalidArgument("at least one vertex is needed: a cone has its apex, the empty set no generators")
        dimension = len(given.vertices[0])
        if any(len(entry) != dimension for entry in (*given.vertices, *given.rays, *given.lines)):
            raise DimensionMismatch("generators have different numbers of coordinates")
        return cls(dimension, *SOLVER.half_spaces(dimension, given))

    def contains(self, coordinates: Iterable[Any]) -> bool:
        """Whether a point lies in the closed set."""
        x = _coordinates(coordinates, self.dimension)
        return all(evaluate_row(row, x) >= 0 for row in self.inequalities) and all(
            evaluate_row(row, x) == 0 for row in self.equations
        )

    def contains_inside(self, coordinates: Iterable[Any]) -> bool:
        """Whether a point satisfies every inequality strictly, and every equation."""
        x = _coordinates(coordinates, self.dimension)
        return all(evaluate_row(row, x) > 0 for row in self.inequalities) and all(
            evaluate_row(row, x) == 0 for row in self.equations
        )

    def interior_point(self) -> Point | None:
        """Return a point of the interior, or None if the set is not full-dimensional. One linear program."""
        if self.equations:
            return None
        answer = SOLVER.strict_feasibility(self.dimension, self.inequalities)
        return answer.point if isinstance(answer, InteriorPoint) else None

    def is_empty(self) -> bool:
        """Whether the closed set has no point. One linear program."""
        return isinstance(self.maximise((0,) * (self.dimension + 1)), Infeasible)

    def is_bounded(self) -> bool:
        """Whether the set lies in some ball. At most 2 n linear programs."""
        return all(
            not isinstance(self.maximise(_axis(self.dimension, k, sign)), Unbounded)
            for k in range(self.dimension)
            for sign in (1, -1)
        )

    def maximise(self, objective: Sequence[Any]) -> Optimum | Unbounded | Infeasible:
        """Maximise b + a.x for the integer row (b, a1, …, an) over the closed set, with evidence."""
        if len(objective) != self.dimension + 1:
            raise DimensionMismatch(f"the objective has {len(objective)} entries, expected {self.dimension + 1}")
        return SOLVER.maximise(self.dimension, tuple(objective), self.inequalities, self.equations)

    def intersection(self, other: "Polyhedron") -> "Polyhedron":
        """Return the intersection with another polyhedron of the same space."""
        if self.dimension != other.dimension:
            raise DimensionMismatch(f"polyhedra in {self.dimension} and {other.dimension} dimensions do not meet")
        rows = self.inequalities + other.inequalities
        return Polyhedron(self.dimension, rows, self.equations + other.equations)

    def generators(self) -> Generators:
        """Return vertices, rays and lines (double description; exponential in the worst case)."""
        return SOLVER.generators(self.dimension, self.inequalities, self.equations)

    def irredundant(self) -> "Polyhedron":
        """Return the same set as its affine hull (echelon equations) and its facets (inequalities), sorted.

        Two descriptions of one non-empty set become equal. The empty set becomes the single row (-1, 0, …, 0).
        At most two linear programs for each inequality.
        """
        if self.is_empty():
            return Polyhedron(self.dimension, ((-1, *[0] * self.dimension),))
        flat, pivots = echelon([*self.equations, *(row for row in self.inequalities if self._holds_with_equality(row))])
        reduced = {reduce_modulo(row, flat, pivots) for row in self.inequalities}
        kept = sorted(row for row in reduced if any(row[1:]))
        for row in tuple(kept):
            others = [other for other in kept if other != row]
            if _implied(self.dimension, row, others, flat):
                kept = others
        return Polyhedron(self.dimension, tuple(kept), flat)

    def is_same_set(self, other: "Polyhedron") -> bool:
        """Whether two descriptions define the same set."""
        return self.irredundant() == other.irredundant()

    def affine_dimension(self) -> int:
        """Return the dimension of the affine hull; -1 for the empty set.

        A row that is > 0 at some point of the set does not hold its affine hull together; of the others the greatest
        sum is looked for until it is 0, when all of them are 0 throughout. At most one linear program for each
        inequality, mostly two or three.
        """
        if self.is_empty():
            return -1
        flat = list(self.inequalities)
        while flat:
            best = self.maximise(tuple(map(sum, zip(*flat, strict=True))))
            if isinstance(best, Infeasible):
                raise InternalError("a set that has a point has none")
            x = tuple(map(sum, zip(best.point, best.ray, strict=True))) if isinstance(best, Unbounded) else best.point
            still = [row for row in flat if evaluate_row(row, x) == 0]
            if len(still) == len(flat):
                break
            flat = still
        return self.dimension - rank(row[1:] for row in (*self.equations, *flat))

    def _holds_with_equality(self, row: Row) -> bool:
        best = self.maximise(row)
        return isinstance(best, Optimum) and best.value == 0


def _implied(dimension: int, row: Row, others: Sequence[Row], equations: Sequence[Row]) -> bool:
    worst = SOLVER.maximise(dimension, negated(row), others, equations)
    return isinstance(worst, Optimum) and worst.value <= 0


def _canonical_rows(rows: Iterable[Iterable[Any]], dimension: int) -> tuple[Row, ...]:
    canonical = tuple(dict.fromkeys(primitive_row(row) for row in rows))
    for row in canonical:
        if len(row) != dimension + 1:
            raise DimensionMismatch(
                f"row {shown(row)} has {len(row)} entries; in {dimension} dimensions it takes {dimension + 1}"
            )
    return canonical


def _coordinates(values: Iterable[Any], dimension: int) -> Point:
    x = point(values)
    if len(x) != dimension:
        raise DimensionMismatch(f"the point has {len(x)} coordinates, expected {dimension}")
    return x


def _axis(dimension: int, k: int, sign: int) -> Row:
    return tuple(sign if i == k + 1 else 0 for i in range(dimension + 1))
