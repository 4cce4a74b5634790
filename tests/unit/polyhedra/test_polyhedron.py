"""Polyhedra as sets: membership, emptiness, redundancy, dimension, against an independent oracle."""

from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from oracles.simplex import strictly_feasible

from exactgeo import HalfSpace, Polyhedron
from exactgeo.errors import DimensionMismatch, InexactNumber, InvalidArgument

FEWER = settings(max_examples=settings().max_examples // 2)
SMALL = st.integers(-2, 2)


@st.composite
def _polyhedra(draw, most_dimensions=3, most_rows=6):
    dimension = draw(st.integers(0, most_dimensions))
    row = st.tuples(st.integers(-1, 2), *[SMALL] * dimension)
    rows = draw(st.integers(0, most_rows).flatmap(lambda count: st.lists(row, min_size=count, max_size=count)))
    equations = draw(st.just([]) | st.lists(row, max_size=1))
    return Polyhedron(dimension, rows, equations)


def _grid(dimension):
    """Return the points of a grid, half-integers included."""
    points = [()]
    for _ in range(dimension):
        points = [(*x, Fraction(k, 2)) for x in points for k in range(-4, 5)]
    return points


def _is_empty(polyhedron):
    """Decide emptiness by strict systems alone: at a point of the set, some rows vanish and the others are positive."""
    rows = polyhedron.inequalities
    for mask in range(2 ** len(rows)):
        zero = [row for k, row in enumerate(rows) if mask >> k & 1]
        positive = [row for k, row in enumerate(rows) if not mask >> k & 1]
        if strictly_feasible(positive, [*polyhedron.equations, *zero], polyhedron.dimension) is not None:
            return False
    return True


@given(_polyhedra(most_rows=5))
def test_a_polyhedron_is_empty_exactly_if_no_choice_of_equalities_has_a_point(polyhedron):
    assert polyhedron.is_empty() == _is_empty(polyhedron)


@given(_polyhedra())
def test_an_interior_point_is_found_exactly_if_there_is_one(polyhedron):
    found = polyhedron.interior_point()
    expected = strictly_feasible(polyhedron.inequalities, (), polyhedron.dimension)
    assert (found is None) == (expected is None or bool(polyhedron.equations))
    assert found is None or polyhedron.contains_inside(found)


@given(_polyhedra(most_dimensions=2))
def test_membership_is_decided_row_by_row(polyhedron):
    for x in _grid(polyhedron.dimension):
        values = [row[0] + sum(a * b for a, b in zip(row[1:], x, strict=True)) for row in polyhedron.inequalities]
        flat = [row[0] + sum(a * b for a, b in zip(row[1:], x, strict=True)) for row in polyhedron.equations]
        assert polyhedron.contains(x) == (min(values, default=0) >= 0 and not any(flat))
        assert polyhedron.contains_inside(x) == (min(values, default=1) > 0 and not any(flat))


@FEWER
@given(_polyhedra(most_dimensions=2))
def test_the_irredundant_description_is_of_the_same_set(polyhedron):
    minimal = polyhedron.irredundant()
    assert all(polyhedron.contains(x) == minimal.contains(x) for x in _grid(polyhedron.dimension))


@FEWER
@given(_polyhedra())
def test_each_inequality_of_an_irredundant_polyhedron_is_a_facet(polyhedron):
    minimal = polyhedron.irredundant()
    assume(not polyhedron.is_empty())
    for row in minimal.inequalities:
        others = [other for other in minimal.inequalities if other != row]
        assert strictly_feasible(others, [*minimal.equations, row], polyhedron.dimension) is not None


@FEWER
@given(_polyhedra())
def test_the_affine_hull_of_an_irredundant_polyhedron_has_all_its_equations(polyhedron):
    minimal = polyhedron.irredundant()
    assume(not polyhedron.is_empty())
    assert strictly_feasible(minimal.inequalities, minimal.equations, polyhedron.dimension) is not None


@FEWER
@given(_polyhedra(), st.randoms(use_true_random=False), st.integers(1, 5))
def test_reordered_scaled_and_redundant_descriptions_become_equal(polyhedron, random, factor):
    assume(not polyhedron.is_empty())
    rows = [tuple(factor * value for value in row) for row in polyhedron.inequalities]
    implied = [(row[0] + factor, *row[1:]) for row in rows]
    implied += [tuple(a + b for a, b in zip(rows[0], row, strict=True)) for row in rows]
    mixed = [*rows, *implied]
    random.shuffle(mixed)
    equations = [tuple(-value for value in row) for row in polyhedron.equations]
    other = Polyhedron(polyhedron.dimension, mixed, equations)
    assert other.irredundant() == polyhedron.irredundant()
    assert other.is_same_set(polyhedron)


@FEWER
@given(_polyhedra())
def test_an_equation_may_be_written_as_two_inequalities(polyhedron):
    assume(polyhedron.equations and not polyhedron.is_empty())
    (equation,) = polyhedron.equations
    rows = [*polyhedron.inequalities, equation, tuple(-value for value in equation)]
    assert Polyhedron(polyhedron.dimension, rows).irredundant() == polyhedron.irredundant()


@FEWER
@given(_polyhedra())
def test_a_set_is_not_the_same_as_a_proper_part_of_it(polyhedron):
    x = polyhedron.interior_point()
    assume(x is not None and polyhedron.dimension)
    cut = Polyhedron(polyhedron.dimension, [*polyhedron.inequalities, (-x[0], 1, *[0] * (polyhedron.dimension - 1))])
    assert not cut.is_same_set(polyhedron)


@pytest.mark.parametrize("dimension", [0, 1, 3])
def test_the_empty_set_has_one_irredundant_description(dimension):
    empty = (-1, *[0] * dimension)
    assert Polyhedron(dimension, [empty, empty]).irredundant() == Polyhedron(dimension, [empty])
    assert Polyhedron(dimension, [], [empty]).irredundant() == Polyhedron(dimension, [empty])


DIMENSIONS = {
    "plane": (Polyhedron(2), 2),
    "square": (Polyhedron(2, [(1, 1, 0), (1, -1, 0), (1, 0, 1), (1, 0, -1)]), 2),
    "segment by implicit equality": (Polyhedron(2, [(0, 1, 0), (0, -1, 0), (1, 0, 1), (1, 0, -1)]), 1),
    "line by equation": (Polyhedron(2, [], [(0, 1, 1)]), 1),
    "point by three rows": (Polyhedron(2, [(0, 1, 0), (0, 0, 1), (0, -1, -1)]), 0),
    "point by equations": (Polyhedron(2, [], [(1, 1, 0), (0, 0, 1)]), 0),
    "dependent equations": (Polyhedron(3, [], [(1, 1, 0, 0), (2, 0, 1, 0), (3, 1, 1, 0)]), 1),
    "empty": (Polyhedron(2, [(-1, 1, 0), (0, -1, 0)]), -1),
    "empty by equations": (Polyhedron(2, [], [(0, 1, 0), (1, 1, 0)]), -1),
    "dimension 0": (Polyhedron(0), 0),
    "empty in dimension 0": (Polyhedron(0, [(-1,)]), -1),
}


@pytest.mark.parametrize("polyhedron, dimension", DIMENSIONS.values(), ids=DIMENSIONS.keys())
def test_the_affine_dimension(polyhedron, dimension):
    assert polyhedron.affine_dimension() == dimension


BOUNDED = {
    "square": (Polyhedron(2, [(1, 1, 0), (1, -1, 0), (1, 0, 1), (1, 0, -1)]), True),
    "triangle without a bound along an axis": (Polyhedron(2, [(0, 1, 0), (0, 0, 1), (1, -1, -1)]), True),
    "strip": (Polyhedron(2, [(1, 1, 0), (1, -1, 0)]), False),
    "diagonal strip": (Polyhedron(2, [(1, 1, 1), (1, -1, -1)]), False),
    "quadrant": (Polyhedron(2, [(0, 1, 0), (0, 0, 1)]), False),
    "line": (Polyhedron(2, [], [(0, 1, 1)]), False),
    "point": (Polyhedron(2, [], [(0, 1, 1), (0, 1, 0)]), True),
    "plane": (Polyhedron(2), False),
    "empty": (Polyhedron(2, [(-1, 1, 0), (0, -1, 0)]), True),
    "dimension 0": (Polyhedron(0), True),
}


@pytest.mark.parametrize("polyhedron, bounded", BOUNDED.values(), ids=BOUNDED.keys())
def test_whether_a_set_lies_in_some_ball(polyhedron, bounded):
    assert polyhedron.is_bounded() == bounded


@FEWER
@given(_polyhedra())
def test_a_set_is_bounded_exactly_if_its_generators_have_no_direction(polyhedron):
    generators = polyhedron.generators()
    assert polyhedron.is_bounded() == (not generators.rays and not generators.lines)


@FEWER
@given(_polyhedra())
def test_the_affine_dimension_is_the_rank_of_the_generators(polyhedron):
    generators = polyhedron.generators()
    vertices = generators.vertices
    spread = [[a - b for a, b in zip(x, vertices[0], strict=True)] for x in vertices]
    rows = [*spread, *generators.rays, *generators.lines]
    assert polyhedron.affine_dimension() == (_rank(rows) if vertices else -1)


def _rank(rows):
    rows, rank = [[Fraction(str(value)) for value in row] for row in rows], 0
    while rows:
        row = rows.pop()
        pivot = next((k for k, value in enumerate(row) if value), None)
        if pivot is not None:
            rank += 1
            rows = [[a - other[pivot] / row[pivot] * b for a, b in zip(other, row, strict=True)] for other in rows]
    return rank


@given(_polyhedra(most_dimensions=2), _polyhedra(most_dimensions=2))
def test_an_intersection_holds_the_points_of_both(first, second):
    assume(first.dimension == second.dimension)
    both = first.intersection(second)
    assert all(both.contains(x) == (first.contains(x) and second.contains(x)) for x in _grid(first.dimension))


def test_polyhedra_of_different_spaces_do_not_meet():
    with pytest.raises(DimensionMismatch, match="do not meet"):
        Polyhedron(1).intersection(Polyhedron(2))


def test_rows_are_kept_primitive_in_order_without_repeats_and_trivial_ones():
    polyhedron = Polyhedron(1, [("1/2", 1), (4, -2), (1, 2), (5, 0), (0, 0), (2, -1)], [(0, 0), (0, 3), (0, "1/7")])
    assert polyhedron.inequalities == ((1, 2), (2, -1))
    assert polyhedron.equations == ((0, 1),)


def test_a_row_that_cannot_hold_is_kept():
    assert Polyhedron(1, [(-4, 0)]).inequalities == ((-1, 0),)
    assert Polyhedron(1, [], [(4, 0)]).equations == ((1, 0),)


@pytest.mark.parametrize("row", [(), (1,), (1, 2), (1, 2, 3, 4)])
def test_a_row_of_the_wrong_length_is_refused(row):
    with pytest.raises(DimensionMismatch, match="in 2 dimensions it takes 3"):
        Polyhedron(2, [row])
    with pytest.raises(DimensionMismatch, match="in 2 dimensions it takes 3"):
        Polyhedron(2, [], [row])


def test_a_row_of_the_wrong_length_is_refused_whatever_its_numbers():
    with pytest.raises(DimensionMismatch):
        Polyhedron(1, [(10**5000 + 1, 3, 7)])


@pytest.mark.parametrize("row", [(0.5, 1), (1, float("nan"))])
def test_a_float_in_a_row_is_refused(row):
    with pytest.raises(InexactNumber):
        Polyhedron(1, [row])


def test_a_negative_dimension_is_refused():
    with pytest.raises(InvalidArgument):
        Polyhedron(-1)


@pytest.mark.parametrize("x", [(), (1,), (1, 2, 3)])
def test_a_point_of_the_wrong_dimension_is_refused(x):
    with pytest.raises(DimensionMismatch):
        Polyhedron(2).contains(x)
    with pytest.raises(DimensionMismatch):
        Polyhedron(2).contains_inside(x)


def test_a_half_space_is_its_primitive_row():
    assert HalfSpace.of(("2/3", -4, 2)).row == (1, -6, 3)


def test_a_half_space_is_closed_and_its_complement_is_the_other_side():
    half = HalfSpace.of((1, -2))
    sides = [(half.contains((x,)), half.complement.contains((x,))) for x in (0, "1/2", 1)]
    assert sides == [(True, False), (True, True), (False, True)]


@pytest.mark.parametrize("coefficients", [(), (1,), (0, 0), (1, 0, 0), (-3, 0)])
def test_a_half_space_needs_a_variable(coefficients):
    with pytest.raises(InvalidArgument, match="has no variable"):
        HalfSpace.of(coefficients)


def test_a_half_space_does_not_take_a_point_of_another_dimension():
    with pytest.raises(DimensionMismatch):
        HalfSpace.of((1, 2, 3)).contains((1,))
