"""Distances from points to polyhedra and their faces."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exactgeo.arithmetic.rationals import point
from exactgeo.complexes.cells.sides import Side
from exactgeo.polyhedra.distances import Norm, nearest
from exactgeo.polyhedra.shapes import Shape
from exactgeo.strategies import points

CUBE = Shape.of(3, [(1, *(sign * (k == axis) for k in range(3))) for axis in range(3) for sign in (1, -1)])


@given(points(3), st.sampled_from(Norm))
def test_the_distance_to_a_cube_is_that_to_the_point_with_clipped_coordinates(x, norm):
    found = nearest(CUBE, Side(CUBE, CUBE.whole).faces(), point(x), norm)
    gaps = [max(abs(value) - 1, 0) for value in x]
    expected = {Norm.L1: sum(gaps), Norm.LINF: max(gaps), Norm.L2: sum(gap**2 for gap in gaps)}
    assert found.distance == expected[norm]
    if norm is Norm.L2:
        assert found.point == tuple(min(max(value, -1), 1) for value in x)


@pytest.mark.parametrize(
    "norm, distance, where",
    [
        (Norm.L2, Fraction(1, 2), (Fraction(1, 2), Fraction(1, 2))),
        (Norm.L1, 1, None),
        (Norm.LINF, Fraction(1, 2), (Fraction(1, 2), Fraction(1, 2))),
    ],
)
def test_the_nearest_point_of_a_triangles_slanted_side(norm, distance, where):
    triangle = Shape.of(2, [(0, 1, 0), (0, 0, 1), (1, -1, -1)])
    slanted = triangle.incidences[triangle.rows.index((1, -1, -1))]
    found = nearest(triangle, Side(triangle, slanted).faces(), point((0, 0)), norm)
    assert found.distance == distance and sum(found.point) == 1
    assert where is None or found.point == where


@given(points(2))
def test_the_distance_to_an_unbounded_edge(x):
    quadrant = Shape.of(2, [(0, 1, 0), (0, 0, 1)])
    edge = quadrant.incidences[quadrant.rows.index((0, 0, 1))]  # the positive first axis
    found = nearest(quadrant, Side(quadrant, edge).faces(), point(x), Norm.L2)
    assert found.distance == min(x[0], 0) ** 2 + x[1] ** 2


def test_the_distance_to_a_line():
    half_plane = Shape.of(2, [(-1, 1, 1)])
    found = nearest(half_plane, Side(half_plane, half_plane.incidences[0]).faces(), point((0, 0)), Norm.L2)
    assert (found.distance, found.point) == (Fraction(1, 2), (Fraction(1, 2), Fraction(1, 2)))
