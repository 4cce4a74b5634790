"""Boxes, and what makes a domain."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exactgeo import Box, Polyhedron
from exactgeo.errors import DimensionMismatch, EmptyDomain, InexactNumber, InvalidArgument
from exactgeo.polyhedra.boxes import domain_polyhedron

NUMBERS = st.fractions(-3, 3, max_denominator=4)


@st.composite
def _intervals(draw):
    """Draw a list of intervals (low, high) with low < high, either end being None at times."""
    intervals = []
    for _ in range(draw(st.integers(0, 3))):
        low, width = draw(NUMBERS), draw(st.fractions(Fraction(1, 5), 3, max_denominator=5))
        intervals.append((draw(st.sampled_from([low, low, None])), draw(st.sampled_from([low + width] * 2 + [None]))))
    return intervals


def _box(intervals):
    return Box(tuple(low for low, _ in intervals), tuple(high for _, high in intervals))


def _holds(interval, x):
    low, high = interval
    return (low is None or low <= x) and (high is None or x <= high)


@given(_intervals(), st.data())
def test_a_box_holds_the_points_within_its_intervals(intervals, data):
    x = data.draw(st.tuples(*[NUMBERS] * len(intervals)))
    expected = all(_holds(interval, value) for interval, value in zip(intervals, x, strict=True))
    assert _box(intervals).polyhedron.contains(x) == expected


@given(_intervals())
def test_a_box_has_a_row_for_each_bound_the_lower_ones_first(intervals):
    rows = _box(intervals).polyhedron.inequalities
    signs = [s for low, high in intervals for s, bound in ((1, low), (-1, high)) if bound is not None]
    assert [(sum(row[1:]) > 0) - (sum(row[1:]) < 0) for row in rows] == signs


@given(_intervals())
def test_a_box_is_full_dimensional(intervals):
    assert _box(intervals).polyhedron.interior_point() is not None


@given(_intervals())
def test_a_box_has_as_many_coordinates_as_intervals(intervals):
    assert _box(intervals).dimension == _box(intervals).polyhedron.dimension == len(intervals)


@pytest.mark.parametrize("radius", [1, "1/3", Fraction(7, 2)])
@pytest.mark.parametrize("centre", [None, (1, "-1/2")])
def test_a_cube_is_a_ball_of_the_maximum_norm(radius, centre):
    middle = (0, 0) if centre is None else (1, Fraction(-1, 2))
    box = Box.cube(2, radius=radius, centre=centre)
    assert box.lower == tuple(c - Fraction(radius) for c in middle)
    assert box.upper == tuple(c + Fraction(radius) for c in middle)


@pytest.mark.parametrize("low, high", [(0, 0), (1, 0), ("1/3", "1/3"), ("0.5", "1/3")])
def test_an_interval_without_interior_is_refused_and_named(low, high):
    with pytest.raises(EmptyDomain, match="of input 1 has no interior"):
        Box((None, low), (0, high))


@pytest.mark.parametrize("radius", [0, -1, "-1/2"])
def test_a_cube_has_a_positive_radius(radius):
    with pytest.raises(EmptyDomain):
        Box.cube(2, radius=radius)


@pytest.mark.parametrize("lower, upper", [((0,), ()), ((), (1,)), ((0, 0), (1,))])
def test_as_many_upper_as_lower_bounds_are_needed(lower, upper):
    with pytest.raises(DimensionMismatch, match=f"{len(lower)} lower and {len(upper)} upper"):
        Box(lower, upper)


@pytest.mark.parametrize("centre", [(), (0,), (0, 0, 0)])
def test_a_centre_of_the_wrong_dimension_is_refused(centre):
    with pytest.raises(DimensionMismatch, match="the centre has"):
        Box.cube(2, centre=centre)


@pytest.mark.parametrize("bound", [0.5, float("inf"), float("-inf"), float("nan")])
def test_a_float_is_no_bound(bound):
    with pytest.raises(InexactNumber):
        Box((0,), (bound,))
    with pytest.raises(InexactNumber):
        Box((bound,), (1,))


def test_a_text_is_no_sequence_of_bounds():
    with pytest.raises(InvalidArgument):
        Box("12", "34")


def test_boxes_with_the_same_bounds_are_equal():
    assert Box((0, "1/2"), (1, None)) == Box([Fraction(0), "0.5"], [1, None])
    assert hash(Box((0,), (1,))) == hash(Box(("0",), ("1/1",)))


def test_the_domain_of_a_box_is_its_polyhedron():
    assert domain_polyhedron(Box.cube(2), 2) == Box.cube(2).polyhedron


def test_a_full_dimensional_polyhedron_is_its_own_domain():
    wedge = Polyhedron(2, [(0, 1, 0), (0, 0, 1)])
    assert domain_polyhedron(wedge, 2) is wedge


@pytest.mark.parametrize("inputs", [1, 3])
@pytest.mark.parametrize("domain", [Box.cube(2), Polyhedron(2)], ids=["box", "polyhedron"])
def test_a_domain_has_as_many_coordinates_as_the_network_inputs(domain, inputs):
    with pytest.raises(DimensionMismatch, match=f"2 coordinates, but the network has {inputs} inputs"):
        domain_polyhedron(domain, inputs)


FLAT = {
    "empty": Polyhedron(2, [(-1, 1, 0), (0, -1, 0)]),
    "a line": Polyhedron(2, [(0, 1, 0), (0, -1, 0)]),
    "an equation": Polyhedron(2, [], [(0, 1, 0)]),
    "a point": Polyhedron(2, [(0, 1, 0), (0, 0, 1), (0, -1, -1)]),
    "a negative constant": Polyhedron(2, [(-1, 0, 0)]),
}


@pytest.mark.parametrize("domain", FLAT.values(), ids=FLAT.keys())
def test_a_domain_without_interior_is_refused(domain):
    with pytest.raises(EmptyDomain, match="no interior point"):
        domain_polyhedron(domain, 2)
