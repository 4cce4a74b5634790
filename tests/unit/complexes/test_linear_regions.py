"""Linear regions and affine pieces of networks made by hand, discontinuous ones above all."""

from fractions import Fraction
from itertools import count, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exactgeo import (
    Box,
    Budget,
    Polyhedron,
    ProgramBuilder,
    affine_classes,
    affine_pieces,
    count_linear_regions,
    enumerate_regions,
    gated_network,
    hyperplane_arrangement,
    linear_regions,
    maxout_network,
    relu_network,
)
from exactgeo.errors import BudgetExhausted, InvalidArgument
from exactgeo.strategies import domains, programs, relu_networks

FEWER = settings(max_examples=settings().max_examples // 4)
ANY_PROGRAM = programs(max_inputs=2, max_units=5) | relu_networks(max_inputs=3, max_units=6)
X, Y, ONE, ZERO = {1: 1}, {2: 1}, {0: 1}, {}


def _counts(program, domain=None):
    found = enumerate_regions(program, domain or Polyhedron(program.inputs))
    return len(found), len(linear_regions(found)), len(affine_pieces(found))


def _program(inputs, *units, outputs=None):
    builder = ProgramBuilder(inputs)
    for unit in units:
        builder.add_unit(unit)
    return builder.build([{builder.environment_size - 1: 1}] if outputs is None else outputs)


RELUS = {
    "affine": (relu_network([[[3]]]), (1, 1, 1)),
    "one relu": (relu_network([[[1]], [[1]]]), (2, 2, 2)),
    "a relu that is not used": (relu_network([[[1]], [[0]]]), (2, 1, 1)),
    "relu(x) - relu(-x) = x": (relu_network([[[1], [-1]], [[1, -1]]]), (2, 1, 1)),
    "relu(x) + relu(-x) = |x|": (relu_network([[[1], [-1]], [[1, 1]]]), (2, 2, 2)),
    "a hat: the same map on either side": (
        relu_network([[[1], [1], [1]], [[1, -2, 1]]], [[1, 0, -1], [0]]),
        (4, 4, 3),
    ),
    "a zigzag": (relu_network([[[1]] * 4, [[1, -2, 2, -2]]], [[0, -1, -2, -3], [0]]), (5, 5, 5)),
    "a hat and its mirror: three times the same map": (
        relu_network([[[1]] * 6, [[1, -2, 1, -1, 2, -1]]], [[0, -1, -2, -4, -5, -6], [0]]),
        (7, 7, 5),
    ),
    "two outputs, one of them affine": (relu_network([[[1], [-1]], [[1, 1], [1, -1]]]), (2, 2, 2)),
    "the plane by a cross, summed away": (relu_network([[[1, 0], [-1, 0], [0, 1]], [[1, -1, 0]]]), (4, 1, 1)),
    "the plane by a cross, one line of it seen": (relu_network([[[1, 0], [0, 1]], [[1, 0]]]), (4, 2, 2)),
    "cells that meet in a point only": (
        relu_network([[[1, 0], [0, 1], [1, 1]], [[1, 1, -1]]]),
        (6, 6, 5),
    ),
    "the maximum of three": (maxout_network([[[[0, 0], [1, 0], [0, 1]]], [[1]]]), (3, 3, 3)),
    "three pieces of which one is never largest": (maxout_network([[[[1], [-1], [0]]], [[1]]]), (2, 2, 2)),
    "no outputs": (relu_network([[[1], [2]], [[0, 0]]], [[0, 1], [0]]), (3, 1, 1)),
}


@pytest.mark.parametrize("program, expected", RELUS.values(), ids=RELUS.keys())
def test_a_continuous_network_has_these_regions_linear_regions_and_pieces(program, expected):
    assert program.is_continuous and _counts(program) == expected


STEP = [(ZERO, ZERO), (X, ONE)]
HOLE = [(ZERO, ONE), (X, ZERO), ({1: -1}, ZERO)]
NO_HOLE = [(X, ZERO), ({1: -1}, ZERO), (ZERO, ONE)]
BROKEN = {
    "a step": (_program(1, STEP), (2, 2, 2)),
    "a value on the hyperplane alone": (_program(1, HOLE), (2, 2, 1)),
    "that piece last: it is never chosen": (_program(1, NO_HOLE), (2, 1, 1)),
    "a value on the hyperplane alone, in the plane": (_program(2, HOLE), (2, 2, 1)),
    "a gate with equal sides": (_program(1, [(ZERO, X), (X, X)]), (2, 1, 1)),
    "a gate with equal sides and an equal value between": (
        _program(1, [(ZERO, ONE), (X, ONE), ({1: -1}, ONE)]),
        (2, 1, 1),
    ),
    "a value on the hyperplane that agrees there": (_program(1, [(ZERO, ZERO), (X, X), ({1: -1}, X)]), (2, 1, 1)),
    "a value on the hyperplane that agrees in a point of it": (
        _program(2, [(ZERO, Y), (X, ZERO), ({1: -1}, ZERO)]),
        (2, 2, 1),
    ),
    "a hole in half of the hyperplane": (
        _program(2, [(ZERO, ZERO), (Y, ONE)], [(ZERO, {3: 1}), (X, ZERO), ({1: -1}, ZERO)]),
        (4, 1, 1),
    ),
    "a hole in half of the hyperplane that no cell ends at": (
        _program(2, [(ZERO, Y), (X, ZERO), ({1: -1}, ZERO)], [(ZERO, ZERO), ({3: 1}, ONE)]),
        (2, 1, 1),
    ),
    "a hole in the other half": (
        _program(2, [(ZERO, Y), (X, ZERO), ({1: -1}, ZERO)], [({3: -1}, ONE), (ZERO, ZERO)], outputs=[{0: -1, 4: 1}]),
        (2, 1, 1),
    ),
    "a hole in either half": (
        _program(2, [(ZERO, Y), (X, ZERO), ({1: -1}, ZERO)], [(ZERO, ZERO), ({3: -1}, ONE), ({3: 1}, {0: 2})]),
        (2, 2, 1),
    ),
    "another form with the same values on the hyperplane, in a discontinuous network": (
        _program(
            1, [(ZERO, {1: 5}), (X, ZERO), ({1: -1}, ZERO)], [(ZERO, ZERO), ({0: -1, 1: 1}, ONE)], outputs=[{2: 1}]
        ),
        (3, 1, 1),
    ),
    "a hole in all of the hyperplane, in two halves": (
        _program(2, [(ZERO, ONE), (Y, {0: 2})], [(ZERO, {3: 1}), (X, ZERO), ({1: -1}, ZERO)]),
        (4, 2, 1),
    ),
    "holes that shut off a quadrant": (
        _program(
            2,
            *([(ZERO, ZERO), (Y, ONE)], [(ZERO, {3: 1}), (X, ZERO), ({1: -1}, ZERO)]),
            *([(ZERO, ZERO), (X, ONE)], [(ZERO, {5: 1}), (Y, ZERO), ({2: -1}, ZERO)]),
            outputs=[{4: 1, 6: 1}],
        ),
        (4, 2, 1),
    ),
    "two holes with a bridge": (
        _program(
            1,
            [(ZERO, ONE), (X, ZERO), ({1: -1}, ZERO)],
            [(ZERO, ONE), ({0: -1, 1: 1}, ZERO), ({0: 1, 1: -1}, ZERO)],
            outputs=[{2: 1, 3: 1}],
        ),
        (3, 3, 1),
    ),
    "two holes that cancel": (
        _program(
            1,
            [(ZERO, ONE), (X, ZERO), ({1: -1}, ZERO)],
            [(ZERO, ONE), ({1: 2}, ZERO), ({1: -2}, ZERO)],
            outputs=[{2: 1, 3: -1}],
        ),
        (2, 1, 1),
    ),
    "a cell that reaches over a split facet": (
        _program(2, [(ZERO, ZERO), (X, Y)], [(ZERO, ZERO), ({3: 1}, {3: 1})]),
        (3, 2, 2),
    ),
    "a staircase": (
        _program(1, *([(ZERO, ZERO), ({0: -k, 1: 1}, ONE)] for k in range(5)), outputs=[dict.fromkeys(range(2, 7), 1)]),
        (6, 6, 6),
    ),
    "up and down the stairs": (
        _program(
            1,
            *([(ZERO, ZERO), ({0: -k, 1: 1}, {0: (-1) ** k})] for k in range(5)),
            outputs=[dict.fromkeys(range(2, 7), 1)],
        ),
        (6, 6, 2),
    ),
    "a staircase that is not seen": (
        _program(1, *([(ZERO, ZERO), ({0: -k, 1: 1}, ONE)] for k in range(3)), outputs=[X]),
        (4, 1, 1),
    ),
    "a sawtooth of gates": (
        _program(1, [(ZERO, X), ({0: -1, 1: 1}, {0: -1, 1: 1})], [(ZERO, {2: 1}), ({0: -2, 1: 1}, {0: -2, 1: 1})]),
        (3, 3, 3),
    ),
    "ties among three pieces": (
        _program(2, [(X, ZERO), (Y, ZERO), (ZERO, ONE)]),
        (3, 2, 2),
    ),
    "ties among three pieces, the odd one first": (
        _program(2, [(ZERO, ONE), (X, ZERO), (Y, ZERO)]),
        (3, 2, 2),
    ),
    "a tie that goes to the odd one": (
        _program(2, [({1: 1, 2: 1}, ONE), ({1: 2}, ZERO), ({2: 2}, ZERO)]),
        (2, 2, 1),
    ),
    "a tie that does not go to the odd one": (
        _program(2, [({1: 2}, ZERO), ({1: 1, 2: 1}, ONE), ({2: 2}, ZERO)]),
        (2, 1, 1),
    ),
    "a gated network whose gates are not seen": (gated_network([[[1]]], [[[0]], [[1]]], None, [[0], [5]]), (2, 1, 1)),
    "a gated network with a jump": (gated_network([[[1]]], [[[1]], [[1]]], None, [[1], [0]]), (2, 2, 2)),
}


@pytest.mark.parametrize("program, expected", BROKEN.values(), ids=BROKEN.keys())
def test_a_network_of_gates_and_ties_has_these_regions_linear_regions_and_pieces(program, expected):
    assert _counts(program) == expected


@pytest.mark.parametrize("radius", ["1/2", 1, 3])
def test_only_what_lies_in_the_domain_is_counted(radius):
    hat = relu_network([[[1], [1], [1]], [[1, -2, 1]]], [[1, 0, -1], [0]])
    expected = (4, 4, 3) if radius == 3 else (2, 2, 2)
    assert _counts(hat, Box.cube(1, radius=radius)) == expected


def test_a_domain_that_touches_a_hole_is_not_cut_by_it():
    assert _counts(_program(1, HOLE), Box((0,), (1,))) == (1, 1, 1)


@st.composite
def _questions(draw, networks=ANY_PROGRAM):
    program = draw(networks)
    return program, draw(domains(program.inputs))


@FEWER
@given(_questions())
def test_every_region_belongs_to_one_linear_region_and_has_its_map(question):
    found = enumerate_regions(*question)
    linear = linear_regions(found)
    assert sorted(region.pattern for part in linear for region in part.regions) == [r.pattern for r in found]
    assert all(found.affine_map(region) == part.affine_map for part in linear for region in part.regions)


@FEWER
@given(_questions())
def test_linear_regions_come_by_their_least_patterns(question):
    linear = linear_regions(enumerate_regions(*question))
    assert [part.regions[0].pattern for part in linear] == sorted(
        min(r.pattern for r in part.regions) for part in linear
    )
    assert all([r.pattern for r in part.regions] == sorted(r.pattern for r in part.regions) for part in linear)


@FEWER
@given(_questions())
def test_the_affine_pieces_are_the_regions_by_their_maps(question):
    found = enumerate_regions(*question)
    pieces = affine_pieces(found)
    assert sorted(region.pattern for regions in pieces.values() for region in regions) == [r.pattern for r in found]
    assert all(found.affine_map(region) == key for key, regions in pieces.items() for region in regions)


@FEWER
@given(_questions(relu_networks(max_inputs=1, max_units=6)))
def test_on_a_line_the_linear_regions_of_a_continuous_network_are_cut_where_the_slope_changes(question):
    found = enumerate_regions(*question)
    ordered = sorted(found, key=lambda region: region.witness)
    slopes = [[form.coefficients[1] for form in found.affine_map(region)] for region in ordered]
    changes = sum(a != b for a, b in pairwise(slopes))
    assert len(linear_regions(found)) == changes + 1


def test_maps_are_told_apart_however_little_they_differ():
    slightly = Fraction(1, 10**80)
    assert _counts(relu_network([[[1], [-1]], [[1 + slightly, -1]]])) == (2, 2, 2)


def test_affine_pieces_are_found_among_the_regions_known_so_far():
    program = hyperplane_arrangement([(0, 1), (1, 1)])
    partial = enumerate_regions(program, Polyhedron(1), budget=Budget(max_regions=2))
    assert len(affine_pieces(partial)) == 2


@pytest.mark.parametrize("steps", [0, 1, 3])
def test_a_budget_that_ends_leaves_no_count(steps):
    found = enumerate_regions(hyperplane_arrangement([(0, 1, 0), (0, 0, 1), (-1, 1, 1)]), Polyhedron(2))
    asked = count()
    with pytest.raises(BudgetExhausted, match="not counted: interrupted") as caught:
        linear_regions(found, Budget(is_cancelled=lambda: next(asked) >= steps))
    assert caught.value.partial is None


def test_no_time_at_all_is_no_count():
    found = enumerate_regions(hyperplane_arrangement([(0, 1)]), Polyhedron(1))
    with pytest.raises(BudgetExhausted, match="0 seconds"):
        linear_regions(found, Budget(max_seconds=0))


def test_a_budget_that_suffices_changes_nothing():
    found = enumerate_regions(hyperplane_arrangement([(0, 1), (1, 1)]), Polyhedron(1))
    assert linear_regions(found, Budget(max_seconds=3600)) == linear_regions(found)


def test_the_linear_regions_of_a_partial_arrangement_are_not_known():
    program = hyperplane_arrangement([(0, 1), (1, 1)])
    partial = enumerate_regions(program, Polyhedron(1), budget=Budget(max_regions=2))
    with pytest.raises(InvalidArgument, match="the limit of 2 regions was reached"):
        linear_regions(partial)


@FEWER
@given(_questions())
def test_progress_grows_with_the_regions_looked_at(question):
    found, told = enumerate_regions(*question), []
    linear_regions(found, on_progress=told.append)
    assert all(a.regions <= b.regions and a.fraction <= b.fraction for a, b in pairwise(told))
    assert all(0 <= progress.regions < len(found) and 0 <= progress.fraction < 1 for progress in told)


def test_the_classes_of_another_arrangement_are_refused():
    network = relu_network([[[1], [-1]], [[1, -1]]])
    here, there = (enumerate_regions(network, Box.cube(1, centre=[c])) for c in (0, "1/2"))
    classes = affine_classes(here)
    assert count_linear_regions(here, classes=classes) == 1
    with pytest.raises(InvalidArgument, match="another arrangement"):
        count_linear_regions(there, classes=classes)
