"""Interior facets: each of them once, with both its sides and a point between them."""

from collections import Counter
from fractions import Fraction
from itertools import combinations
from math import comb

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles.affine import solve_equations, substitute
from oracles.brute_force import _cells
from oracles.simplex import strictly_feasible
from oracles.translation import plain_program, plain_rows

from exactgeo import (
    Box,
    Budget,
    Polyhedron,
    ProgramBuilder,
    enumerate_regions,
    evaluate,
    hyperplane_arrangement,
    interior_facets,
    maxout_network,
    relu_network,
)
from exactgeo.errors import InvalidArgument
from exactgeo.strategies import domains, programs, relu_networks

FEWER = settings(max_examples=settings().max_examples // 4)
ANY_PROGRAM = programs(max_inputs=3, max_units=4) | relu_networks(max_inputs=3, max_units=5)


@st.composite
def _questions(draw, networks=ANY_PROGRAM):
    program = draw(networks)
    return program, draw(domains(program.inputs))


def _facets(program, domain):
    return list(interior_facets(enumerate_regions(program, domain)))


def _keys(facets):
    return [(facet.hyperplane, facet.positive.pattern, facet.negative.pattern) for facet in facets]


def _value(row, x):
    return row[0] + sum(a * b for a, b in zip(row[1:], x, strict=True))


def _negative(row):
    return tuple(-value for value in row)


def _brute_force(program, domain):
    """Look for a common facet of every two cells: a row of one whose negative is a row of the other."""
    found = []
    for first, second in combinations(_cells(plain_program(program), plain_rows(domain), prune=True), 2):
        for row in first.rows:
            if any(row[1:]) and _negative(row) in second.rows:
                others = (first.rows | second.rows) - {row, _negative(row)}
                if strictly_feasible(sorted(others), [row], program.inputs) is not None:
                    up = row > _negative(row)
                    sides = (first, second) if up else (second, first)
                    found.append((row if up else _negative(row), *(cell.pattern for cell in sides)))
    return found


@FEWER
@given(_questions())
def test_the_facets_are_those_of_all_pairs_of_cells_and_none_comes_twice(question):
    assert sorted(_keys(_facets(*question))) == sorted(_brute_force(*question))


@FEWER
@given(_questions())
def test_a_facet_s_point_lies_between_its_sides_and_inside_all_their_other_rows(question):
    found = enumerate_regions(*question)
    for facet in interior_facets(found):
        assert _value(facet.hyperplane, facet.point) == 0
        assert all(_value(row, facet.point) > 0 for row in facet.rows)
        for side in (facet.positive, facet.negative):
            rows = {*found.domain.inequalities, *found.rows(side)} - {facet.hyperplane, _negative(facet.hyperplane)}
            assert all(_value(row, facet.point) > 0 for row in rows)
            assert found.cell(side).contains(facet.point)


@FEWER
@given(_questions())
def test_the_sides_of_a_facet_lie_on_the_sides_of_its_hyperplane(question):
    for facet in _facets(*question):
        assert _value(facet.hyperplane, facet.positive.witness) > 0 > _value(facet.hyperplane, facet.negative.witness)
        assert next(value for value in facet.hyperplane if value) > 0


@FEWER
@given(_questions())
def test_a_step_across_a_facet_leads_from_the_one_side_to_the_other(question):
    program, _ = question
    for facet in _facets(*question):
        normal = facet.hyperplane[1:]
        for side, region in ((1, facet.positive), (-1, facet.negative)):
            step, reached = Fraction(1, 4), None
            while reached != region.pattern and step > Fraction(1, 10**60):
                reached = evaluate(
                    program, [x + side * step * a for x, a in zip(facet.point, normal, strict=True)]
                ).pattern
                step /= 1000
            assert reached == region.pattern


@FEWER
@given(_questions(relu_networks(max_inputs=3, max_units=5)))
def test_the_values_of_a_continuous_network_agree_on_its_facets(question):
    found = enumerate_regions(*question)
    for facet in interior_facets(found):
        sides = [
            [form(facet.point) for form in found.affine_map(region)] for region in (facet.positive, facet.negative)
        ]
        assert sides[0] == sides[1] == list(evaluate(found.program, facet.point).outputs)


@FEWER
@given(_questions())
def test_the_facets_join_all_cells(question):
    found = enumerate_regions(*question)
    reached, frontier = set(), {found.regions[0].pattern}
    neighbours = {}
    for _, first, second in _keys(interior_facets(found)):
        neighbours.setdefault(first, set()).add(second)
        neighbours.setdefault(second, set()).add(first)
    while frontier:
        reached |= frontier
        frontier = {other for pattern in frontier for other in neighbours.get(pattern, ())} - reached
    assert reached == {region.pattern for region in found}


@pytest.mark.parametrize("cuts", [(3,), (1, 1), (2, 3), (0, 2), (1, 2, 3), (2, 0, 2)])
def test_a_grid_has_for_each_axis_its_cuts_times_the_intervals_of_the_others(cuts):
    n = len(cuts)
    rows = [(-k, *(int(i == axis) for i in range(n))) for axis, count in enumerate(cuts) for k in range(count)]
    facets = _facets(hyperplane_arrangement(rows), Box.cube(n, radius=9))
    for axis in range(n):
        expected = cuts[axis]
        for other in range(n):
            expected *= cuts[other] + 1 if other != axis else 1
        assert sum(bool(facet.hyperplane[1 + axis]) for facet in facets) == expected
    assert all(sum(map(bool, facet.hyperplane[1:])) == 1 for facet in facets)


@pytest.mark.parametrize("n, count", [(1, 4), (2, 1), (2, 5), (3, 4)])
def test_each_hyperplane_in_general_position_is_cut_by_the_others_into_its_facets(n, count):
    rows = [(t ** (n + 1), *(t**k for k in range(n))) for t in range(1, count + 1)]
    facets = _facets(hyperplane_arrangement(rows), Polyhedron(n))
    per_hyperplane = sum(comb(count - 1, k) for k in range(n))
    assert sorted(Counter(facet.hyperplane for facet in facets).values()) == [per_hyperplane] * count


@FEWER
@given(st.integers(2, 3), st.data())
def test_the_facets_on_a_hyperplane_are_the_regions_of_the_arrangement_that_the_others_leave_there(n, data):
    size = data.draw(st.integers(1, 5))
    row = st.tuples(*[st.integers(-2, 2)] * (n + 1))
    rows = data.draw(st.lists(row, min_size=size, max_size=size).filter(lambda rows: any(any(row[1:]) for row in rows)))
    counts = Counter(facet.hyperplane for facet in _facets(hyperplane_arrangement(rows), Polyhedron(n)))
    for hyperplane, count in counts.items():
        frame = solve_equations([hyperplane], n).frame
        left = [substitute(row, frame) for row in rows]
        induced = hyperplane_arrangement([form for form in left if any(form[1:])] or [[1, *[0] * (n - 1)]])
        assert count == len(enumerate_regions(induced, Polyhedron(n - 1)))


def test_the_border_of_the_domain_is_no_facet():
    assert _facets(hyperplane_arrangement([(1, 1, 0), (1, -1, 0), (2, 0, 1)]), Box.cube(2)) == []


def test_a_network_of_one_region_has_no_facets():
    assert _facets(relu_network([[[1, 1]]]), Polyhedron(2)) == []


def test_parallel_and_repeated_neurons_make_one_facet_for_each_hyperplane():
    rows = [(0, 1, 0), (0, 2, 0), (0, -1, 0), (1, 1, 0), (1, 1, 0)]
    assert Counter(facet.hyperplane for facet in _facets(hyperplane_arrangement(rows), Polyhedron(2))) == {
        (0, 1, 0): 1,
        (1, 1, 0): 1,
    }


def test_the_maximum_of_three_forms_has_three_facets():
    facets = _facets(maxout_network([[[[0, 0], [1, 0], [0, 1]]], [[1]]]), Polyhedron(2))
    assert sorted(_keys(facets)) == [((0, 0, 1), (2,), (0,)), ((0, 1, -1), (1,), (2,)), ((0, 1, 0), (1,), (0,))]


def _gate_then_relu():
    """Return the network that is y0 = y where x > 0 and else 0, then y1 = relu(y0): the left half is one cell."""
    builder = ProgramBuilder(2)
    y = builder.add_unit([({}, {}), ({1: 1}, {2: 1})])
    z = builder.add_unit([({}, {}), ({y: 1}, {y: 1})])
    return builder.build([{z: 1}])


def test_a_facet_is_split_where_a_later_unit_splits_the_other_side():
    facets = _facets(_gate_then_relu(), Box.cube(2))
    assert sorted(_keys(facets)) == [
        ((0, 0, 1), (1, 1), (1, 0)),
        ((0, 1, 0), (1, 0), (0, 0)),
        ((0, 1, 0), (1, 1), (0, 0)),
    ]
    upper = {facet.positive.pattern: facet.point[1] > 0 for facet in facets if facet.hyperplane == (0, 1, 0)}
    assert upper == {(1, 1): True, (1, 0): False}


def test_a_facet_is_split_from_either_side_of_its_hyperplane():
    builder = ProgramBuilder(2)
    y = builder.add_unit([({1: 1}, {2: 1, 0: -3}), ({}, {2: 1})])
    builder.add_unit([({}, {}), ({y: 1, 0: 1}, {})])
    facets = _facets(builder.build([{}]), Box.cube(2, radius=5))
    assert sorted(_keys(facets)) == [
        ((0, 1, 0), (0, 0), (1, 0)),
        ((0, 1, 0), (0, 0), (1, 1)),
        ((0, 1, 0), (0, 1), (1, 1)),
        ((1, 0, 1), (1, 1), (1, 0)),
        ((2, 0, -1), (0, 0), (0, 1)),
    ]


def test_a_staircase_has_a_facet_at_each_step():
    builder = ProgramBuilder(1)
    steps = [builder.add_unit([({}, {}), ({0: -k, 1: 1}, {0: 1})]) for k in range(5)]
    facets = _facets(builder.build([dict.fromkeys(steps, 1)]), Polyhedron(1))
    assert sorted(facet.point for facet in facets) == [(k,) for k in range(5)]


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_the_facets_of_a_partial_arrangement_are_not_known(limit):
    program = hyperplane_arrangement([(0, 1, 0), (0, 0, 1)])
    partial = enumerate_regions(program, Polyhedron(2), budget=Budget(max_regions=limit))
    with pytest.raises(InvalidArgument):
        list(interior_facets(partial))
