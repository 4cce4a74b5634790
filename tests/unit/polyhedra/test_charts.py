"""Hyperplanes in coordinates of their own."""

from hypothesis import assume, given
from hypothesis import strategies as st

from exactgeo import Polyhedron
from exactgeo.arithmetic.affine import evaluate_row, primitive
from exactgeo.arithmetic.rationals import Rational
from exactgeo.polyhedra.charts import Chart
from exactgeo.polyhedra.shapes import Shape, point_of

_integers = st.integers(-4, 4)


@st.composite
def _hyperplanes(draw):
    row = draw(st.lists(_integers, min_size=2, max_size=5))
    assume(any(row[1:]))
    return primitive(row)


def _sign(value):
    return (value > 0) - (value < 0)


@given(_hyperplanes(), st.data())
def test_points_of_the_hyperplane_and_their_coordinates_map_one_to_one(hyperplane, data):
    chart = Chart(hyperplane)
    place = tuple(Rational(data.draw(_integers), data.draw(st.integers(1, 3))) for _ in hyperplane[2:])
    point = chart.lifted(place)
    assert evaluate_row(hyperplane, point) == 0 and chart.seen(point) == place
    row = tuple(data.draw(_integers) for _ in hyperplane)
    assert _sign(evaluate_row(chart.restricted(row), place)) == _sign(evaluate_row(row, point))


@given(_hyperplanes(), st.data())
def test_what_a_polyhedron_has_on_the_hyperplane_is_lifted_generator_by_generator(hyperplane, data):
    chart, dimension = Chart(hyperplane), len(hyperplane) - 2
    rows = data.draw(st.lists(st.tuples(*[_integers] * (dimension + 1)), max_size=4))
    rows = [primitive(row) for row in rows if any(row[1:])]
    assume(dimension and Polyhedron(dimension, rows).interior_point() is not None)
    seen = Shape.of(dimension, rows).flat()
    flat = chart.lifted_flat(seen)
    assert len(flat.generators) == len(seen.generators) and len(flat.lines) == len(seen.lines)
    for vector in (*flat.generators, *flat.lines):
        assert sum(a * x for a, x in zip(hyperplane, vector, strict=True)) == 0
    points = {chart.seen(point_of(vector)) for vector in flat.generators if vector[0]}
    if not seen.lines:
        assert points == {point_of(vector) for vector in seen.generators if vector[0]}
