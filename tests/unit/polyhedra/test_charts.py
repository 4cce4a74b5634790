"""Affine subspaces in coordinates of their own."""

import operator

from hypothesis import assume, given
from hypothesis import strategies as st

from exactgeo import Polyhedron
from exactgeo.arithmetic.affine import AffineForm, evaluate_row, negated, primitive, primitive_row
from exactgeo.arithmetic.matrices import rank
from exactgeo.arithmetic.rationals import Rational
from exactgeo.polyhedra.charts import Chart, distinct_rows
from exactgeo.polyhedra.shapes import Shape, point_of

_integers = st.integers(-4, 4)
_rationals = st.builds(Rational, _integers, st.integers(1, 3))


@st.composite
def _subspaces(draw):
    """Draw the rows of an affine subspace through a point."""
    dimension = draw(st.integers(1, 4))
    point = draw(st.tuples(*[_rationals] * dimension))
    normals = draw(st.lists(st.tuples(*[_integers] * dimension).filter(any), min_size=1, max_size=3))
    return [primitive_row((-sum(a * x for a, x in zip(row, point, strict=True)), *row)) for row in normals]


def _sign(value):
    return (value > 0) - (value < 0)


@given(_subspaces(), st.data())
def test_points_of_the_subspace_and_their_coordinates_map_one_to_one(rows, data):
    chart = Chart(rows)
    assert len(chart.axes) == len(rows[0]) - 1 - rank([row[1:] for row in rows])
    place = tuple(data.draw(_rationals) for _ in chart.axes)
    point = chart.lifted(place)
    assert all(evaluate_row(row, point) == 0 for row in rows) and chart.seen(point) == place
    row = tuple(data.draw(_integers) for _ in rows[0])
    assert _sign(evaluate_row(chart.restricted(row), place)) == _sign(evaluate_row(row, point))
    inner = tuple(data.draw(_integers) for _ in (0, *chart.axes))
    assert evaluate_row(chart.extended(inner), point) == evaluate_row(inner, place)


@given(_subspaces(), st.data())
def test_forms_with_the_same_values_on_a_subspace_have_one_normal_form(rows, data):
    chart = Chart(rows)
    form = AffineForm.of(data.draw(st.tuples(*[_rationals] * len(rows[0]))))
    factors = data.draw(st.tuples(*[_rationals] * len(rows)))
    zero = [sum(map(operator.mul, factors, column)) for column in zip(*rows, strict=True)]
    same = AffineForm.of(a + b for a, b in zip(form.coefficients, zero, strict=True))
    normal = chart.normal_form(form)
    assert normal == chart.normal_form(same)
    assert all(k in (0, *chart.axes) for k, value in enumerate(normal.numerators) if value)
    point = chart.lifted(tuple(data.draw(_rationals) for _ in chart.axes))
    assert normal(point) == form(point) == same(point)


@given(_subspaces(), st.data())
def test_all_rows_that_define_a_subspace_have_one_chart(rows, data):
    chance = data.draw(st.randoms(use_true_random=False))
    other = [negated(row) if chance.random() < 0.5 else row for row in rows]
    other.append(primitive([sum(column) for column in zip(*other, strict=True)]))
    chance.shuffle(other)
    assert Chart(other).equations == Chart(rows).equations


@given(_subspaces(), st.data())
def test_a_polyhedron_in_the_subspace_is_seen_and_lifted_generator_by_generator(rows, data):
    chart = Chart(rows)
    dimension = len(chart.axes)
    drawn = data.draw(st.lists(st.tuples(*[_integers] * (dimension + 1)), max_size=4))
    within = distinct_rows(map(primitive, drawn))
    assume(dimension and Polyhedron(dimension, within).interior_point() is not None)
    seen = Shape.of(dimension, within).flat()
    flat = chart.lifted_flat(seen)
    assert chart.seen_flat(flat) == seen
    assert len(flat.generators) == len(seen.generators) and len(flat.lines) == len(seen.lines)
    for vector in (*flat.generators, *flat.lines):
        assert all(sum(a * x for a, x in zip(row, vector, strict=True)) == 0 for row in rows)
    if not seen.lines:
        points = {chart.seen(point_of(vector)) for vector in flat.generators if vector[0]}
        assert points == {point_of(vector) for vector in seen.generators if vector[0]}


def test_rows_without_variables_are_no_conditions_on_a_polyhedron():
    assert distinct_rows([(1, 0), (0, 2), (0, 2), (0, 0), (3, -1)]) == ((0, 2), (3, -1))
