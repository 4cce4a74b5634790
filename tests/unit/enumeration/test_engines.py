"""What enumerate_regions returns and refuses."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exactgeo import (
    Arrangement,
    Box,
    Polyhedron,
    ProgramBuilder,
    count_regions,
    enumerate_regions,
    evaluate,
    hyperplane_arrangement,
    relu_network,
)
from exactgeo.enumeration import ENGINES
from exactgeo.errors import DimensionMismatch, EmptyDomain, ExactGeoError, InvalidArgument
from exactgeo.strategies import domains, programs, relu_networks

FEWER = settings(max_examples=settings().max_examples // 4)
CROSS = hyperplane_arrangement([(0, 1, 0), (0, 0, 1)])


@st.composite
def _questions(draw):
    program = draw(programs(max_inputs=3, max_units=5) | relu_networks(max_inputs=3, max_units=6))
    return program, draw(domains(program.inputs))


@FEWER
@given(_questions())
def test_the_regions_come_by_increasing_pattern_and_none_twice(question):
    patterns = [region.pattern for region in enumerate_regions(*question)]
    assert patterns == sorted(set(patterns)) and patterns


@FEWER
@given(_questions())
def test_a_witness_lies_inside_the_domain_and_evaluates_to_its_pattern(question):
    program, domain = question
    inside = domain.polyhedron if isinstance(domain, Box) else domain
    for region in enumerate_regions(program, domain):
        assert inside.contains_inside(region.witness)
        assert evaluate(program, region.witness).pattern == region.pattern


@FEWER
@given(_questions())
def test_the_same_question_has_the_same_answer(question):
    assert enumerate_regions(*question).regions == enumerate_regions(*question).regions


def test_a_box_and_its_polyhedron_are_the_same_domain():
    box = Box.cube(2)
    assert enumerate_regions(CROSS, box).regions == enumerate_regions(CROSS, box.polyhedron).regions


@pytest.mark.parametrize("engine", list(ENGINES))
def test_an_arrangement_knows_where_it_comes_from(engine):
    found = enumerate_regions(CROSS, Box.cube(2), engine=engine)
    assert isinstance(found, Arrangement)
    assert (found.program, found.domain, found.engine) == (CROSS, Box.cube(2).polyhedron, engine)


def test_the_certified_engine_is_the_default():
    assert enumerate_regions(CROSS, Box.cube(2)).engine == "certified"


def test_a_program_without_units_has_one_region():
    found = enumerate_regions(ProgramBuilder(2).build([{1: 1}]), Polyhedron(2))
    assert [region.pattern for region in found] == [()]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_unit_that_does_not_cut_a_box_of_many_dimensions_needs_no_linear_program(engine):
    network = hyperplane_arrangement([(1000, *[1] * 999), (-1000, *[1] * 999)])
    (region,) = enumerate_regions(network, Box.cube(999), engine=engine)
    assert region.pattern == (1, 0)


def test_all_of_space_is_a_domain():
    assert len(enumerate_regions(CROSS, Polyhedron(2))) == 4


@pytest.mark.parametrize("name", ["", "Reference", "fast", None])
def test_an_unknown_engine_is_refused_and_the_known_ones_named(name):
    with pytest.raises(InvalidArgument, match="there is certified, float, reference"):
        enumerate_regions(CROSS, Box.cube(2), engine=name)


def test_the_reference_engine_is_among_the_engines():
    assert "reference" in ENGINES


@pytest.mark.parametrize("dimension", [1, 3])
def test_a_domain_of_another_dimension_is_refused(dimension):
    with pytest.raises(DimensionMismatch):
        enumerate_regions(CROSS, Box.cube(dimension))


@pytest.mark.parametrize("rows", [[(0, 1, 0), (0, -1, 0)], [(-1, 1, 0), (0, -1, 0)], [(-1, 0, 0)]])
def test_a_domain_without_interior_is_refused(rows):
    with pytest.raises(EmptyDomain):
        enumerate_regions(CROSS, Polyhedron(2, rows))


TIED = {
    "a dead relu": ([({}, {}), ({}, {})], [(0,)]),
    "equal selectors": ([({1: 1}, {0: 1}), ({1: 1}, {0: 2})], [(0,)]),
    "equal selectors after a smaller one": ([({0: -3}, {}), ({1: 1}, {0: 1}), ({1: 1}, {0: 2})], [(0,), (1,)]),
    "a selector that is never largest": ([({1: 1}, {}), ({1: -1}, {}), ({0: -1}, {})], [(0,), (1,)]),
    "a selector that is largest in a point only": ([({1: 1}, {}), ({1: -1}, {}), ({}, {})], [(0,), (1,)]),
    "the same, first": ([({}, {}), ({1: 1}, {}), ({1: -1}, {})], [(1,), (2,)]),
    "constants": ([({0: 1}, {}), ({0: 3}, {}), ({0: 2}, {}), ({0: 3}, {})], [(1,)]),
    "proportional selectors": ([({1: 1}, {}), ({1: 2}, {}), ({1: 3}, {})], [(0,), (2,)]),
}


@pytest.mark.parametrize("question", [count_regions, enumerate_regions])
def test_floats_that_contradict_one_another_are_told_and_no_region_is_counted_twice(question):
    # The first unit is decided by a linear program; to the floats, 2^-1200 beside 1 is not a number.
    network = hyperplane_arrangement([(-1, 2**1200), (1, 2**1200)])
    with pytest.raises(ExactGeoError, match=r"the walk does not get to the prefix \(1,\)"):
        question(network, Polyhedron(1), engine="float")
    assert len(enumerate_regions(network, Polyhedron(1))) == 3


@pytest.mark.parametrize("pieces, patterns", TIED.values(), ids=TIED.keys())
def test_ties_leave_the_least_index_and_points_make_no_regions(pieces, patterns):
    builder = ProgramBuilder(1)
    builder.add_unit(pieces)
    found = enumerate_regions(builder.build([{2: 1}]), Box.cube(1, radius=5))
    assert [region.pattern for region in found] == patterns


def test_a_tie_that_holds_on_one_cell_only_is_seen_there():
    builder = ProgramBuilder(1)
    y = builder.add_unit([({}, {}), ({1: 1}, {1: 1})])
    builder.add_unit([({}, {}), ({y: 1}, {y: 1})])
    found = enumerate_regions(builder.build([{3: 1}]), Box.cube(1))
    assert [(region.pattern, found.flat_units(region)) for region in found] == [((0, 0), (1,)), ((1, 1), ())]


def test_weights_that_differ_in_the_last_bit_make_different_regions():
    slightly = 1 + 2**-52
    program = relu_network([np.array([[1.0, 1.0], [1.0, slightly]]), np.array([[1.0, 1.0]])])
    assert len(enumerate_regions(program, Box.cube(2))) == 4


def test_weights_that_are_equal_make_the_same_regions():
    program = relu_network([np.array([[0.1, 0.2], [0.1, 0.2]]), np.array([[1.0, 1.0]])])
    assert len(enumerate_regions(program, Box.cube(2))) == 2


@pytest.mark.parametrize("program", [None, "model.onnx", [[1]], Box.cube(2)], ids=lambda thing: type(thing).__name__)
def test_what_is_no_program_is_refused(program):
    with pytest.raises(InvalidArgument, match="is no program"):
        enumerate_regions(program, Box.cube(2))


@pytest.mark.parametrize("domain", [None, "box:-1,1", [(0, 1, 0)], CROSS], ids=lambda thing: type(thing).__name__)
def test_what_is_no_domain_is_refused(domain):
    with pytest.raises(InvalidArgument, match="is no domain"):
        enumerate_regions(CROSS, domain)
