"""How far points are from the decision boundary, and where it is nearest."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from exactgeo.arithmetic.rationals import Point, Rational, point
from exactgeo.complexes.boundaries.boundary import DecisionBoundary
from exactgeo.complexes.cells.sides import Side, side_of
from exactgeo.enumeration.budgets import Budget, OnProgress, Progress, ignore_progress
from exactgeo.errors import BudgetExhausted, DimensionMismatch, InvalidArgument
from exactgeo.networks.forms import Index
from exactgeo.polyhedra.distances import Norm, nearest
from exactgeo.polyhedra.shapes import Flat

_BITS = 24  # of a coordinate on the grid: squares of nine differences add up to less than 2^63
_BEYOND = 2 << _BITS


@dataclass(frozen=True, slots=True)
class Margin:
    """How far a point is from the decision boundary.

    Attributes:
        norm: in which norm.
        distance: from the boundary; of L2, which may be irrational, its square. None if there is no boundary.
        point: the nearest point of the boundary, or one of them.
        piece: the number of a piece that holds it.
    """

    norm: Norm
    distance: Rational | None
    point: Point | None
    piece: int | None


def margin(boundary: DecisionBoundary, x: Iterable[Any], norm: Norm | str = Norm.L2) -> Margin:
    """Return how far a point is from the decision boundary, with the nearest point as evidence.

    *Definition*: the least distance from x to a point of the boundary. The segment from a point of one class's cell to
    one of another class's meets the boundary; so none of another class's cells is nearer. (Points on the borders of
    cells may have another class than all cells around them, as |x| > 0 has at 0: there is no boundary there.)

    Args:
        boundary: where the class changes.
        x: a point of as many coordinates as the network has inputs.
        norm: "l1", "l2" or "linf".

    Raises:
        DimensionMismatch: for a point of another dimension.
        InvalidArgument: for another norm.

    **Exactness**: exact: of all pieces that a bound does not rule out, by `exactgeo.polyhedra.distances`.
    """
    return margins(boundary, [x], norm)[0]


def margins(
    boundary: DecisionBoundary,
    points: Iterable[Iterable[Any]],
    norm: Norm | str = Norm.L2,
    budget: Budget | None = None,
    on_progress: OnProgress = ignore_progress,
) -> tuple[Margin, ...]:
    """Return the margin of each of many points, as `margin` does of one.

    Args:
        boundary: where the class changes.
        points: of as many coordinates as the network has inputs.
        norm: "l1", "l2" or "linf".
        budget: when to stop early.
        on_progress: called now and then; its number of regions is that of the points done.

    Raises:
        BudgetExhausted: if the budget ends first.
    """
    known, limit = [point(x) for x in points], budget or Budget()
    for x in known:
        if len(x) != boundary.cells.dimension:
            raise DimensionMismatch(f"a point of {len(x)} coordinates for {boundary.cells.dimension} inputs")
    if norm not in [*Norm, *(entry.value for entry in Norm)]:
        raise InvalidArgument(f"there is no norm {norm!r}; there is {', '.join(entry.value for entry in Norm)}")
    pieces = _Pieces(boundary, known, Norm(norm))
    found = []
    for done, x in enumerate(known, start=1):
        found.append(pieces.margin(x))
        on_progress(Progress(done, done / len(known), limit.seconds))
        if (reason := limit.exhausted()) and done < len(known):
            raise BudgetExhausted(f"{done} of {len(known)} margins were found: {reason}", tuple(found))
    return tuple(found)


class _Pieces:
    """The pieces of a boundary, each with a box around it on an integer grid.

    Boxes are rounded outwards, and points to an interval, so that the distance of the two is a lower bound of that of
    point and piece: in integers, as many of the grid's units.
    """

    def __init__(self, boundary: DecisionBoundary, points: Sequence[Point], norm: Norm) -> None:
        self._boundary, self._norm = boundary, norm
        flats = [piece.facet.flat for piece in boundary.pieces]
        largest = max((abs(value) for x in (*points, *_corners(flats)) for value in x), default=Rational(0))
        self._scale = Rational(2) ** (_BITS - _size(largest))
        axes = range(1, 1 + boundary.cells.dimension)
        ends = np.array([[self._interval(*flat.extent(k)) for k in axes] for flat in flats], dtype=np.int64)
        self._lower, self._upper = np.moveaxis(ends.reshape(len(flats), len(axes), 2), 2, 0)
        self._sides: dict[int, tuple[Side, list[int]]] = {}

    def margin(self, x: Point) -> Margin:
        """Return a point's margin."""
        best = Margin(self._norm, None, None, None)
        bounds = self._bounds(x)
        unit = self._scale**2 if self._norm is Norm.L2 else self._scale
        for number in np.argsort(bounds, kind="stable").tolist():
            if best.distance is not None and int(bounds[number]) >= best.distance * unit:
                break
            side, faces = self._side(number)
            found = nearest(side.shape, faces, x, self._norm)
            if best.distance is None or found.distance < best.distance:
                best = Margin(self._norm, found.distance, found.point, number)
        return best

    def _bounds(self, x: Point) -> Index:
        """Return, for each piece, a lower bound of its distance, or of its square, in the grid's units."""
        low, high = np.array([self._interval(value, value) for value in x], dtype=np.int64).T
        gaps = np.maximum(np.maximum(self._lower - high, low - self._upper), 0)
        if self._norm is Norm.L2:
            gaps = gaps**2
        bounds: Index = gaps.max(axis=1) if self._norm is Norm.LINF else gaps.sum(axis=1)
        return bounds

    def _interval(self, low: Rational | None, high: Rational | None) -> tuple[int, int]:
        """Return an interval on the grid, rounded outwards; where it has no end, beyond all others."""
        return (
            -_BEYOND if low is None else math.floor(low * self._scale),
            _BEYOND if high is None else math.ceil(high * self._scale),
        )

    def _side(self, number: int) -> tuple[Side, list[int]]:
        if number not in self._sides:
            side = side_of(self._boundary.cells.shapes, self._boundary.pieces[number].facet)
            self._sides[number] = side, side.faces()
        return self._sides[number]


def _corners(flats: Sequence[Flat]) -> Iterator[Point]:
    for flat in flats:
        for vector in flat.generators:
            if vector[0]:
                yield tuple(Rational(value, vector[0]) for value in vector[1:])


def _size(value: Rational) -> int:
    """Return an exponent k with value < 2^k."""
    return int(value.numerator).bit_length() - int(value.denominator).bit_length() + 1
