"""Path features, values and kernels, against walks over all ways through the network."""

from itertools import product

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from unit.analyses.gated.kernels.ways import feature, inner_product

from exactgeo.analyses.gated import (
    count_ways,
    expected_tangent_kernel,
    gram_matrix,
    neural_path_kernel,
    path_features,
    path_value,
)
from exactgeo.arithmetic.arrays import ExactArray
from exactgeo.arithmetic.rationals import Rational
from exactgeo.errors import DimensionMismatch, InvalidArgument
from exactgeo.networks import evaluate
from exactgeo.networks.gated import GatedNetwork, LayersBuilder, Weighted, deep_gated_network, rectified_network
from exactgeo.networks.programs import ProgramBuilder
from exactgeo.strategies import fully_connected, gated_networks, points

FEW = 3000  # ways, so that walking them all is quick


@st.composite
def networks_and_points(draw, count=2):
    network = draw(gated_networks() | fully_connected())
    assume(all(count_ways(network, output=k) <= FEW for k in range(network.output_count)))
    return network, [draw(points(network.inputs)) for _ in range(count)]


@given(networks_and_points())
def test_the_output_is_the_inner_product_of_feature_and_value(drawn):
    network, (x, _) = drawn
    for output in range(network.output_count):
        found = path_features(network, x, output=output)
        total = sum(value * path_value(network, path) for path, value in found.items())
        assert total == network.outputs(x)[output] == evaluate(network.program, x).outputs[output]


@given(networks_and_points())
def test_features_are_sums_over_the_ways_with_the_same_weights(drawn):
    network, (x, _) = drawn
    for output in range(network.output_count):
        found = path_features(network, x, output=output)
        assert {frozenset(path): value for path, value in found.items()} == feature(network, x, output)
        assert len({frozenset(path) for path in found}) == len(found)


@given(networks_and_points())
def test_the_kernel_is_the_inner_product_of_features(drawn):
    network, (x, y) = drawn
    for output in range(network.output_count):
        expected = inner_product(feature(network, x, output), feature(network, y, output))
        assert neural_path_kernel(network, x, y, output=output) == expected


@given(networks_and_points(count=3))
def test_gram_matrices_hold_the_kernels(drawn):
    network, given_points = drawn
    features = [feature(network, x) for x in given_points]
    expected = [[inner_product(a, b) for b in features] for a in features]
    assert [list(row) for row in gram_matrix(network, given_points)] == expected


@given(fully_connected(max_inputs=2, max_width=2, max_depth=2), st.data())
def test_fully_connected_features_are_those_of_the_definition(network, data):
    """Over all choices of an input node and a node in each layer: the input times the gates."""
    x = data.draw(points(network.inputs))
    gates = network.gates(x)
    source = [1] * network.layers[0].size if network.layers[0].is_ones else x
    has_biases = any(isinstance(layer, Weighted) and (layer.inputs == -1).any() for layer in network.layers)
    assume(not has_biases)
    expected = {}
    for nodes in product(range(len(source)), *(range(len(own)) for own in gates)):
        activity = all(own[node] for own, node in zip(gates, nodes[1:], strict=True))
        if source[nodes[0]] and activity:
            expected[nodes] = source[nodes[0]]
    found = path_features(network, x)
    assert sorted(found.values()) == sorted(expected.values())
    assert sum(found.values()) == sum(expected.values())


def _signed(network, signs, sigma):
    """Return the network with weights of the value network that are sigma times some signs."""
    layers, known = [], iter(signs)
    for layer in network.layers:
        if isinstance(layer, Weighted):
            values = [sigma * next(known) for _ in range(layer.weights.shape[0])]
            weights = ExactArray.of(values, (len(values),))
            taps = layer.units, layer.parameters, layer.inputs
            layers.append(Weighted(layer.source, layer.size, *taps, weights))
        else:
            layers.append(layer)
    return layers


def _gradient(layers, found, count):
    """Return the derivative by each weight of sum phi(p) v(p), by the product rule."""
    values = [list(layer.weights.flat()) if isinstance(layer, Weighted) else [] for layer in layers]
    starts, total = [], 0
    for own in values:
        starts.append(total)
        total += len(own)
    assert total == count
    gradient = [Rational(0)] * count
    for path, coefficient in found.items():
        for by in path:
            rest = Rational(1)
            for layer, number in path:
                if (layer, number) != by:
                    rest *= values[layer][number]
            gradient[starts[by[0]] + by[1]] += coefficient * rest
    return gradient


@given(gated_networks() | fully_connected(max_inputs=2, max_width=2, max_depth=2), st.data())
def test_the_tangent_kernel_is_a_mean_over_all_signs_of_the_weights(network, data):
    count = sum(layer.weights.shape[0] for layer in network.layers if isinstance(layer, Weighted))
    assume(count <= 8 and count_ways(network) <= 60)
    x, y = (data.draw(points(network.inputs)) for _ in range(2))
    sigma = data.draw(st.sampled_from([Rational(1), Rational(1, 2), Rational(3)]))
    features = [feature(network, z) for z in (x, y)]
    total = Rational(0)
    for signs in product((1, -1), repeat=count):
        layers = _signed(network, signs, sigma)
        first, second = (_gradient(layers, found, count) for found in features)
        total += sum(a * b for a, b in zip(first, second, strict=True))
    assert expected_tangent_kernel(network, x, y, sigma) == total / 2**count


@given(fully_connected(with_biases=False), st.data())
def test_without_biases_the_mean_tangent_kernel_is_a_multiple_of_the_path_kernel(network, data):
    x, y = (data.draw(points(network.inputs)) for _ in range(2))
    sigma = data.draw(st.sampled_from([Rational(1), Rational(2, 3)]))
    depth = len(network.gate_sizes) + 1
    expected = depth * sigma ** (2 * (depth - 1)) * neural_path_kernel(network, x, y)
    assert expected_tangent_kernel(network, x, y, sigma) == expected


def test_the_toy_of_the_paper():
    """2-3-3-1, three inputs whose gates are given: ({1,3},{3}), ({1},{2,3}), ({2},{2,3}); paths open at two of them."""
    opened = [({1, 3}, {3}), ({1}, {2, 3}), ({2}, {2, 3})]
    inputs = [(1, 1), (1, 2), (1, 3)]
    # A pre-activation that is 1 at the inputs at which the gate is open, and -1 at the others: a parabola in x2, which
    # three points determine, is no affine form; so the second coordinate is looked at through kinks.
    builder = ProgramBuilder(2)
    first = builder.add_unit([({}, {}), ({2: 1, 0: -1}, {2: 1, 0: -1})])
    second = builder.add_unit([({}, {}), ({2: 1, 0: -2}, {2: 1, 0: -2})])
    rows = []
    for layer in range(2):
        for node in (1, 2, 3):
            a, b, c = (1 if node in gates[layer] else -1 for gates in opened)
            rows.append({0: a, first: b - a, second: c - b - (b - a)})
    features = builder.build(rows)
    ones = [[1] * 2] * 3, [[1] * 3] * 3, [[1] * 3]
    layers = deep_gated_network(ones[:2], ones).layers
    network = GatedNetwork(layers, features)
    for x, gates in zip(inputs, opened, strict=True):
        assert [{k + 1 for k, is_open in enumerate(own) if is_open} for own in network.gates(x)] == list(gates)
    gram = gram_matrix(network, inputs)
    overlaps = [
        [gram[i][j] / sum(a * b for a, b in zip(inputs[i], inputs[j], strict=True)) for j in range(3)] for i in range(3)
    ]
    assert overlaps == [[2, 1, 0], [1, 2, 0], [0, 0, 2]]


@given(fully_connected(kinds=("DGN", "DLGN", "DLGN-SF"), same_width=True), st.data())
def test_permuting_the_layers_of_gates_changes_no_fully_connected_kernel_without_biases(network, data):
    assume(not any(isinstance(layer, Weighted) and (layer.inputs == -1).any() for layer in network.layers))
    order = data.draw(st.permutations(range(len(network.gate_sizes))))
    x, y = (data.draw(points(network.inputs)) for _ in range(2))
    permuted = network.with_gates_permuted(order)
    assert neural_path_kernel(permuted, x, y) == neural_path_kernel(network, x, y)


def test_permuting_the_layers_of_gates_changes_a_convolutional_kernel():
    """The window of the second convolution sees two positions of the first, not the other way round."""
    builder = LayersBuilder()
    node = builder.gate(builder.convolution(builder.source((1, 2)), [[[1]]]))
    node = builder.gate(builder.convolution(node, [[[1, 1, 1]]], padding=1))
    builder.dense(builder.average(node), [[1]])
    network = GatedNetwork(builder.layers, ProgramBuilder(2).build([{1: 1}, {0: 1}, {0: 1}, {1: 1}]))
    x, y = (2, 2), (-1, 1)
    assert network.gates(y) == ((False, True), (True, False))
    found = []
    for own in (network, network.with_gates_permuted((1, 0))):
        found.append(inner_product(feature(own, x), feature(own, y)))
        assert neural_path_kernel(own, x, y) == found[-1]
    assert found == [Rational(1, 2), Rational(-1, 2)]


def test_a_network_with_too_many_ways_is_sent_to_the_kernel():
    wide = [[[1] * 40] * 40] * 4
    network = rectified_network([*wide, [[1] * 40]])
    assert count_ways(network) == 40**5
    with pytest.raises(InvalidArgument, match="102,400,000 ways through the network"):
        path_features(network, [1] * 40)
    assert neural_path_kernel(network, [1] * 40, [2] * 40) == 80 * 40**4


def test_bad_arguments_are_named():
    network = rectified_network([[[1, 2]], [[1]]])
    with pytest.raises(InvalidArgument, match="there is no output 1"):
        neural_path_kernel(network, (1, 2), (1, 2), output=1)
    with pytest.raises(DimensionMismatch, match="the point has 3 coordinates, but the network has 2 inputs"):
        neural_path_kernel(network, (1, 2), (1, 2, 3))
