"""Whether a network's outputs stay the same when its input is rotated: shown by its layers, decided, or refuted."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exactgeo.analyses.gated import Invariant, rotated, rotation_invariance
from exactgeo.analyses.invariances import Different
from exactgeo.errors import DimensionMismatch
from exactgeo.networks.gated import GatedNetwork, LayersBuilder, rectified_network
from exactgeo.networks.programs import ProgramBuilder
from exactgeo.strategies import gated_networks, points


def convolutional(shape, window, *, stride=1, padding=1, is_circular=True):
    builder = LayersBuilder()
    hidden = builder.convolution(
        builder.source(shape), window, [-1] * len(window), stride=stride, padding=padding, is_circular=is_circular
    )
    builder.dense(builder.average(builder.gate(hidden)), [[1] * len(window)], [2])
    return GatedNetwork(builder.layers)


def test_circular_convolutions_are_shown_to_be_invariant():
    assert rotation_invariance(convolutional((1, 4), [[[1, -2, 3]], [[0, 1, 1]]]), (1, 4)) == Invariant(())
    window = [[[[1, 2, 0], [0, 1, 0], [-1, 0, 1]]]]
    assert rotation_invariance(convolutional((1, 3, 4), window), (1, 3, 4)) == Invariant(())


@pytest.mark.parametrize("options", [{"is_circular": False}, {"stride": 2}])
def test_zero_padding_and_strides_are_refuted_by_a_point(options):
    network = convolutional((1, 4), [[[1, -2, 3]]], **options)
    found = rotation_invariance(network, (1, 4))
    assert isinstance(found, Different)
    assert network.outputs(found.point) == found.first
    assert network.outputs(rotated(found.point, (1, 4), (1,))) == found.second != found.first


def test_what_the_layers_do_not_show_is_decided():
    """The sum of the rectified coordinates, spelled with weights of its own for each; and one with another weight."""
    for last, is_same in (([1, 1], True), ([1, 2], False)):
        network = rectified_network([[[1, 0], [0, 1]], [last]])
        found = rotation_invariance(network, (1, 2))
        assert isinstance(found, Invariant if is_same else Different)
    assert len(rotation_invariance(rectified_network([[[1, 0], [0, 1]], [[1, 1]]]), (1, 2)).equalities) == 1


def test_gates_from_elsewhere_are_looked_at():
    builder = LayersBuilder()
    node = builder.gate(builder.convolution(builder.source((1, 2)), [[[1]]]))
    builder.dense(builder.average(node), [[1]])
    for rows, is_same in (([{1: 1}, {2: 1}], True), ([{1: 1}, {1: 1}], False), ([{0: 1}, {0: 1}], True)):
        network = GatedNetwork(builder.layers, ProgramBuilder(2).build(rows))
        assert isinstance(rotation_invariance(network, (1, 2)), Invariant) == is_same


@settings(max_examples=100)
@given(gated_networks(max_layers=3), st.data())
def test_no_point_contradicts_the_answer(network, data):
    shape = data.draw(st.sampled_from([(1, network.inputs), (network.inputs, 1)]))
    found = rotation_invariance(network, shape)
    if isinstance(found, Different):
        assert network.outputs(found.point) == found.first != found.second
        assert network.outputs(rotated(found.point, shape, (1,))) == found.second
        return
    grid = list(product((-1, 0, 2), repeat=network.inputs))
    for x in [*grid, data.draw(points(network.inputs))]:
        for steps in range(shape[1]):
            assert network.outputs(rotated(x, shape, (steps,))) == network.outputs(x)


def test_shapes_are_those_of_the_input():
    with pytest.raises(DimensionMismatch, match=r"an input of shape \(1, 3\) for 4 inputs"):
        rotation_invariance(convolutional((1, 4), [[[1, 2, 3]]]), (1, 3))
