"""Walks on a hyperplane and infinitely close to it."""

from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from oracles.affine import solve_equations
from oracles.brute_force import _cells
from oracles.simplex import strictly_feasible
from oracles.translation import plain_program, plain_rows

from exactgeo import Box, Polyhedron, ProgramBuilder, enumerate_regions, hyperplane_arrangement, restrict
from exactgeo.arithmetic.affine import primitive
from exactgeo.enumeration.reference import Germ, walk
from exactgeo.networks.branches import LayeredForms
from exactgeo.strategies import domains, programs, relu_networks

FEWER = settings(max_examples=settings().max_examples // 4)


@st.composite
def _questions(draw):
    """Draw a program, a domain's rows, and a hyperplane: one of a cell's rows as often as any other."""
    program = draw(programs(max_inputs=3, max_units=4) | relu_networks(max_inputs=3, max_units=4))
    domain = draw(domains(program.inputs))
    found = enumerate_regions(program, domain)
    rows = [row for region in found for row in found.rows(region) if any(row[1:])]
    free = st.tuples(*[st.integers(-2, 2)] * (program.inputs + 1)).filter(lambda row: any(row[1:])).map(primitive)
    hyperplane = draw(st.sampled_from(rows) | free) if rows else draw(free)
    polyhedron = domain.polyhedron if isinstance(domain, Box) else domain
    return program, polyhedron, hyperplane


def _patterns(program, rows, germ):
    return [cell.branch.pattern for cell in walk(LayeredForms(program), rows, germ)]


@FEWER
@given(_questions(), st.sampled_from([1, -1]))
def test_the_patterns_beside_a_hyperplane_are_those_of_the_cells_that_reach_it_from_there(question, side):
    program, domain, hyperplane = question
    assume(hyperplane not in domain.inequalities)
    found = _patterns(program, domain.inequalities, Germ(hyperplane, side))
    towards = tuple(side * value for value in hyperplane)
    away = tuple(-value for value in towards)
    expected = []
    for cell in _cells(plain_program(program), plain_rows(domain), prune=True):
        if away not in cell.rows:
            rest = [row for row in cell.rows if row != towards]
            if strictly_feasible(rest, [hyperplane], program.inputs) is not None:
                expected.append(cell.pattern)
    assert found == sorted(expected)


@FEWER
@given(_questions())
def test_the_patterns_on_a_hyperplane_are_those_of_the_network_restricted_to_it(question):
    program, domain, hyperplane = question
    assume(program.inputs > 1)
    frame = solve_equations([hyperplane], program.inputs).frame
    directions, origin = [form[1:] for form in frame[1:]], [form[0] for form in frame[1:]]
    rows = [_pulled_back(row, directions, origin) for row in domain.inequalities]
    found = _patterns(program, domain.inequalities, Germ(hyperplane, 0))
    if (
        any(not any(row[1:]) and row[0] <= 0 for row in rows)
        or Polyhedron(len(directions[0]), rows).interior_point() is None
    ):
        assert found == []
    else:
        restricted = enumerate_regions(restrict(program, directions, origin), Polyhedron(len(directions[0]), rows))
        assert found == [region.pattern for region in restricted]


def _pulled_back(row, directions, origin):
    constant = row[0] + sum(a * q for a, q in zip(row[1:], origin, strict=True))
    linear = [sum(a * p[k] for a, p in zip(row[1:], directions, strict=True)) for k in range(len(directions[0]))]
    return (constant, *linear)


@FEWER
@given(_questions(), st.sampled_from([1, 0, -1]))
def test_a_witness_lies_on_the_hyperplane_and_satisfies_the_cell_s_rows(question, side):
    program, domain, hyperplane = question
    for cell in walk(LayeredForms(program), domain.inequalities, Germ(hyperplane, side)):
        assert _value(hyperplane, cell.witness) == 0
        assert all(_value(row, cell.witness) > 0 for row in cell.rows)


def _value(row, x):
    return row[0] + sum(a * b for a, b in zip(row[1:], x, strict=True))


@FEWER
@given(_questions())
def test_a_walk_without_a_germ_finds_the_regions(question):
    program, domain, _ = question
    expected = [region.pattern for region in enumerate_regions(program, domain)]
    assert _patterns(program, domain.inequalities, None) == expected


@FEWER
@given(_questions(), st.sampled_from([1, 0, -1]))
def test_patterns_come_in_increasing_order_on_a_hyperplane_too(question, side):
    program, domain, hyperplane = question
    assert all(a < b for a, b in pairwise(_patterns(program, domain.inequalities, Germ(hyperplane, side))))


SIDES = {
    "relu": ([({}, {}), ({1: 1}, {1: 1})], {1: [(1,)], 0: [(0,)], -1: [(0,)]}),
    "relu the other way": ([({}, {}), ({1: -1}, {1: 1})], {1: [(0,)], 0: [(0,)], -1: [(1,)]}),
    "relu with the pieces exchanged": ([({1: 1}, {1: 1}), ({}, {})], {1: [(0,)], 0: [(0,)], -1: [(1,)]}),
    "a third selector that ties": ([({1: 1}, {}), ({1: -1}, {}), ({}, {})], {1: [(0,)], 0: [(0,)], -1: [(1,)]}),
    "a third selector that ties, first": ([({}, {}), ({1: 1}, {}), ({1: -1}, {})], {1: [(1,)], 0: [(0,)], -1: [(2,)]}),
    "slopes of one sign": ([({1: 1}, {}), ({1: 3}, {}), ({1: 2}, {})], {1: [(1,)], 0: [(0,)], -1: [(0,)]}),
    "equal selectors": ([({1: 1}, {}), ({1: 1}, {}), ({}, {})], {1: [(0,)], 0: [(0,)], -1: [(2,)]}),
    "another hyperplane": ([({}, {}), ({0: 1, 1: 1}, {})], {1: [(1,)], 0: [(1,)], -1: [(1,)]}),
    "a crossing hyperplane": ([({}, {}), ({2: 1}, {})], {side: [(0,), (1,)] for side in (1, 0, -1)}),
}


@pytest.mark.parametrize("side", [1, 0, -1])
@pytest.mark.parametrize("pieces, expected", SIDES.values(), ids=SIDES.keys())
def test_what_a_unit_does_close_to_the_hyperplane_where_x_is_0(pieces, expected, side):
    builder = ProgramBuilder(2)
    builder.add_unit(pieces)
    assert _patterns(builder.build([{3: 1}]), (), Germ((0, 1, 0), side)) == expected[side]


def test_a_hyperplane_outside_the_open_set_has_no_patterns():
    program = hyperplane_arrangement([(0, 1, 0)])
    for hyperplane in ((-1, 1, 0), (-2, 1, 0)):
        assert _patterns(program, Box.cube(2).polyhedron.inequalities, Germ(hyperplane, 1)) == []


def test_rows_that_hold_all_over_the_domain_s_bounds_are_left_out():
    program = hyperplane_arrangement([(5, 1), (0, 1), (1, 1)])
    box = Box.cube(1).polyhedron.inequalities
    found = {cell.branch.pattern: cell.rows for cell in walk(LayeredForms(program), box)}
    assert found == {(1, 0, 1): (*box, (0, -1)), (1, 1, 1): (*box, (0, 1))}


def test_a_walk_stops_when_it_is_told_to():
    program = hyperplane_arrangement([(0, 1, 0), (0, 0, 1)])
    asked = []

    def keep_going(stack):
        asked.append([cell.branch.pattern for cell in stack])
        return len(asked) < 4

    found = [cell.branch.pattern for cell in walk(LayeredForms(program), (), keep_going=keep_going)]
    assert found == [(0, 0)]
    assert asked == [[()], [(1,), (0,)], [(1,), (0, 1), (0, 0)], [(1,), (0, 1)]]


def test_an_open_set_that_is_empty_has_no_patterns():
    assert _patterns(hyperplane_arrangement([(0, 1)]), ((0, 1), (0, -1)), None) == []
