"""How far a point is from a face of a polyhedron, exactly, in three norms."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import product

from exactgeo.arithmetic.affine import evaluate_rows, primitive_row
from exactgeo.arithmetic.matrices import dot, projection_weights, rank
from exactgeo.arithmetic.rationals import Point, Rational
from exactgeo.errors import InternalError
from exactgeo.polyhedra.polyhedron import SOLVER
from exactgeo.polyhedra.shapes import Shape, point_of
from exactgeo.polyhedra.solvers import Optimum


class Norm(Enum):
    """How long a vector is: the sum of its entries' sizes, the root of the sum of their squares, or the largest."""

    L1 = "l1"
    L2 = "l2"
    LINF = "linf"


@dataclass(frozen=True, slots=True)
class Nearest:
    """The point of a set that is nearest to another.

    Attributes:
        distance: in the norm; of L2, which may be irrational, its square.
        point: where.
    """

    distance: Rational
    point: Point


def nearest(shape: Shape, faces: Sequence[int], x: Point, norm: Norm) -> Nearest:
    """Return the nearest point to x of a polyhedron's face.

    Args:
        shape: the polyhedron.
        faces: the face, and all its faces, as bits.
        x: any point.
        norm: which.

    **Exactness**: exact. In the norms L1 and L-infinity by a linear program; in L2 by projections onto the affine hulls
    of all faces: the nearest point is the projection onto that of the face in whose relative interior it lies.
    """
    if norm is Norm.L2:
        candidates = (_projection(shape, face, x) for face in faces)
        inside = (y for y in candidates if all(value >= 0 for value in evaluate_rows(shape.rows, y)))
        return min(
            (Nearest(_squared_distance(x, y), y) for y in inside), key=lambda found: (found.distance, found.point)
        )
    return _by_linear_program(shape, faces[0], x, norm)


def _projection(shape: Shape, face: int, x: Point) -> Point:
    """Return the orthogonal projection of a point onto a face's affine hull."""
    vectors = [vector for k, vector in enumerate(shape.generators) if face >> k & 1]
    base, *others = [point_of(vector) for vector in vectors if vector[0]]
    directions = [tuple(a - b for a, b in zip(other, base, strict=True)) for other in others]
    directions += [tuple(map(Rational, vector[1:])) for vector in (*vectors, *shape.lines) if not vector[0]]
    spanning = list(_independent(directions))
    weights = projection_weights(spanning, [a - b for a, b in zip(x, base, strict=True)])
    return tuple(b + dot(weights, [u[k] for u in spanning]) for k, b in enumerate(base))


def _independent(directions: Sequence[Point]) -> Iterator[Point]:
    """Yield directions that span all, and are independent."""
    rows: list[list[int]] = []
    for direction in directions:
        candidate = [*rows, list(primitive_row(direction))]
        if rank(candidate) == len(candidate):
            rows = candidate
            yield direction


def _squared_distance(x: Point, y: Point) -> Rational:
    difference = [a - b for a, b in zip(x, y, strict=True)]
    return dot(difference, difference)


def _by_linear_program(shape: Shape, face: int, x: Point, norm: Norm) -> Nearest:
    """Minimise t over y in the face, with s.(y - x) <= t for the corners s of the norm's dual ball."""
    dimension = len(x)
    corners: Iterable[tuple[int, ...]] = product((1, -1), repeat=dimension)
    if norm is Norm.LINF:
        corners = (tuple(sign * int(i == k) for i in range(dimension)) for k in range(dimension) for sign in (1, -1))
    rows = [(*row, 0) for row in shape.rows]
    for corner in corners:
        offset = dot([Rational(sign) for sign in corner], x)
        rows.append(primitive_row((offset, *(-sign for sign in corner), 1)))
    on = [(*row, 0) for row, bits in zip(shape.rows, shape.incidences, strict=True) if bits & face == face]
    best = SOLVER.maximise(dimension + 1, (0,) * (1 + dimension) + (-1,), rows, on)
    if not isinstance(best, Optimum):
        raise InternalError("no point of a face is nearest to another")
    return Nearest(-best.value, best.point[:dimension])
