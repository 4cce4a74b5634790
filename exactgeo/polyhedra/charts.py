"""Hyperplanes in coordinates of their own: all of the space's but one."""

from collections.abc import Sequence
from typing import TypeVar

from exactgeo.arithmetic.affine import Row, evaluate_row, negated, primitive
from exactgeo.arithmetic.matrices import reduce_modulo
from exactgeo.arithmetic.rationals import Point
from exactgeo.polyhedra.shapes import Flat, Vector

T = TypeVar("T")


class Chart:
    """The hyperplane b + a.x = 0 by all coordinates but the last one, xk, whose coefficient in it is not 0.

    Args:
        hyperplane: its row.

    Attributes:
        axes: the coordinates that it keeps, counted from 1.

    **Exactness**: exact.
    """

    def __init__(self, hyperplane: Row) -> None:
        self._pivot = max(k for k, value in enumerate(hyperplane) if value)
        self._row = hyperplane if hyperplane[self._pivot] > 0 else negated(hyperplane)
        self._others = self._without(self._row)
        self.axes = self._without(range(len(hyperplane)))[1:]

    def restricted(self, row: Row) -> Row:
        """Return the primitive row that on the hyperplane is a positive multiple of one (0 if that is 0 there)."""
        return primitive(self._without(reduce_modulo(row, [self._row], [self._pivot])))

    def seen(self, point: Point) -> Point:
        """Return a point of the hyperplane in its coordinates."""
        return tuple(point[axis - 1] for axis in self.axes)

    def lifted(self, point: Point) -> Point:
        """Return the point of the hyperplane that has these coordinates."""
        last = -evaluate_row(self._others, point) / self._row[self._pivot]
        return (*point[: self._pivot - 1], last, *point[self._pivot - 1 :])

    def lifted_flat(self, flat: Flat) -> Flat:
        """Return the polyhedron in the hyperplane that has these coordinates."""
        return Flat.of(map(self._lifted_vector, flat.generators), map(self._lifted_vector, flat.lines))

    def _lifted_vector(self, vector: Vector) -> Vector:
        last = -sum(a * x for a, x in zip(self._others, vector, strict=True))
        scaled = [self._row[self._pivot] * x for x in vector]
        return primitive((*scaled[: self._pivot], last, *scaled[self._pivot :]))

    def _without(self, entries: Sequence[T]) -> tuple[T, ...]:
        return (*entries[: self._pivot], *entries[self._pivot + 1 :])
