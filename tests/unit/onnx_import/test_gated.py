"""Gated networks from ONNX files: as layers and gates, the same function as the importer's, and the same paths."""

from itertools import pairwise

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.onnx_import.models import model, node

import onnx_import
from exactgeo.analyses.gated import Invariant, count_ways, neural_path_kernel, rotation_invariance, rotations_kernel
from exactgeo.arithmetic.arrays import exact_array
from exactgeo.arithmetic.rationals import Rational
from exactgeo.errors import DimensionMismatch, InternalError, InvalidArgument, NotPiecewiseAffine
from exactgeo.networks import evaluate
from exactgeo.networks.gated import (
    Gate,
    GatedNetwork,
    LayersBuilder,
    Weighted,
    deep_gated_network,
    deep_linearly_gated_network,
    rectified_network,
)
from exactgeo.strategies import points

RNG = np.random.default_rng(5)


def weights(*shape):
    """Small integers, zeros among them: paths through these count, too."""
    return RNG.integers(-2, 3, shape).astype(np.float64)


def saved(folder, name, nodes, inputs, outputs, constants):
    path = folder / name
    path.write_bytes(model(nodes, inputs, outputs, constants).SerializeToString())
    return path


def some_points(count, dimension):
    return [tuple(Rational(int(value), 2) for value in RNG.integers(-4, 5, dimension)) for _ in range(count)]


def assert_same(found, expected, where, *, path=None):
    """Same function, same gates and same kernels at some points."""
    assert found.gate_sizes == expected.gate_sizes
    for x in where:
        assert found.gates(x) == expected.gates(x) and found.outputs(x) == expected.outputs(x)
        if path is not None:
            assert evaluate(onnx_import.load(path), x).outputs == found.outputs(x)
        for y in where[:3]:
            assert neural_path_kernel(found, x, y) == neural_path_kernel(expected, x, y)


W = [weights(3, 2), weights(3, 3), weights(1, 3)]
B = [weights(3), weights(3), weights(1)]
G = [weights(3, 2), weights(3, 3)]


def test_a_relu_network_has_its_own_gates(tmp_path):
    nodes = [
        node("Gemm", ["x", "w0", "b0"], ["a"], transB=1),
        node("Relu", ["a"], ["h"]),
        node("MatMul", ["h", "w1"], ["p"]),
        node("Add", ["b1", "p"], ["c"]),
        node("Relu", ["c"], ["d"]),
        node("Gemm", ["d", "w2"], ["y"], transB=1, alpha=0.5),
    ]
    constants = {"w0": W[0], "b0": B[0], "w1": W[1].T, "b1": B[1], "w2": 2 * W[2]}
    path = saved(tmp_path, "relu.onnx", nodes, {"x": (1, 2)}, ["y"], constants)
    found = onnx_import.read_gated(path)
    assert found.network.features is None and found.gates == ("h", "d") and found.shape == (1, 2)
    assert_same(found.network, rectified_network(W, [B[0], B[1], None]), some_points(8, 2), path=path)
    assert count_ways(found.network) == 2 * 9 + 9 + 3


def _feature_nodes(operator):
    return [
        node("Gemm", ["x", "g0"], ["q0"], transB=1),
        node(operator, ["q0"], ["r0"]),
        node("Gemm", ["r0", "g1"], ["q1"], transB=1),
    ]


def _value_nodes(gating, source="x"):
    return [
        node("Gemm", [source, "w0", "b0"], ["u0"], transB=1),
        *gating("q0", "u0", "v0"),
        node("Gemm", ["v0", "w1", "b1"], ["u1"], transB=1),
        *gating("q1", "u1", "v1"),
        node("Gemm", ["v1", "w2", "b2"], ["y"], transB=1),
    ]


def _greater(q, u, v):
    return [
        node("Greater", [q, "zero"], [f"{q}_open"]),
        node("Cast", [f"{q}_open"], [f"{q}_gate"], to=11),
        node("Mul", [u, f"{q}_gate"], [v]),
    ]


def _less(q, u, v):
    return [
        node("Less", ["zero", q], [f"{q}_open"]),
        node("Cast", [f"{q}_open"], [f"{q}_gate"], to=11),
        node("Identity", [f"{q}_gate"], [f"{q}_same"]),
        node("Mul", [f"{q}_same", u], [v]),
    ]


def _where(q, u, v):
    return [node("Greater", [q, "zero"], [f"{q}_open"]), node("Where", [f"{q}_open", u, "zero"], [v])]


CONSTANTS = {
    **{f"w{k}": own for k, own in enumerate(W)},
    **{f"b{k}": own for k, own in enumerate(B)},
    **{f"g{k}": own for k, own in enumerate(G)},
    "zero": np.zeros(1),
}


@pytest.mark.parametrize("gating", [_greater, _less, _where])
@pytest.mark.parametrize("operator, make", [("Relu", deep_gated_network), ("Identity", deep_linearly_gated_network)])
def test_gates_are_spelled_in_several_ways(gating, operator, make, tmp_path):
    nodes = [*_feature_nodes(operator), *_value_nodes(gating)]
    path = saved(tmp_path, "gated.onnx", nodes, {"x": (1, 2)}, ["y"], CONSTANTS)
    found = onnx_import.read_gated(path)
    assert found.gates == ("v0", "v1") and not found.hardened and found.features_sha256 is None
    assert found.network.is_linearly_gated == (operator == "Identity")
    assert_same(found.network, make(G, W, None, B), some_points(8, 2), path=path)


def test_a_value_network_may_be_given_ones(tmp_path):
    nodes = [
        node("Shape", ["x"], ["shape"]),
        node("ConstantOfShape", ["shape"], ["ones"], value=onnx_ones()),
        *_feature_nodes("Identity"),
        *_value_nodes(_greater, "ones"),
    ]
    path = saved(tmp_path, "ones.onnx", nodes, {"x": (1, 2)}, ["y"], CONSTANTS)
    expected = deep_linearly_gated_network(G, W, None, B, is_given_ones=True)
    assert_same(onnx_import.read_gated(path).network, expected, some_points(6, 2), path=path)
    nodes[1] = node("ConstantOfShape", ["shape"], ["ones"])
    path = saved(tmp_path, "zeros.onnx", nodes, {"x": (1, 2)}, ["y"], CONSTANTS)
    with pytest.raises(InvalidArgument, match="in the place of data; ones were expected"):
        onnx_import.read_gated(path)


def onnx_ones():
    return onnx.helper.make_tensor("value", onnx.TensorProto.DOUBLE, [1], [1.0])


@pytest.mark.parametrize("operator", ["Relu", "Identity"])
def test_a_pair_of_files(operator, tmp_path):
    """Outputs of the feature network's file are pre-activations; so are the inputs of its Relus."""
    value = saved(
        tmp_path, "value.onnx", _value_nodes(lambda _, u, v: [node("Relu", [u], [v])]), {"x": (1, 2)}, ["y"], CONSTANTS
    )
    features = saved(tmp_path, "q.onnx", _feature_nodes(operator), {"x": (1, 2)}, ["q0", "q1"], CONSTANTS)
    make = deep_gated_network if operator == "Relu" else deep_linearly_gated_network
    found = onnx_import.read_gated(value, features=features)
    assert found.features_sha256 == onnx_import.read(features).sha256 != found.sha256
    assert_same(found.network, make(G, W, None, B), some_points(6, 2))
    whole = [*_feature_nodes("Relu"), node("Relu", ["q1"], ["r1"]), node("Gemm", ["r1", "w2"], ["y"], transB=1)]
    other = saved(tmp_path, "whole.onnx", whole, {"x": (1, 2)}, ["y"], CONSTANTS)
    assert_same(
        onnx_import.read_gated(value, features=other).network, deep_gated_network(G, W, None, B), some_points(6, 2)
    )
    with pytest.raises(
        DimensionMismatch, match="has outputs of 3 numbers, and Relus of 3; the value network has gates of 3, 3"
    ):
        onnx_import.read_gated(value, features=saved(tmp_path, "s.onnx", whole[:3], {"x": (1, 2)}, ["q1"], CONSTANTS))
    gated = saved(tmp_path, "g.onnx", [*_feature_nodes("Relu"), *_value_nodes(_where)], {"x": (1, 2)}, ["y"], CONSTANTS)
    with pytest.raises(InvalidArgument, match="has gates of its own"):
        onnx_import.read_gated(gated, features=features)


def test_soft_gates_are_refused_and_hard_ones_offered(tmp_path):
    def soft(q, u, v):
        return [node("Sigmoid", [q], [f"{q}_gate"], name=f"soft_{q}"), node("Mul", [u, f"{q}_gate"], [v])]

    path = saved(tmp_path, "soft.onnx", [*_feature_nodes("Relu"), *_value_nodes(soft)], {"x": (1, 2)}, ["y"], CONSTANTS)
    with pytest.raises(NotPiecewiseAffine, match=r"node 'soft_q1' .* is a soft gate of .* ask for it by hard gates"):
        onnx_import.read_gated(path)
    found = onnx_import.read_gated(path, hard_gates=True)
    assert found.hardened == ("soft_q0", "soft_q1")
    assert_same(found.network, deep_gated_network(G, W, None, B), some_points(6, 2))


def _convolutional(folder, pads):
    """A circular or zero-padded convolution, gates, an average, an affine layer; and the same from arrays."""
    kernel, bias, last = weights(2, 1, 3), weights(2), weights(1, 2)
    padding = [node("Conv", ["x", "k", "c"], ["z"], pads=[1, 1])]
    if pads == "wrap":
        padding = [node("Pad", ["x", "amounts"], ["p"], mode="wrap"), node("Conv", ["p", "k", "c"], ["z"])]
    if pads == "concat":
        padding = [
            node("Slice", ["x", "first", "second", "axis"], ["head"]),
            node("Slice", ["x", "last", "end", "axis"], ["tail"]),
            node("Concat", ["tail", "x", "head"], ["p"], axis=2),
            node("Conv", ["p", "k", "c"], ["z"]),
        ]
    nodes = [
        *padding,
        node("Relu", ["z"], ["h"]),
        node("GlobalAveragePool", ["h"], ["pooled"]),
        node("Flatten", ["pooled"], ["flat"]),
        node("Gemm", ["flat", "w"], ["y"], transB=1),
    ]
    constants = {"k": kernel, "c": bias, "w": last, "amounts": np.array([0, 0, 1, 0, 0, 1])}
    constants |= {"first": np.array([0]), "second": np.array([1]), "last": np.array([-1]), "end": np.array([9])}
    path = saved(folder, "conv.onnx", nodes, {"x": (1, 1, 4)}, ["y"], constants | {"axis": np.array([2])})
    builder = LayersBuilder()
    hidden = builder.convolution(builder.source((1, 4)), kernel, bias, padding=1, is_circular=pads != "zeros")
    builder.dense(builder.average(builder.gate(hidden)), last)
    return path, GatedNetwork(builder.layers)


@pytest.mark.parametrize("pads", ["zeros", "wrap", "concat"])
def test_convolutions_share_their_weights(pads, tmp_path):
    path, expected = _convolutional(tmp_path, pads)
    found = onnx_import.read_gated(path)
    assert found.shape == (1, 1, 4)
    assert_same(found.network, expected, some_points(6, 4), path=path)
    if pads != "zeros":  # what moves units is no layer of its own: the convolution is seen to be circular
        assert rotation_invariance(found.network, (1, 4)) == Invariant(())
        x, y = some_points(2, 4)
        assert rotations_kernel(found.network, x, y, (1, 4)) == neural_path_kernel(found.network, x, y)
    assert max(layer.weights.shape[0] for layer in found.network.layers if isinstance(layer, Weighted)) == 6 + 2


def test_skip_connections_are_sums(tmp_path):
    nodes = [
        node("Gemm", ["x", "w0"], ["s"], transB=1),
        node("Relu", ["s"], ["h"]),
        node("Gemm", ["h", "w1", "b1"], ["f"], transB=1),
        node("Add", ["f", "s"], ["t"]),
        node("Relu", ["t"], ["v"]),
        node("Gemm", ["v", "w2"], ["y"], transB=1),
    ]
    path = saved(tmp_path, "skip.onnx", nodes, {"x": (1, 2)}, ["y"], CONSTANTS)
    builder = LayersBuilder()
    stem = builder.dense(builder.source((2,)), W[0])
    inner = builder.dense(builder.gate(stem), W[1], B[1])
    builder.dense(builder.gate(builder.add(inner, stem)), W[2])
    assert_same(onnx_import.read_gated(path).network, GatedNetwork(builder.layers), some_points(6, 2), path=path)


@given(st.data())
def test_a_random_gated_file_is_the_network_of_its_arrays(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("gated")
    draw = data.draw
    sizes = draw(st.lists(st.integers(1, 3), min_size=2, max_size=4))

    def matrix(rows, columns):
        entries = draw(st.lists(st.integers(-3, 3), min_size=rows * columns, max_size=rows * columns))
        return np.array(entries, dtype=np.float64).reshape(rows, columns)

    values = [matrix(m, n) for n, m in pairwise(sizes)]
    features = [matrix(m, n) for n, m in pairwise(sizes[:-1])]
    spelled = draw(st.sampled_from([_greater, _less, _where]))
    is_linear = draw(st.booleans())
    nodes, seen, value = [], "x", "x"
    for k, _ in enumerate(features):
        nodes.append(node("Gemm", [seen, f"g{k}"], [f"q{k}"], transB=1))
        nodes.append(node("Identity" if is_linear else "Relu", [f"q{k}"], [f"r{k}"]))
        nodes.append(node("Gemm", [value, f"w{k}"], [f"u{k}"], transB=1))
        nodes += spelled(f"q{k}", f"u{k}", f"v{k}")
        seen, value = f"r{k}", f"v{k}"
    nodes.append(node("Gemm", [value, "last"], ["y"], transB=1))
    constants = {f"w{k}": own for k, own in enumerate(values[:-1])} | {f"g{k}": own for k, own in enumerate(features)}
    constants |= {"last": values[-1], "zero": np.zeros(1)}
    path = saved(folder, "drawn.onnx", nodes, {"x": (1, sizes[0])}, ["y"], constants)
    found = onnx_import.read_gated(path).network
    x, y = (draw(points(sizes[0])) for _ in range(2))
    assert evaluate(onnx_import.load(path), x).outputs == found.outputs(x)
    if not features:
        assert found.features is None and not any(isinstance(layer, Gate) for layer in found.layers)
        return
    make = deep_linearly_gated_network if is_linear else deep_gated_network
    expected = make([exact_array(own) for own in features], [exact_array(own) for own in values])
    assert found.gates(x) == expected.gates(x) and found.outputs(x) == expected.outputs(x)
    assert neural_path_kernel(found, x, y) == neural_path_kernel(expected, x, y)


def _tail(*nodes):
    return [node("Gemm", ["x", "w0"], ["a"], transB=1), *nodes]


@pytest.mark.parametrize(
    "nodes, message",
    [
        (_tail(node("LeakyRelu", ["a"], ["y"], name="leaky")), "node 'leaky' .* is not linear, and no gate"),
        (_tail(node("Mul", ["a", "a"], ["y"], name="square")), "node 'square' .* multiplies data by data"),
        (
            _tail(node("GreaterOrEqual", ["a", "zero"], ["c"], name="ge"), node("Where", ["c", "a", "zero"], ["y"])),
            "node 'ge' .* opens the gates of .* at 0, where they are closed here",
        ),
        (
            _tail(node("Greater", ["a", "zero"], ["c"]), node("Where", ["c", "a", "b0"], ["y"], name="w")),
            "node 'w' .* has other values than 0 where its gates are closed",
        ),
        (
            _tail(node("Relu", ["a"], ["h"]), node("Add", ["h", "b0"], ["y"], name="shift")),
            "node 'shift' .* adds constants",
        ),
        (
            _tail(
                node("Relu", ["a"], ["h"]), node("BatchNormalization", ["h", "b0", "b0", "b0", "b0"], ["y"], name="bn")
            ),
            "node 'bn' .* learns how its input is scaled",
        ),
        (
            [
                node("MatMul", ["z", "w"], ["a"]),
                node("Relu", ["a"], ["h"]),
                node("MatMul", ["h", "w"], ["y"], name="m"),
            ],
            "node 'm' .* has the weights 'w' of node 'a'",
        ),
        (_tail(node("Gemm", ["a", "w1"], ["y"], transB=1, alpha=0.0, name="g")), "node 'g' .* multiplies by 0"),
        (
            _tail(
                node("ReduceSum", ["a"], ["s"]),
                node("Greater", ["s", "zero"], ["c"]),
                node("Where", ["c", "a", "zero"], ["y"], name="w"),
            ),
            r"node 'w' .* gates an array of shape \(1, 3\) by one of shape \(1, 1\)",
        ),
    ],
)
def test_what_is_no_layer_and_no_gate_is_named(nodes, message, tmp_path):
    inputs = {"z": (1, 3)} if nodes[0].input[0] == "z" else {"x": (1, 2)}
    path = saved(tmp_path, "odd.onnx", nodes, inputs, ["y"], CONSTANTS | {"w": W[1]})
    with pytest.raises(InvalidArgument, match=message):
        onnx_import.read_gated(path)


VECTOR, ROW, COLUMN = np.array([[2.0]]), np.array([[5.0, 7.0, 11.0]]), np.ones((3, 1))


@pytest.mark.parametrize(
    "nodes, message",
    [
        ([node("Gemm", ["v", "row", "x"], ["a"], name="n")], "node 'n' .* has weights that are not constant"),
        ([node("Gemm", ["x", "square", "x"], ["a"], name="n")], "node 'n' .* has weights that are not constant"),
        (
            [
                node("Greater", ["x", "zero"], ["c"]),
                node("MatMul", ["x", "square"], ["u"]),
                node("Where", ["c", "u", "zeros"], ["a"], name="n"),
            ],
            r"node 'n' .* repeats an array of shape \(1, 3\) along one of \(2, 3\)",
        ),
        (
            [
                node("Sigmoid", ["x"], ["s"]),
                node("Cast", ["s"], ["c"], to=onnx.TensorProto.BOOL),
                node("Where", ["c", "x", "zero"], ["a"], name="n"),
            ],
            "node 'n' .* has a condition that is no comparison",
        ),
        (
            [
                node("Concat", ["square", "square"], ["w"], axis=1, name="c"),
                node("MatMul", ["x", "w"], ["a"], name="n"),
            ],
            "node 'n' .* has weights that node 'c' .* computes",
        ),
        (
            [node("Transpose", ["square"], ["t"]), node("Gemm", ["x", "square", "t"], ["a"], name="n")],
            "node 'n' .* has the weights 'square' of node 'n'",
        ),
    ],
)
def test_weights_that_are_not_stored_once_each_are_refused(nodes, message, tmp_path):
    constants = {"v": VECTOR, "row": ROW, "square": W[1], "zero": np.zeros(1), "zeros": np.zeros((2, 3))}
    path = saved(tmp_path, "n.onnx", [*nodes, node("Relu", ["a"], ["y"])], {"x": (1, 3)}, ["y"], constants)
    for hard_gates in (False, True):
        with pytest.raises(InvalidArgument, match=message):
            onnx_import.read_gated(path, hard_gates=hard_gates)


def test_gemm_s_factors_are_those_of_what_it_has(tmp_path):
    """Beta is a factor of a bias that the node has, not of one that another node adds; a factor of 0 is of no use."""
    nodes = [
        node("Gemm", ["x", "w"], ["p"], transB=1, beta=0.0, alpha=-2.0),
        node("Add", ["p", "b"], ["a"]),
        node("Relu", ["a"], ["h"]),
        node("Gemm", ["h", "last", "c"], ["y"], beta=3.0),
    ]
    constants = {"w": W[0], "b": B[0], "last": W[2].T, "c": B[2]}
    path = saved(tmp_path, "beta.onnx", nodes, {"x": (1, 2)}, ["y"], constants)
    expected = rectified_network([-2 * W[0], W[2]], [B[0], 3 * B[2]])
    assert_same(onnx_import.read_gated(path).network, expected, some_points(6, 2), path=path)


def test_a_shape_that_two_weights_share_is_no_weight(tmp_path):
    nodes = [
        node("Reshape", ["flat", "shape"], ["w0"]),
        node("Reshape", ["other", "shape"], ["w1"]),
        node("MatMul", ["x", "w0"], ["a"]),
        node("Relu", ["a"], ["h"]),
        node("MatMul", ["h", "w1"], ["y"]),
    ]
    constants = {"flat": G[1].ravel(), "other": W[1].ravel(), "shape": np.array([3, 3])}
    path = saved(tmp_path, "shape.onnx", nodes, {"x": (1, 3)}, ["y"], constants)
    assert_same(onnx_import.read_gated(path).network, rectified_network([G[1].T, W[1].T]), some_points(6, 3), path=path)


def test_ones_may_be_the_second_factor(tmp_path):
    nodes = [
        node("Gemm", ["x", "g"], ["q"], transB=1),
        node("MatMul", ["w", "ones"], ["u"]),
        node("Transpose", ["u"], ["t"]),
        node("Greater", ["q", "zero"], ["c"]),
        node("Where", ["c", "t", "zero"], ["v"]),
        node("Gemm", ["v", "last"], ["y"], transB=1),
    ]
    constants = {"g": G[0], "w": W[0], "ones": np.ones((2, 1)), "zero": np.zeros(1), "last": W[2]}
    path = saved(tmp_path, "ones.onnx", nodes, {"x": (1, 2)}, ["y"], constants)
    expected = deep_linearly_gated_network([G[0]], [W[0], W[2]], is_given_ones=True)
    assert_same(onnx_import.read_gated(path).network, expected, some_points(6, 2), path=path)


def test_ones_may_be_gated_as_they_are(tmp_path):
    nodes = [
        node("Gemm", ["x", "g"], ["q"], transB=1),
        node("Shape", ["q"], ["shape"]),
        node("ConstantOfShape", ["shape"], ["ones"], value=onnx_ones()),
        node("Greater", ["q", "zero"], ["c"]),
        node("Where", ["c", "ones", "zero"], ["v"]),
        node("Gemm", ["v", "last"], ["y"], transB=1),
    ]
    constants = {"g": G[0], "zero": np.zeros(1), "last": W[2]}
    path = saved(tmp_path, "ones.onnx", nodes, {"x": (1, 2)}, ["y"], constants)
    builder = LayersBuilder()
    builder.dense(builder.gate(builder.source((3,), is_ones=True)), W[2])
    features = deep_linearly_gated_network([G[0]], [W[0], W[2]]).features
    assert_same(
        onnx_import.read_gated(path).network, GatedNetwork(builder.layers, features), some_points(6, 2), path=path
    )


def test_a_network_that_ends_before_its_first_layer_is_none(tmp_path):
    nodes = [node("Gemm", ["x", "w"], ["y"], transB=1, name="first")]
    path = saved(tmp_path, "one.onnx", nodes, {"x": (1, 2)}, ["y"], {"w": W[0]})
    with pytest.raises(InvalidArgument, match="the output 'x' comes before every layer"):
        onnx_import.read_gated(path, cut_at="first")


def test_a_reading_that_is_another_function_is_noticed(tmp_path, monkeypatch):
    """The layers are compared with what the importer makes of the file."""
    nodes = [
        node("Gemm", ["x", "w0"], ["a"], transB=1),
        node("Relu", ["a"], ["h"]),
        node("Gemm", ["h", "w2"], ["y"], transB=1),
    ]
    path = saved(tmp_path, "relu.onnx", nodes, {"x": (1, 2)}, ["y"], {"w0": np.ones((3, 2)), "w2": np.ones((1, 3))})
    assert onnx_import.read_gated(path).program == onnx_import.load(path)
    monkeypatch.setattr(LayersBuilder, "gate", lambda _, value: value)
    with pytest.raises(InternalError, match="layers and gates are another function than the file's"):
        onnx_import.read_gated(path)


def test_files_that_are_none(tmp_path):
    with pytest.raises(InvalidArgument, match="has no gates but ReLU's"):
        onnx_import.read_gated(tmp_path / "m.nnet")
    nodes = [node("Add", ["x", "z"], ["y"])]
    path = saved(tmp_path, "two.onnx", nodes, {"x": (1, 2), "z": (1, 2)}, ["y"], {})
    with pytest.raises(InvalidArgument, match="the network has 2 inputs: x, z"):
        onnx_import.read_gated(path)
