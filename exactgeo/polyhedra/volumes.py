"""Volumes of polytopes and of their faces, exactly, by triangulation."""

import math
from collections.abc import Iterator, Sequence
from itertools import combinations

import flint

from exactgeo.arithmetic.matrices import gram_determinant
from exactgeo.arithmetic.rationals import Rational
from exactgeo.errors import InvalidArgument
from exactgeo.polyhedra.shapes import Shape, Vector


def volume(shape: Shape) -> Rational:
    """Return the n-dimensional volume of a polytope.

    Raises:
        InvalidArgument: if the shape is unbounded.

    **Exactness**: exact.
    """
    measures = (_measure(simplex) for simplex in triangulation(shape))
    return sum(measures, Rational(0)) / math.factorial(shape.dimension)


def squared_volume(shape: Shape, face: int) -> Rational:
    """Return the square of the d-dimensional volume of a face of dimension d; that of a vertex is 1.

    *Proof of the formula*: all simplices of a triangulation lie in one plane of dimension d. So their volumes are those
    of their shadows in some d coordinates, each times the same number, whose square is the first one's quotient of
    Gram's determinant and the square of the shadow's.

    Args:
        shape: a polytope.
        face: the generators on the face, as bits.

    Raises:
        InvalidArgument: if the face is unbounded.

    **Exactness**: exact; the volume itself is the root of a rational number.
    """
    simplices = list(triangulation(shape, face))
    first, dimension = simplices[0], len(simplices[0]) - 1
    axes = next(
        axes for axes in combinations(range(1, shape.dimension + 1), dimension) if _measure(_shadow(first, axes))
    )
    shadows = [_measure(_shadow(simplex, axes)) for simplex in simplices]
    ratio = _gram_determinant(first) / shadows[0] ** 2
    return sum(shadows, Rational(0)) ** 2 * ratio / math.factorial(dimension) ** 2


def triangulation(shape: Shape, face: int | None = None) -> Iterator[tuple[Vector, ...]]:
    """Yield simplices that fill a polytope, or a face of it, and have no interior points in common: their corners.

    The first generator is joined to the simplices of the facets that do not hold it, and so on (a pulling
    triangulation).

    Raises:
        InvalidArgument: if it is unbounded.
    """
    whole = shape.whole if face is None else face
    if shape.lines or any(whole >> k & 1 and not vector[0] for k, vector in enumerate(shape.generators)):
        raise InvalidArgument("an unbounded polyhedron has no volume, and no triangulation")
    known: dict[int, list[tuple[Vector, ...]]] = {}
    yield from _simplices(shape, whole, known)


def squared_simplex_volume(simplex: tuple[Vector, ...]) -> Rational:
    """Return the square of the d-dimensional volume of a simplex with d + 1 corners."""
    return _gram_determinant(simplex) / math.factorial(len(simplex) - 1) ** 2


def _simplices(shape: Shape, face: int, known: dict[int, list[tuple[Vector, ...]]]) -> list[tuple[Vector, ...]]:
    if face not in known:
        lowest = face & -face
        apex = shape.generators[lowest.bit_length() - 1]
        others = (facet for facet in shape.facets_of(face) if not facet & lowest)
        joined = [(apex, *simplex) for facet in others for simplex in _simplices(shape, facet, known)]
        known[face] = joined or [(apex,)]
    return known[face]


def _measure(simplex: Sequence[Sequence[int]]) -> Rational:
    """Return d! times the volume of a simplex in d dimensions."""
    determinant = flint.fmpz_mat([list(vector) for vector in simplex]).det()
    return Rational(abs(int(determinant)), math.prod(vector[0] for vector in simplex))


def _shadow(simplex: tuple[Vector, ...], axes: tuple[int, ...]) -> list[tuple[int, ...]]:
    return [(vector[0], *(vector[axis] for axis in axes)) for vector in simplex]


def _gram_determinant(simplex: tuple[Vector, ...]) -> Rational:
    """Return the square of d! times the volume of a simplex of d dimensions."""
    corners = [[Rational(value, vector[0]) for value in vector[1:]] for vector in simplex]
    return gram_determinant([[a - b for a, b in zip(corner, corners[0], strict=True)] for corner in corners[1:]])
