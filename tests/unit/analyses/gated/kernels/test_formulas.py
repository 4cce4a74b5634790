"""The formulas of the papers, against walks over all ways; and where they do not hold."""

from itertools import product

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from unit.analyses.gated.kernels.ways import feature, inner_product

from exactgeo.analyses.gated import (
    count_ways,
    neural_path_kernel,
    one_pass_kernel,
    path_features,
    product_kernel,
    rotated,
    rotations_kernel,
)
from exactgeo.arithmetic.rationals import Rational
from exactgeo.errors import DimensionMismatch, InvalidArgument
from exactgeo.networks.gated import GatedNetwork, LayersBuilder, rectified_network
from exactgeo.networks.programs import ProgramBuilder
from exactgeo.strategies import fully_connected, gated_networks, points, rationals

SMALL = rationals(max_numerator=3)


def kernel(network, x, y):
    return inner_product(feature(network, x), feature(network, y))


def open_at_both(network, x, y):
    """The numbers tau of gates that are open at both inputs, layer by layer."""
    layers = zip(network.gates(x), network.gates(y), strict=True)
    return [sum(a and b for a, b in zip(first, second, strict=True)) for first, second in layers]


def source_product(network, x, y):
    source = network.layers[0]
    return source.size if source.is_ones else sum(a * b for a, b in zip(x, y, strict=True))


@given(fully_connected(with_biases=False), st.data())
def test_without_biases_the_kernel_is_a_product(network, data):
    x, y = (data.draw(points(network.inputs)) for _ in range(2))
    expected = source_product(network, x, y)
    for tau in open_at_both(network, x, y):
        expected *= tau
    assert product_kernel(network, x, y) == one_pass_kernel(network, x, y) == expected == kernel(network, x, y)


@given(fully_connected(with_biases=True), st.data())
def test_with_biases_the_kernel_is_a_sum_of_products(network, data):
    x, y = (data.draw(points(network.inputs)) for _ in range(2))
    taus = open_at_both(network, x, y)
    tails = [1]
    for tau in reversed(taus):
        tails.append(tails[-1] * tau)
    expected = source_product(network, x, y) * tails[-1] + sum(tails)  # the last tail, 1, is the output's bias
    assert product_kernel(network, x, y) == one_pass_kernel(network, x, y) == expected == kernel(network, x, y)


def matrix(draw, rows, columns):
    return [[draw(SMALL) for _ in range(columns)] for _ in range(rows)]


@st.composite
def residual(draw, form):
    """Draw a residual network, and how many layers of gates there are before its blocks, in each, and behind them."""
    builder, inputs, width = LayersBuilder(), draw(st.integers(1, 2)), draw(st.integers(1, 2))
    blocks = draw(st.lists(st.integers(1, 2), min_size=1, max_size=2))
    node = builder.dense(builder.source((inputs,)), matrix(draw, width, inputs))
    before = 0
    if form == "after the gate":
        node, before = builder.gate(node), 1
    for depth in blocks:
        inner = node
        for _ in range(depth):
            if form == "after the gate":
                inner = builder.gate(builder.dense(inner, matrix(draw, width, width)))
            else:
                inner = builder.dense(builder.gate(inner), matrix(draw, width, width))
        node = builder.add(node, inner)
    behind = 0
    if form == "after the gate":
        if draw(st.booleans()):
            node, behind = builder.gate(builder.dense(node, matrix(draw, width, width))), 1
        builder.dense(node, matrix(draw, 1, width))
    else:
        builder.dense(builder.gate(node), matrix(draw, 1, width))
        behind = 1
    gates = before + sum(blocks) + behind
    if draw(st.booleans()):
        return GatedNetwork(builder.layers), before, blocks
    features = [{k: draw(SMALL) for k in range(1 + inputs)} for _ in range(gates * width)]
    return GatedNetwork(builder.layers, ProgramBuilder(inputs).build(features)), before, blocks


@pytest.mark.parametrize("form", ["after the gate", "before the gate"])
@given(data=st.data())
def test_skip_connections_make_a_sum_over_sub_networks(form, data):
    network, before, blocks = data.draw(residual(form))
    x, y = (data.draw(points(network.inputs)) for _ in range(2))
    taus = open_at_both(network, x, y)
    expected = sum(a * b for a, b in zip(x, y, strict=True))
    for tau in taus[:before]:
        expected *= tau
    place = before
    for depth in blocks:
        inner = 1
        for tau in taus[place : place + depth]:
            inner *= tau
        expected, place = expected * (1 + inner), place + depth
    for tau in taus[place:]:
        expected *= tau
    assert product_kernel(network, x, y) == expected == kernel(network, x, y)
    assert one_pass_kernel(network, x, y) == expected


def _post_activation():
    """The block relu(z + F(z)), F with gates inside, between affine layers, with ReLU's gates."""
    builder = LayersBuilder()
    stem = builder.gate(builder.dense(builder.source((2,)), [[1, -1], [1, 2]]))
    inner = builder.dense(builder.gate(builder.dense(stem, [[1, -1], [2, 1]])), [[-1, 1], [1, -2]])
    builder.dense(builder.gate(builder.add(stem, inner)), [[1, 1]])
    return GatedNetwork(builder.layers)


def test_blocks_that_are_gated_behind_the_sum_have_no_product_formula():
    """The formula would be <x, y> tau_1 (1 + tau_2) tau_3; it is not the kernel for many pairs of inputs."""
    network = _post_activation()
    grid = list(product((-2, -1, 1, 2), repeat=2))
    wrong = 0
    for x, y in product(grid, repeat=2):
        first, second, third = open_at_both(network, x, y)
        formula = sum(a * b for a, b in zip(x, y, strict=True)) * first * (1 + second) * third
        truth = kernel(network, x, y)
        wrong += formula != truth
        assert neural_path_kernel(network, x, y) == one_pass_kernel(network, x, y) == truth
        with pytest.raises(InvalidArgument, match="the gates of layer 7 have no product formula, as they stand behind"):
            product_kernel(network, x, y)
    assert wrong > len(grid)


@st.composite
def circular(draw):
    """Draw a network of circular convolutions, a global average and an affine layer, in a row or an image."""
    shape = draw(st.sampled_from([(1, 2), (1, 3), (2, 2), (1, 2, 2), (1, 2, 3)]))
    features, values = LayersBuilder(), LayersBuilder()
    nodes = [features.source(shape), values.source(shape)]
    channels, depth = shape[0], draw(st.integers(1, 2))
    for _ in range(depth):
        after = draw(st.integers(1, 2))
        # A window of three, padded by one on either side, keeps the positions; a window of one does without.
        padding = draw(st.integers(0, 1))
        window = [1 + 2 * padding] * (len(shape) - 1)
        filters = [nested(draw, [after, channels, *window]) for _ in nodes]
        biases = [[draw(SMALL) for _ in range(after)] if draw(st.booleans()) else None for _ in nodes]
        nodes = [
            builder.convolution(node, own, bias, padding=padding, is_circular=True)
            for builder, node, own, bias in zip((features, values), nodes, filters, biases, strict=True)
        ]
        nodes = [features.gate(nodes[0]), values.gate(nodes[1])]
        channels = after
    outputs = values.dense(values.average(nodes[1]), matrix(draw, 1, channels), draw(st.none() | st.just([1])))
    assert outputs.shape == (1,)
    preactivations = GatedNetwork(features.layers).preactivations
    return GatedNetwork(values.layers, preactivations), shape


def nested(draw, shape):
    return [nested(draw, shape[1:]) for _ in range(shape[0])] if shape else draw(SMALL)


@given(circular(), st.data())
def test_circular_convolutions_and_an_average_are_a_mean_over_rotations(drawn, data):
    network, shape = drawn
    x, y = (data.draw(points(network.inputs)) for _ in range(2))
    expected = neural_path_kernel(network, x, y)
    assert rotations_kernel(network, x, y, shape) == expected
    rotation = [data.draw(st.integers(0, n - 1)) for n in shape[1:]]
    moved = rotated(x, shape, rotation)
    assert network.outputs(moved) == network.outputs(x)
    assert neural_path_kernel(network, moved, y) == expected


@given(circular(), st.data())
def test_the_formula_of_rotations_is_that_of_all_ways(drawn, data):
    network, shape = drawn
    assume(network.inputs <= 4 and len(network.gate_sizes) == 1)
    x, y = (data.draw(points(network.inputs)) for _ in range(2))
    assert rotations_kernel(network, x, y, shape) == kernel(network, x, y)


@given(gated_networks() | fully_connected(), st.data())
def test_no_formula_is_wrong(network, data):
    """Each gives the kernel, or refuses."""
    x, y = (data.draw(points(network.inputs)) for _ in range(2))
    expected = neural_path_kernel(network, x, y)
    for formula in (product_kernel, one_pass_kernel):
        assert expected == _value_unless_refused(formula, network, x, y, default=expected)
    for shape in [(1, network.inputs), (network.inputs, 1)]:
        assert expected == _value_unless_refused(rotations_kernel, network, x, y, shape, default=expected)


def _value_unless_refused(formula, *arguments, default):
    try:
        return formula(*arguments)
    except InvalidArgument as refusal:
        if "use neural_path_kernel" not in str(refusal):
            raise
        return default


def _circular(layers):
    """A circular convolution of three positions, gated, and what `layers` puts between it and the output."""
    builder = LayersBuilder()
    hidden = builder.convolution(builder.source((1, 3)), [[[1, -2, 1]]], padding=1, is_circular=True)
    builder.dense(layers(builder, hidden), [[3]])
    return GatedNetwork(builder.layers)


@pytest.mark.parametrize(
    "layers, message",
    [
        (lambda b, node: b.average(b.add(b.gate(node), node)), "adds layers that have paths in common"),
        (
            lambda b, node: b.fixed(b.gate(node), [(0, 0, Rational(1, 3)), (0, 1, Rational(1, 3))], (1,)),
            "is not the average",
        ),
        (lambda b, node: b.fixed(b.gate(node), [(0, k, Rational(1, 2)) for k in range(3)], (1,)), "is not the average"),
        (
            lambda b, node: b.fixed(b.gate(node), [(0, k, Rational(1, 3)) for k in (0, 1, 1)], (1,)),
            "is not the average",
        ),
    ],
)
def test_other_averages_and_common_paths_have_no_formula_of_rotations(layers, message):
    with pytest.raises(InvalidArgument, match=message):
        rotations_kernel(_circular(layers), (1, 2, -1), (3, 0, 2), (1, 3))


def test_a_mean_over_channels_is_no_average_over_positions():
    builder = LayersBuilder()
    hidden = builder.gate(builder.convolution(builder.source((1, 2)), [[[1]], [[2]]]))
    half = Rational(1, 2)
    mean = builder.fixed(hidden, [(0, 0, half), (0, 2, half), (1, 1, half), (1, 3, half)], (2,))
    builder.dense(mean, [[3, 1]])
    with pytest.raises(InvalidArgument, match="is not the average over all positions"):
        rotations_kernel(GatedNetwork(builder.layers), (1, 2), (3, 1), (1, 2))


@pytest.mark.parametrize("output", [1, -1, 7])
def test_outputs_that_do_not_exist_have_no_kernel(output):
    network = _circular(lambda b, node: b.average(b.gate(node)))
    dense = rectified_network([[[1, 2, 3]], [[1]]])
    for formula, own, more in (
        (rotations_kernel, network, [(1, 3)]),
        (one_pass_kernel, dense, []),
        (neural_path_kernel, dense, []),
    ):
        with pytest.raises(InvalidArgument, match="there is no output"):
            formula(own, (1, 2, 3), (1, 1, 1), *more, output=output)
    for of_ways in (count_ways, lambda own, output: path_features(own, (1, 2, 3), output=output)):
        with pytest.raises(InvalidArgument, match="there is no output"):
            of_ways(dense, output=output)
    with pytest.raises(DimensionMismatch, match="an input of shape"):
        rotations_kernel(network, (1, 2, 3), (1, 1, 1), (-1, -3))


def test_zero_padding_and_strides_do_not_rotate():
    for options in ({"padding": 1}, {"stride": 2, "padding": 1, "is_circular": True}):
        builder = LayersBuilder()
        node = builder.gate(builder.convolution(builder.source((1, 4)), [[[1, 2, 3]]], **options))
        builder.dense(builder.average(node), [[1]])
        with pytest.raises(InvalidArgument, match="use neural_path_kernel"):
            rotations_kernel(GatedNetwork(builder.layers), (1, 2, 3, 4), (1, 1, 1, 1), (1, 4))


def test_shapes_are_those_of_the_input():
    builder = LayersBuilder()
    builder.dense(builder.average(builder.source((1, 3))), [[1]])
    network = GatedNetwork(builder.layers)
    assert rotations_kernel(network, (1, 2, 3), (1, 1, 1), (1, 3)) == Rational(18, 9)
    with pytest.raises(DimensionMismatch, match=r"an input of shape \(1, 4\) for 3 inputs"):
        rotations_kernel(network, (1, 2, 3), (1, 1, 1), (1, 4))
    with pytest.raises(InvalidArgument, match="one average, and one layer with weights behind it, were expected"):
        rotations_kernel(rectified_network([[[1, 2]], [[1]]]), (1, 2), (1, 1), (1, 2))
    with pytest.raises(DimensionMismatch, match="3 coordinates are not of shape"):
        rotated((1, 2, 3), (1, 4), (1,))
