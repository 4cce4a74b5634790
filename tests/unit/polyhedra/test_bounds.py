"""Bounds of the coordinates, and suprema within them."""

from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from oracles.simplex import strictly_feasible

from exactgeo import Polyhedron
from exactgeo.polyhedra import Optimum, Unbounded
from exactgeo.polyhedra.bounds import Bounds


@st.composite
def _polyhedra(draw):
    """Draw a polyhedron many of whose rows have one variable."""
    dimension = draw(st.integers(1, 3))
    single = st.builds(
        lambda b, k, a: (b, *(a if i == k else 0 for i in range(dimension))),
        *(st.integers(-4, 4), st.integers(0, dimension - 1), st.integers(-3, 3)),
    )
    rows = st.lists(single | single | st.tuples(*[st.integers(-3, 3)] * (dimension + 1)), max_size=7)
    return Polyhedron(dimension, draw(rows))


def _expected(polyhedron):
    lower, upper, rows = {}, {}, set()
    for index, row in enumerate(polyhedron.inequalities):
        variables = [k for k, value in enumerate(row[1:]) if value]
        if len(variables) == 1:
            (k,) = variables
            side, choose = (lower, max) if row[1 + k] > 0 else (upper, min)
            bound = Fraction(-row[0], row[1 + k])
            side[k] = choose(side.get(k, bound), bound)
            rows.add(index)
    return lower, upper, rows


@given(_polyhedra())
def test_the_bounds_are_the_tightest_among_the_rows_with_one_variable(polyhedron):
    lower, upper, rows = _expected(polyhedron)
    bounds = Bounds.of(polyhedron.dimension, polyhedron.inequalities)
    assert bounds.lower == tuple(lower.get(k) for k in range(polyhedron.dimension))
    assert bounds.upper == tuple(upper.get(k) for k in range(polyhedron.dimension))
    assert bounds.rows == rows


@given(_polyhedra(), st.data())
def test_bounds_surround_the_points_inside_them(polyhedron, data):
    point = data.draw(st.tuples(*[st.fractions(-5, 5, max_denominator=3)] * polyhedron.dimension))
    bounds = Bounds.of(polyhedron.dimension, polyhedron.inequalities)
    box = Polyhedron(polyhedron.dimension, [polyhedron.inequalities[k] for k in sorted(bounds.rows)])
    assert bounds.surround(point) == box.contains_inside(point)


@given(_polyhedra())
def test_bounds_that_leave_room_surround_their_inner_point(polyhedron):
    lower, upper, _ = _expected(polyhedron)
    bounds = Bounds.of(polyhedron.dimension, polyhedron.inequalities)
    assert bounds.leave_room == all(lower[k] < upper[k] for k in lower.keys() & upper.keys())
    assert not bounds.leave_room or bounds.surround(bounds.inside())


@given(_polyhedra(), st.data())
def test_the_supremum_is_the_maximum_over_the_bounds(polyhedron, data):
    row = data.draw(st.tuples(*[st.integers(-3, 3)] * (polyhedron.dimension + 1)))
    bounds = Bounds.of(polyhedron.dimension, polyhedron.inequalities)
    box = Polyhedron(polyhedron.dimension, [polyhedron.inequalities[k] for k in sorted(bounds.rows)])
    answer = box.maximise(row)
    if isinstance(answer, Optimum):
        assert bounds.supremum(row) == answer.value
    elif isinstance(answer, Unbounded):
        assert bounds.supremum(row) is None


@given(_polyhedra(), st.data())
def test_a_row_is_refuted_if_it_is_nowhere_positive_within_the_bounds_and_implied_if_it_is_positive_all_over(
    polyhedron, data
):
    row = data.draw(st.tuples(*[st.integers(-3, 3)] * (polyhedron.dimension + 1)))
    bounds = Bounds.of(polyhedron.dimension, polyhedron.inequalities)
    box = Polyhedron(polyhedron.dimension, [polyhedron.inequalities[k] for k in sorted(bounds.rows)])
    assume(any(row) and box.interior_point() is not None)
    negative = tuple(-value for value in row)
    assert bounds.refute(row) == (strictly_feasible([*box.inequalities, row], (), polyhedron.dimension) is None)
    assert bounds.imply(row) == (strictly_feasible([*box.inequalities, negative], (), polyhedron.dimension) is None)


@given(_polyhedra())
def test_every_point_of_the_polyhedron_lies_within_its_bounds(polyhedron):
    bounds = Bounds.of(polyhedron.dimension, polyhedron.inequalities)
    for vertex in polyhedron.generators().vertices:
        assert all(low is None or low <= x for low, x in zip(bounds.lower, vertex, strict=True))
        assert all(high is None or x <= high for high, x in zip(bounds.upper, vertex, strict=True))


@pytest.mark.parametrize(
    "row, value", [((5, 0, 0), 5), ((1, 2, 0), 7), ((0, -1, 0), 1), ((0, 0, 1), None), ((0, 0, -1), 2)]
)
def test_a_missing_bound_matters_only_in_its_direction(row, value):
    bounds = Bounds.of(2, [(1, 1, 0), (3, -1, 0), (2, 0, 1)])
    assert bounds.supremum(row) == value
