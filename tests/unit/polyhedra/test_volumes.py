"""Volumes by triangulation."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exactgeo.errors import InvalidArgument
from exactgeo.polyhedra.shapes import Shape
from exactgeo.polyhedra.volumes import squared_volume, triangulation, volume


def _simplex(dimension, size=1):
    axes = [tuple(int(i == k) for i in range(dimension + 1)) for k in range(1, dimension + 1)]
    return Shape.of(dimension, [*axes, (size, *[-1] * dimension)])


@pytest.mark.parametrize("dimension", [1, 2, 3, 4])
def test_simplices_and_their_largest_facets(dimension):
    simplex = _simplex(dimension)
    assert volume(simplex) == Fraction(1, math.factorial(dimension))
    slanted = next(on for row, on in zip(simplex.rows, simplex.incidences, strict=True) if row[0])
    # The cone over it from the origin, of height 1 / sqrt(n), is the whole.
    assert squared_volume(simplex, slanted) == Fraction(dimension, math.factorial(dimension - 1) ** 2)


@pytest.mark.parametrize("dimension, count", [(2, 8), (3, 8), (4, 16)])
def test_cross_polytopes(dimension, count):
    signs = [[1]]
    for _ in range(dimension):
        signs = [[*sign, value] for sign in signs for value in (1, -1)]
    shape = Shape.of(dimension, [tuple(sign) for sign in signs])
    assert volume(shape) == Fraction(2**dimension, math.factorial(dimension))
    assert len(shape.rows) == 2**dimension


@given(st.lists(st.tuples(st.integers(-9, 9), st.integers(1, 9)), min_size=1, max_size=4), st.integers(1, 5))
def test_boxes_and_their_edges(sides, scale):
    dimension = len(sides)
    rows = []
    for k, (low, length) in enumerate(sides):
        rows.append((-low, *(scale * int(i == k) for i in range(dimension))))
        rows.append((low + length, *(-scale * int(i == k) for i in range(dimension))))
    box = Shape.of(dimension, rows)
    assert volume(box) == math.prod(Fraction(length, scale) for _, length in sides)
    assert squared_volume(box, box.whole) == volume(box) ** 2
    assert squared_volume(box, 1) == 1
    pieces = list(triangulation(box))
    assert len(pieces) == math.factorial(dimension)


def test_what_is_unbounded_has_no_volume():
    with pytest.raises(InvalidArgument, match="unbounded"):
        volume(Shape.of(2, [(0, 1, 0), (0, 0, 1)]))
    with pytest.raises(InvalidArgument, match="unbounded"):
        volume(Shape.of(2, [(0, 1, 0), (1, -1, 0)]))
