"""What the fast ways to join cells rest on: bundles, reductions, cells that are simple; and that they are fast."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exactgeo import Box, Polyhedron, ProgramBuilder, affine_classes, enumerate_regions, evaluate, relu_network
from exactgeo.complexes.descents import Descents
from exactgeo.complexes.joining.bundles import Bundles
from exactgeo.complexes.joining.known_cells import KnownCells
from exactgeo.complexes.joining.reductions import reduced
from exactgeo.complexes.joining.regions import join_by_free_flips
from exactgeo.complexes.joining.simple_cells import are_simple
from exactgeo.complexes.steps import Steps
from exactgeo.networks.branches import descend
from exactgeo.strategies import domains, programs, relu_networks

FEWER = settings(max_examples=settings().max_examples // 4)
ANY_PROGRAM = relu_networks(max_inputs=3, max_units=7) | programs(max_inputs=2, max_units=5)
X, ONE, ZERO = {1: 1}, {0: 1}, {}


@st.composite
def _questions(draw, networks=ANY_PROGRAM):
    program = draw(networks)
    return program, draw(domains(program.inputs))


def _bundles(program):
    bundles = Bundles.of(program)
    return {tuple(bundles.bundle(k)) for k in range(len(bundles.mixed))}


def test_units_that_compare_multiples_of_a_form_are_one_bundle():
    network = relu_network([[[1, 2], [0, 1], [-2, -4], ["1/3", "2/3"]], [[1, 1, 1, 1]]], [[3, 0, -6, 1], [0]])
    assert _bundles(network) == {((0, 0, 1), (2, 1, 0), (3, 0, 1)), ((1, 0, 1),)}


def test_the_same_weights_in_another_layer_are_another_bundle():
    builder = ProgramBuilder(1)
    y = builder.add_unit([(ZERO, ZERO), (X, X)])
    builder.add_unit([(ZERO, {y: 1}), (X, X)])
    assert _bundles(builder.build([{3: 1}])) == {((0, 0, 1),), ((1, 0, 1),)}


def test_each_pair_of_pieces_of_a_larger_unit_is_a_bundle():
    builder = ProgramBuilder(1)
    builder.add_unit([(ZERO, ZERO), (X, X), ({1: 2}, X)])
    assert _bundles(builder.build([{2: 1}])) == {((0, 0, 1),), ((0, 0, 2),), ((0, 1, 2),)}


def test_units_are_free_if_no_selector_depends_on_them():
    """y0 is shown only; y1 decides y2; y3 is in the value of y4, which decides y5."""
    builder = ProgramBuilder(1)
    for selector, value in [(X, X), ({0: 1, 1: 1}, X), ({3: 1, 0: -2}, X), ({0: 5, 1: 1}, X)]:
        builder.add_unit([(ZERO, ZERO), (selector, value)])
    builder.add_unit([(ZERO, {5: 1}), ({0: 7, 1: 1}, ZERO)])
    builder.add_unit([(ZERO, ZERO), ({6: 1, 0: -1}, X)])
    bundles = Bundles.of(builder.build([{2: 1}]))
    assert {bundles.bundle(k)[0][0] for k in bundles.free} == {0, 2, 5}


def _sets_after_free_flips(program, domain):
    found = enumerate_regions(program, domain, engine="certified")
    cells = KnownCells(found, affine_classes(found), Steps(len(found), "regions", 9))
    join_by_free_flips(cells)
    return len(set(cells.leading_regions().tolist())), len(found)


def test_free_flips_alone_join_what_one_layer_hides():
    """relu(z) - relu(-z) = z for lines z: the summands cancel, and |x| - 1 stays."""
    rng = np.random.default_rng(1)
    lines = rng.integers(-9, 9, (12, 2)).tolist()
    biases = rng.integers(-5, 5, 12).tolist()
    weights = [row for a, b in lines for row in ([a, b], [-a, -b])] + [[1, 0], [-1, 0]]
    outputs = [1, -1] * 12 + [1, 1]
    program = relu_network([weights, [outputs]], [[s * b for b in biases for s in (1, -1)] + [0, 0], [0]])
    sets, regions = _sets_after_free_flips(program, Box.cube(2))
    assert (sets, regions > 30) == (2, True)


def test_cells_of_a_dead_layer_are_one_without_a_question():
    program = relu_network([[[1], [2], [-1]], [[1, 1, 1]], [[1]]], [[0, 1, "1/2"], [-100], [0]])
    sets, regions = _sets_after_free_flips(program, Box.cube(1))
    assert (sets, regions) == (1, 4)


@FEWER
@given(_questions(), st.data())
def test_a_reduced_program_is_the_same_function(question, data):
    program, domain = question
    found = enumerate_regions(program, domain)
    small = reduced(program, found.patterns).program
    for region in found:
        assert descend(found.forms, region.pattern)[0].outputs() == found.affine_map(region)
        assert evaluate(small, region.witness).outputs == evaluate(program, region.witness).outputs
    if len(found) > 1:  # on a border, too
        first, second = (data.draw(st.sampled_from(list(found))).witness for _ in range(2))
        between = [(a + b) / 2 for a, b in zip(first, second, strict=True)]
        assert evaluate(small, between).outputs == evaluate(program, between).outputs


@FEWER
@given(_questions())
def test_a_reduced_program_has_the_patterns_that_are_left(question):
    program, domain = question
    found = enumerate_regions(program, domain)
    reduction = reduced(program, found.patterns)
    left = sorted({tuple(row) for row in found.patterns[:, reduction.units].tolist()})
    assert [region.pattern for region in enumerate_regions(reduction.program, domain)] == left


def test_units_that_do_not_matter_are_left_out():
    builder = ProgramBuilder(1)
    seen = builder.add_unit([(ZERO, ZERO), (X, X)])
    builder.add_unit([(ZERO, ZERO), ({1: 2, 0: 1}, ONE)])  # not seen
    alike = builder.add_unit([(ZERO, X), ({1: 3}, X)])  # x, whatever is chosen
    program = builder.build([{seen: 1, alike: 1}])
    found = enumerate_regions(program, Polyhedron(1))
    reduction = reduced(program, found.patterns)
    assert reduction.units.tolist() == [0]
    assert evaluate(reduction.program, [5]).outputs == (10,)


@FEWER
@given(_questions())
def test_simple_cells_are_not_flat_and_share_no_hyperplane_among_bundles(question):
    found = enumerate_regions(*question)
    bundles = Bundles.of(question[0])
    number = {unit: k for k in range(len(bundles.mixed)) for unit, *_ in bundles.bundle(k) if len(_) == 2}
    counts = np.diff(question[0].units.starts)
    simple = are_simple(question[0], found.patterns, bundles)
    descents = Descents(found.forms)
    for region, is_simple in zip(found, simple.tolist(), strict=True):
        owners = {}
        for unit, rival, row in descents.comparisons(region.pattern):
            owner = ("bundle", number[unit]) if counts[unit] == 2 else (unit, rival)
            owners.setdefault(row if any(row) else 0, set()).add(owner)
        assert not is_simple or (0 not in owners and all(len(own) == 1 for own in owners.values()))


def test_generic_cells_are_simple():
    program = relu_network([[[1, 2], [3, -1], [1, 1]], [[1, 2, 3], [2, -1, 5]], [[1, 1]]], [[1, 2, 3], [-1, -2], [0]])
    found = enumerate_regions(program, Box.cube(2))
    assert are_simple(program, found.patterns, Bundles.of(program)).sum() >= len(found) // 2


@pytest.mark.parametrize("pieces", [9, 12])
def test_units_of_many_pieces_are_left_to_linear_programs(pieces):
    builder = ProgramBuilder(1)
    builder.add_unit([({1: k, 0: -k * k}, ZERO) for k in range(pieces)])
    program = builder.build([{2: 1}])
    found = enumerate_regions(program, Polyhedron(1))
    assert not Bundles.of(program).is_complete
    assert not are_simple(program, found.patterns, Bundles.of(program)).any()
    assert len(affine_classes(found)) == 1


@FEWER
@given(_questions(), st.randoms(use_true_random=False))
def test_descents_in_any_order_are_those_from_the_root(question, chance):
    found = enumerate_regions(*question)
    descents = Descents(found.forms)
    for _ in range(20):
        region = chance.choice(list(found))
        if chance.random() < 0.5:
            assert descents.affine_map(region.pattern) == found.affine_map(region)
        else:
            compared = descents.comparisons(region.pattern)
            assert tuple(row for *_, row in compared if any(row)) == found.rows(region)
            assert {unit for unit, _, row in compared if not any(row)} == set(found.flat_units(region))
