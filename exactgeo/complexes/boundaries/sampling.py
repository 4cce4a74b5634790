"""Points of a decision boundary, drawn at random."""

import random
from bisect import bisect_right
from itertools import accumulate, pairwise

from exactgeo.arithmetic.enclosures import sum_of_roots
from exactgeo.arithmetic.rationals import Point, Rational
from exactgeo.complexes.boundaries.boundary import DecisionBoundary
from exactgeo.complexes.cells.sides import side_of
from exactgeo.errors import InvalidArgument
from exactgeo.polyhedra.shapes import Vector, point_of
from exactgeo.polyhedra.volumes import squared_simplex_volume, triangulation

_BITS = 53  # of a number drawn at random


def sample(boundary: DecisionBoundary, count: int, seed: int = 0) -> tuple[tuple[Point, int], ...]:
    """Return points of the boundary, each with the number of a piece that holds it, uniformly by length, or area, ...

    Args:
        boundary: of a bounded domain.
        count: how many points.
        seed: the same seed gives the same points.

    Raises:
        InvalidArgument: if the boundary is empty, or a piece of it is unbounded.

    **Exactness**: the points lie on the boundary exactly. Their distribution is uniform up to some 2^-50: a simplex of
    a triangulation is drawn with its volume, known to more than a hundred bits, as its weight, and in it a point by
    spacings of multiples of 2^-53.
    """
    sides = [side_of(boundary.cells.shapes, piece.facet) for piece in boundary.pieces]
    simplices = [(simplex, number) for number, side in enumerate(sides) for simplex in triangulation(*side)]
    if not simplices:
        raise InvalidArgument("the boundary is empty: there is no point on it")
    ends = list(accumulate(sum_of_roots([squared_simplex_volume(simplex)]).lower for simplex, _ in simplices))
    chance = random.Random(seed)  # noqa: S311 (a sample, not a secret)
    found = []
    for _ in range(count):
        simplex, number = simplices[bisect_right(ends, ends[-1] * _uniform(chance))]
        found.append((_inner_point(simplex, chance), number))
    return tuple(found)


def _inner_point(simplex: tuple[Vector, ...], chance: random.Random) -> Point:
    cuts = sorted(_uniform(chance) for _ in simplex[1:])
    weights = [after - before for before, after in pairwise([Rational(0), *cuts, Rational(1)])]
    corners = [point_of(vector) for vector in simplex]
    return tuple(
        sum((weight * corner[k] for weight, corner in zip(weights, corners, strict=True)), Rational(0))
        for k in range(len(corners[0]))
    )


def _uniform(chance: random.Random) -> Rational:
    """Return a number from 0 to less than 1."""
    return Rational(chance.getrandbits(_BITS), 1 << _BITS)
