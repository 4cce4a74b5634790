"""Affine subspaces in coordinates of their own: some of the space's."""

import math
from collections.abc import Iterable, Sequence
from typing import TypeVar

from exactgeo.arithmetic.affine import AffineForm, Row, evaluate_row, primitive
from exactgeo.arithmetic.matrices import echelon, reduce_modulo
from exactgeo.arithmetic.rationals import Point
from exactgeo.polyhedra.shapes import Flat, Vector

T = TypeVar("T")


class Chart:
    """An affine subspace by all coordinates of its points but those that the others tell.

    Args:
        rows: of equations b + a.x = 0 that have a solution and define it.

    Attributes:
        equations: the reduced echelon form of the rows, which is the same for all rows that define the subspace.
        axes: the coordinates that are kept, counted from 1.

    **Exactness**: exact.
    """

    def __init__(self, rows: Sequence[Row]) -> None:
        self.equations, self._pivots = echelon(rows)
        self._size = len(rows[0])
        self.axes = tuple(k for k in range(1, self._size) if k not in self._pivots)

    def restricted(self, row: Row) -> Row:
        """Return the primitive row that on the subspace is a positive multiple of one (0 if that is 0 there)."""
        return primitive(self._kept(reduce_modulo(row, self.equations, self._pivots)))

    def normal_form(self, form: AffineForm) -> AffineForm:
        """Return the form that has the same values on the subspace, and only the coordinates that are kept.

        Forms with the same values there have the same normal form.
        """
        entries, denominator = form.numerators, form.denominator
        for equation, pivot in zip(self.equations, self._pivots, strict=True):
            factor, scale = entries[pivot], equation[pivot]
            if factor:
                entries = tuple(scale * a - factor * b for a, b in zip(entries, equation, strict=True))
                denominator *= scale
        return AffineForm.reduced(entries, denominator)

    def extended(self, row: Row) -> Row:
        """Return a row of the whole space that on the subspace is one of its coordinates."""
        entries = dict(zip((0, *self.axes), row, strict=True))
        return tuple(entries.get(k, 0) for k in range(self._size))

    def seen(self, point: Point) -> Point:
        """Return a point of the subspace in its coordinates."""
        return tuple(point[axis - 1] for axis in self.axes)

    def lifted(self, point: Point) -> Point:
        """Return the point of the subspace that has these coordinates."""
        known = dict(zip(self.axes, point, strict=True))
        for equation, pivot in zip(self.equations, self._pivots, strict=True):
            known[pivot] = -evaluate_row(self._kept(equation), point) / equation[pivot]
        return tuple(known[k] for k in range(1, self._size))

    def seen_flat(self, flat: Flat) -> Flat:
        """Return a polyhedron in the subspace in its coordinates."""
        return Flat.of(map(self._seen_vector, flat.generators), map(self._seen_vector, flat.lines))

    def lifted_flat(self, flat: Flat) -> Flat:
        """Return the polyhedron in the subspace that has these coordinates."""
        return Flat.of(map(self._lifted_vector, flat.generators), map(self._lifted_vector, flat.lines))

    def _seen_vector(self, vector: Vector) -> Vector:
        return primitive(self._kept(vector))

    def _lifted_vector(self, vector: Vector) -> Vector:
        scale = math.lcm(*(equation[pivot] for equation, pivot in zip(self.equations, self._pivots, strict=True)))
        known = {axis: scale * value for axis, value in zip((0, *self.axes), vector, strict=True)}
        for equation, pivot in zip(self.equations, self._pivots, strict=True):
            total = sum(a * x for a, x in zip(self._kept(equation), vector, strict=True))
            known[pivot] = -total * (scale // equation[pivot])
        return primitive(known[k] for k in range(self._size))

    def _kept(self, entries: Sequence[T]) -> tuple[T, ...]:
        return (entries[0], *(entries[axis] for axis in self.axes))


def distinct_rows(rows: Iterable[Row]) -> tuple[Row, ...]:
    """Return rows without repetitions, and without those that have no variable."""
    return tuple(row for row in dict.fromkeys(rows) if any(row[1:]))
