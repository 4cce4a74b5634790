"""Cells, rows, maps and flat units of an arrangement's regions; and finding the region of a point."""

import pickle
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles.brute_force import _cells
from oracles.translation import fraction, plain_program, plain_rows

from exactgeo import Box, Polyhedron, ProgramBuilder, affine_map, enumerate_regions, evaluate, hyperplane_arrangement
from exactgeo.errors import DimensionMismatch, InexactNumber
from exactgeo.strategies import domains, points, programs, relu_networks

FEWER = settings(max_examples=settings().max_examples // 5)
CROSS = enumerate_regions(hyperplane_arrangement([(0, 1, 0), (0, 0, 1)]), Box.cube(2))


@st.composite
def _questions(draw):
    program = draw(programs(max_inputs=2, max_units=4) | relu_networks(max_inputs=2, max_units=5))
    return program, draw(domains(program.inputs))


def _value(row, x):
    return row[0] + sum(a * b for a, b in zip(row[1:], x, strict=True))


@FEWER
@given(_questions())
def test_the_rows_and_maps_of_the_regions_are_those_of_brute_force(question):
    program, domain = question
    found = enumerate_regions(program, domain)
    expected = {cell.pattern: cell for cell in _cells(plain_program(program), plain_rows(domain), prune=True)}
    assert found.by_pattern.keys() == expected.keys()
    for region in found:
        cell = expected[region.pattern]
        assert {*found.domain.inequalities, *found.rows(region)} == cell.rows
        assert tuple(tuple(map(fraction, form.coefficients)) for form in found.affine_map(region)) == cell.outputs


@FEWER
@given(_questions())
def test_a_closed_cell_is_the_domain_s_rows_and_then_the_region_s(question):
    found = enumerate_regions(*question)
    for region in found:
        cell = found.cell(region)
        expected = Polyhedron(found.program.inputs, [*found.domain.inequalities, *found.rows(region)])
        assert cell == expected and cell.contains_inside(region.witness)


@FEWER
@given(_questions())
def test_a_region_s_map_is_that_of_its_pattern(question):
    found = enumerate_regions(*question)
    assert all(found.affine_map(region) == affine_map(found.program, region.pattern) for region in found)


@FEWER
@given(_questions(), st.data())
def test_a_point_is_located_in_the_region_whose_open_cell_holds_it(question, data):
    program, domain = question
    found = enumerate_regions(program, domain)
    x = data.draw(points(program.inputs) | st.sampled_from([region.witness for region in found]))
    holding = [region for region in found if found.cell(region).contains_inside(x)]
    assert found.locate(x) == (holding[0] if holding else None) and len(holding) <= 1


@FEWER
@given(_questions())
def test_every_witness_is_located_in_its_own_region(question):
    found = enumerate_regions(*question)
    assert [found.locate(region.witness) for region in found] == list(found)


@FEWER
@given(_questions(), st.data())
def test_the_midpoint_of_two_witnesses_evaluates_to_the_region_that_holds_it(question, data):
    program, domain = question
    found = enumerate_regions(program, domain)
    first, second = (data.draw(st.sampled_from(found.regions)).witness for _ in range(2))
    middle = [(a + b) / 2 for a, b in zip(first, second, strict=True)]
    located = found.locate(middle)
    assert located is None or located.pattern == evaluate(program, middle).pattern


LOCATIONS = {
    "inside": (("1/2", "-1/3"), (1, 0)),
    "close to a border": ((Fraction(1, 10**50), Fraction(1, 10**60)), (1, 1)),
    "on one border": ((0, "1/2"), None),
    "on the other border": (("1/2", 0), None),
    "where two borders meet": ((0, 0), None),
    "on the border of the domain": ((1, "1/2"), None),
    "in a corner of the domain": ((-1, -1), None),
    "outside the domain": ((2, "1/2"), None),
    "far outside the domain": ((-(10**40), 10**40), None),
}


@pytest.mark.parametrize("x, pattern", LOCATIONS.values(), ids=LOCATIONS.keys())
def test_a_point_is_located(x, pattern):
    found = CROSS.locate(x)
    assert (found.pattern if found else None) == pattern


@pytest.mark.parametrize("x", [(), (1,), (1, 2, 3)])
def test_a_point_of_the_wrong_dimension_is_refused(x):
    with pytest.raises(DimensionMismatch):
        CROSS.locate(x)


def test_a_point_with_a_float_is_refused():
    with pytest.raises(InexactNumber):
        CROSS.locate((0.5, 0.5))


def test_the_coordinates_of_a_point_may_come_one_by_one():
    assert CROSS.locate(iter(("1/2", "-1/3"))).pattern == (1, 0)


def test_a_point_on_a_border_is_in_no_region_even_if_it_evaluates_to_a_pattern():
    builder = ProgramBuilder(1)
    builder.add_unit([({}, {}), ({1: 1}, {1: 1})])
    found = enumerate_regions(builder.build([{2: 1}]), Box.cube(1))
    assert evaluate(found.program, [0]).pattern == (0,) and found.locate([0]) is None


def test_a_point_that_no_border_passes_through_is_in_a_region_though_units_are_flat():
    builder = ProgramBuilder(1)
    builder.add_unit([({1: 1}, {}), ({1: 1}, {0: 1})])
    found = enumerate_regions(builder.build([{2: 1}]), Box.cube(1))
    assert found.locate([0]).pattern == (0,)


def test_the_flat_units_are_those_in_which_the_chosen_selector_has_an_equal():
    builder = ProgramBuilder(1)
    y = builder.add_unit([({}, {}), ({1: 1}, {1: 1})])
    builder.add_unit([({y: 1}, {}), ({}, {0: 1}), ({0: -1}, {})])
    builder.add_unit([({1: 1}, {}), ({1: 1}, {}), ({0: 9}, {})])
    builder.add_unit([({0: 9}, {}), ({1: 1}, {}), ({1: 1}, {})])
    found = enumerate_regions(builder.build([{}]), Box.cube(1))
    flat = {region.pattern: found.flat_units(region) for region in found}
    assert flat == {(0, 0, 2, 0): (1,), (1, 0, 2, 0): ()}


def test_an_arrangement_is_a_sequence_of_its_regions():
    assert len(CROSS) == 4 and list(CROSS) == list(CROSS.regions)
    assert CROSS.by_pattern == {region.pattern: region for region in CROSS}


def test_an_arrangement_survives_pickling_after_use():
    assert CROSS.locate(("1/2", "1/2")) is not None
    again = pickle.loads(pickle.dumps(CROSS))
    assert again == CROSS and again.locate(("1/2", "1/2")) == CROSS.locate(("1/2", "1/2"))


def test_an_arrangement_shows_its_size_and_not_its_regions():
    assert repr(CROSS) == f"<Arrangement: 4 regions of {CROSS.program!r} by certified>"
