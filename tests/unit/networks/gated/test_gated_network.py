"""Gated networks: what they compute, against loops over numbers; and what is refused."""

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exactgeo.arithmetic.arrays import ExactArray, exact_array
from exactgeo.arithmetic.rationals import Rational
from exactgeo.errors import DimensionMismatch, InvalidArgument
from exactgeo.networks import evaluate, gated_network, relu_network
from exactgeo.networks.gated import (
    Fixed,
    Gate,
    GatedNetwork,
    LayersBuilder,
    Source,
    Sum,
    Weighted,
    deep_gated_network,
    deep_linearly_gated_network,
    rectified_network,
    shallow_features_network,
)
from exactgeo.networks.programs import ProgramBuilder
from exactgeo.strategies import fully_connected, gated_networks, points, rationals

SMALL = rationals(max_numerator=3)


def matrices(draw, sizes):
    return [[[draw(SMALL) for _ in range(n)] for _ in range(m)] for n, m in pairwise(sizes)]


def times(matrix, vector, offset=None):
    products = [sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix]
    return products if offset is None else [a + b for a, b in zip(products, offset, strict=True)]


@given(st.data(), st.sampled_from(["DGN", "DLGN", "DLGN-SF"]), st.booleans())
def test_gates_multiply_what_the_value_network_makes(data, kind, is_given_ones):
    draw = data.draw
    n, depth = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    widths = [draw(st.integers(1, 3)) for _ in range(depth)]
    values = matrices(draw, [n, *widths, 2])
    features = matrices(draw, [n, *widths])
    if kind == "DLGN-SF":
        features = [matrices(draw, [n, width])[0] for width in widths]
    shifts = [[draw(SMALL) for _ in range(width)] for width in widths]
    biases = [[draw(SMALL) for _ in matrix] for matrix in values]
    make = {
        "DGN": deep_gated_network,
        "DLGN": deep_linearly_gated_network,
        "DLGN-SF": shallow_features_network,
    }[kind]
    network = make(features, values, shifts, biases, is_given_ones=is_given_ones)
    x = draw(points(n))
    seen, value, gates = list(x), [Rational(1)] * n if is_given_ones else list(x), []
    for layer in range(depth):
        read = list(x) if kind == "DLGN-SF" else seen
        q = times(features[layer], read, shifts[layer])
        seen = [max(entry, Rational(0)) for entry in q] if kind == "DGN" else q
        gates.append(tuple(entry > 0 for entry in q))
        value = [
            u if g else Rational(0) for u, g in zip(times(values[layer], value, biases[layer]), gates[-1], strict=True)
        ]
    assert network.gates(x) == tuple(gates)
    assert list(network.outputs(x)) == times(values[-1], value, biases[-1])
    assert network.is_linearly_gated == (kind != "DGN" or depth == 1)


@given(st.data())
def test_shallow_features_are_the_gates_that_look_at_the_input(data):
    n, widths = data.draw(st.integers(1, 3)), data.draw(st.lists(st.integers(1, 3), min_size=1, max_size=2))
    values = matrices(data.draw, [n, *widths, 1])
    features = [matrices(data.draw, [n, width])[0] for width in widths]
    x = data.draw(points(n))
    ours, other = shallow_features_network(features, values), gated_network(features, values)
    assert ours.outputs(x) == evaluate(other, x).outputs


@given(st.data())
def test_a_rectified_network_is_the_relu_network(data):
    sizes = data.draw(st.lists(st.integers(1, 3), min_size=2, max_size=4))
    weights = matrices(data.draw, sizes)
    biases = [[data.draw(SMALL) for _ in matrix] for matrix in weights]
    network = rectified_network(weights, biases)
    assert network.program == relu_network(weights, biases)
    x = data.draw(points(sizes[0]))
    preactivations = iter(evaluate(network.preactivations, x).outputs)
    seen = list(x)
    for weight, bias in zip(weights[:-1], biases[:-1], strict=True):
        q = times(weight, seen, bias)
        assert q == [next(preactivations) for _ in q]
        seen = [max(entry, Rational(0)) for entry in q]


@given(gated_networks() | fully_connected(), st.data())
def test_gates_that_are_given_as_they_are_leave_the_network_the_same(network, data):
    """A network whose feature network is its own pre-activations has its own gates."""
    x = data.draw(points(network.inputs))
    if network.layers[0].is_ones:
        return
    assert GatedNetwork(network.layers, network.preactivations).outputs(x) == network.outputs(x)


@st.composite
def convolutions(draw):
    channels, after = draw(st.integers(1, 2)), draw(st.integers(1, 2))
    lengths = draw(st.lists(st.integers(1, 4), min_size=1, max_size=2))
    padding = draw(st.integers(0, 3))
    window = [draw(st.integers(1, min(3, n + 2 * padding))) for n in lengths]
    return (channels, *lengths), (after, channels, *window), padding, draw(st.integers(1, 3)), draw(st.booleans())


@given(convolutions(), st.data())
def test_convolutions_are_sums_over_windows(drawn, data):
    shape, filters, padding, stride, is_circular = drawn
    size = int(np.prod(filters))
    numbers = data.draw(st.lists(st.integers(-3, 3), min_size=size, max_size=size))
    weights = np.array(numbers).reshape(filters)
    biases = data.draw(st.none() | st.lists(st.integers(-3, 3), min_size=filters[0], max_size=filters[0]))
    builder = LayersBuilder()
    node = builder.convolution(
        builder.source(shape), weights, biases, stride=stride, padding=padding, is_circular=is_circular
    )
    network = GatedNetwork(builder.layers)
    pixels = int(np.prod(shape))
    image = np.array(data.draw(st.lists(st.integers(-3, 3), min_size=pixels, max_size=pixels))).reshape(shape)
    padded = np.pad(
        image, [(0, 0)] + [(padding, padding)] * (len(shape) - 1), mode="wrap" if is_circular else "constant"
    )
    steps = [(n - k) // stride + 1 for n, k in zip(padded.shape[1:], filters[2:], strict=True)]
    assert node.shape == (filters[0], *steps)
    expected = np.zeros(node.shape, dtype=int)
    for channel, *position in product(*map(range, node.shape)):
        place = tuple(slice(p * stride, p * stride + k) for p, k in zip(position, filters[2:], strict=True))
        total = (padded[(slice(None), *place)] * weights[channel]).sum() + (biases[channel] if biases else 0)
        expected[(channel, *position)] = total
    assert list(network.outputs(image.ravel().tolist())) == expected.ravel().tolist()


def test_averages_and_sums():
    builder = LayersBuilder()
    source = builder.source((2, 3))
    builder.add(builder.average(source), builder.average(source))
    assert GatedNetwork(builder.layers).outputs(range(6)) == (2, 8)
    builder = LayersBuilder()
    builder.fixed(builder.source((2,)), [(0, 1, Rational(2)), (0, 0, Rational(1, 2)), (2, 1, Rational(-1))], (3,))
    assert GatedNetwork(builder.layers).outputs((4, 5)) == (12, 0, -5)


def test_at_zero_a_gate_is_closed():
    network = deep_linearly_gated_network([[[1]]], [[[1]], [[1]]], None, [[7], None])
    assert [network.outputs((x,)) for x in (-1, 0, 1)] == [(0,), (0,), (8,)]


def test_programs_of_gated_networks_have_a_unit_for_each_gate():
    network = deep_linearly_gated_network([[[1, 2], [3, 4]], [[1, 1]]], [[[1, 1], [1, 0]], [[2, 5]], [[1]]])
    assert network.program.unit_count == 3 and not network.program.is_continuous
    assert network.gate_sizes == (2, 1) and network.sizes == (2, 2, 2, 1, 1, 1) and network.output_count == 1


NUMBERS = np.array([0])
LINE = ExactArray(np.array([1]), 1)


@pytest.mark.parametrize(
    "layers, error, message",
    [
        ((), InvalidArgument, "one input layer, not 0"),
        ((Source(1), Source(1)), InvalidArgument, "one input layer, not 2"),
        ((Source(1, True),), InvalidArgument, "looks at x in its feature network, and there is none"),
        ((Source(1), Gate(1, 0)), InvalidArgument, "layer 1 reads a layer that is not before it"),
        ((Source(1), Gate(0, 1)), InvalidArgument, r"numbered \[1\]: 0, 1, … were expected, each once"),
        ((Source(1), Gate(0, 0), Gate(0, 0)), InvalidArgument, "each once"),
        (
            (Source(1), Weighted(0, 2, np.array([0, 1]), np.array([0, 0]), np.array([0, 0]), LINE), Sum(0, 1)),
            DimensionMismatch,
            "layer 2 adds layers of 1 and of 2 units",
        ),
        ((Source(1), Fixed(0, 1, NUMBERS, np.array([1]), LINE)), InvalidArgument, "a tap with input 1; there are 1"),
        ((Source(1), Fixed(0, 1, NUMBERS, np.array([-1]), LINE)), InvalidArgument, "a tap with input -1"),
        ((Source(1), Weighted(0, 1, NUMBERS, np.array([1]), NUMBERS, LINE)), InvalidArgument, "a tap with weight 1"),
        ((Source(1), Weighted(0, 1, np.array([1]), NUMBERS, NUMBERS, LINE)), InvalidArgument, "a tap with unit 1"),
        (
            (Source(1), Weighted(0, 1, np.array([0, 0]), np.array([0, 0]), np.array([0, -1]), LINE)),
            InvalidArgument,
            "a unit that uses one weight twice",
        ),
        (
            (Source(1), Weighted(0, 2, np.array([0, 1]), np.array([0, 0]), np.array([-1, 0]), LINE)),
            InvalidArgument,
            "a weight that is a bias of one unit, and no bias of another",
        ),
    ],
)
def test_layers_that_do_not_fit_are_refused(layers, error, message):
    with pytest.raises(error, match=message):
        GatedNetwork(tuple(layers))


def test_feature_networks_that_do_not_fit_are_refused():
    layers = rectified_network([[[1, 2]], [[1]]]).layers
    with pytest.raises(DimensionMismatch, match="2 outputs for 1 gates"):
        GatedNetwork(layers, relu_network([[[1, 2], [3, 4]]]))
    with pytest.raises(DimensionMismatch, match="the feature network has 1 inputs, the value network 2"):
        GatedNetwork(layers, ProgramBuilder(1).build([{1: 1}]))
    network = deep_linearly_gated_network([[[1, 2]], [[1]]], [[[1, 2]], [[1]], [[1]]])
    with pytest.raises(InvalidArgument, match=r"\[0, 0\] is no permutation of 2 layers of gates"):
        network.with_gates_permuted((0, 0))
    with pytest.raises(DimensionMismatch, match="the point has 1 coordinates, but the network has 2 inputs"):
        network.gates((1,))
    wide = deep_linearly_gated_network([[[1]], [[1], [1]]], [[[1]], [[1], [1]], [[1, 1]]])
    with pytest.raises(DimensionMismatch, match=r"the layers of gates have \(1, 2\) gates"):
        wide.with_gates_permuted((1, 0))


def test_arrays_that_do_not_fit_are_refused():
    builder = LayersBuilder()
    row, image = builder.source((1, 4)), exact_array(np.ones((1, 1, 5)))
    for make, message in (
        (lambda: builder.dense(row, [[1, 2]]), r"weights of shape \(1, 2\) for 4 units"),
        (lambda: builder.dense(row, [[1] * 4], [1, 2]), r"biases of shape \(2,\); \(1,\) was expected"),
        (lambda: builder.convolution(row, [[[[1]]]]), r"filters of shape \(1, 1, 1, 1\)"),
        (lambda: builder.convolution(row, image), r"a window of \(5,\) is larger than \(4,\)"),
        (lambda: builder.add(row, builder.average(row)), r"shape \(1, 4\) and of shape \(1,\) do not add"),
        (lambda: builder.average(builder.average(row)), r"units of shape \(1,\) have no positions"),
    ):
        with pytest.raises(DimensionMismatch, match=message):
            make()
    with pytest.raises(InvalidArgument, match="a stride of 0 with a padding of 0"):
        builder.convolution(row, [[[1]]], stride=0)
    for make, message in (
        (lambda: rectified_network([]), "at least one layer of weights"),
        (lambda: rectified_network([[1, 2]]), r"weights\[0\] has shape \(2,\)"),
        (lambda: rectified_network([[[1, 2]], [[1, 2]]]), r"weights\[1\] has shape \(1, 2\), and reads 1 units"),
        (lambda: rectified_network([[[1, 2]]], [None, None]), "2 biases for 1 layers"),
    ):
        with pytest.raises(InvalidArgument, match=message):
            make()
