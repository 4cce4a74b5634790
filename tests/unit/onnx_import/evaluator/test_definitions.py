"""Operators by their definitions: closed forms, plain loops over fractions, and what changed between opsets."""

import itertools
from fractions import Fraction
from random import Random

import ml_dtypes
import numpy as np
import pytest
from gmpy2 import mpq
from onnx import TensorProto
from unit.onnx_import.evaluator.generators import row
from unit.onnx_import.evaluator.running import NEWEST, evaluated, one_node, value

from exactgeo.errors import MalformedModel, UnsupportedOperator
from onnx_import.evaluator import evaluate_model

X = np.array([[1.0, -2.0, 3.0], [-4.0, 5.0, -6.0]])


def _float32(number):
    return mpq(*float(np.float32(number)).as_integer_ratio())


def _fractions(seed, *shape):
    random = Random(seed)
    array = np.empty(shape, dtype=object)
    for place in np.ndindex(*shape):
        array[place] = Fraction(random.randint(-20, 20), random.randint(1, 12))
    return array


def _at(operator, inputs, *, opset=NEWEST, irrational="exact-if-square", **attributes):
    """The first output of a node at arrays of fractions, given as double."""
    shapes = [None if i is None else np.zeros(np.shape(i)) for i in inputs]
    made, feed = one_node(operator, shapes, opset=opset, **attributes)
    given = {name: inputs[int(name[1:])] for name in feed}
    return evaluate_model(made, given, irrational=irrational)["y0"]


# Integers


@pytest.mark.parametrize(
    "operator,first,second,wanted,attributes",
    [
        ("Div", [7, -7, 7, -7], [2, 2, -2, -2], [3, -3, -3, 3], {}),
        ("Mod", [7, -7, 7, -7], [3, 3, -3, -3], [1, 2, -2, -1], {}),
        ("Mod", [7, -7, 7, -7], [3, 3, -3, -3], [1, -1, 1, -1], {"fmod": 1}),
        ("Pow", [2, -3, 0, 5], [3, 3, 0, 1], [8, -27, 1, 5], {}),
        ("Add", [127, -128, 1, 2], [1, -1, 1, 1], [-128, 127, 2, 3], {}),
        ("Mul", [100, -100, 16, 3], [3, 3, 16, 4], [44, -44, 0, 12], {}),
        ("Sub", [-128, 127, 0, 1], [1, -1, 0, 2], [127, -128, 0, -1], {}),
        ("Max", [1, -1, 0, 9], [0, 0, 0, 0], [1, 0, 0, 9], {}),
    ],
)
def test_integers_of_eight_bits(operator, first, second, wanted, attributes):
    kind = np.int32 if operator == "Pow" else np.int8
    assert value(operator, np.array(first, kind), np.array(second, kind), **attributes).tolist() == wanted


@pytest.mark.parametrize(
    "operator,first,second,wanted,attributes",
    [
        ("BitwiseAnd", [12, 255], [10, 15], [8, 15], {}),
        ("BitwiseOr", [12, 1], [10, 2], [14, 3], {}),
        ("BitwiseXor", [12, 255], [10, 255], [6, 0], {}),
        ("BitShift", [1, 255], [3, 1], [8, 254], {"direction": "LEFT"}),
        ("BitShift", [16, 255], [3, 4], [2, 15], {"direction": "RIGHT"}),
    ],
)
def test_bits(operator, first, second, wanted, attributes):
    assert value(operator, np.uint8(first), np.uint8(second), **attributes).tolist() == wanted


def test_flipped_bits():
    assert value("BitwiseNot", np.uint8([0, 5])).tolist() == [255, 250]
    assert value("BitwiseNot", np.int16([0, 5])).tolist() == [-1, -6]


@pytest.mark.skipif(NEWEST < 28, reason="the shifts of signed integers came with opset 28")
def test_signs_are_extended():
    shifted = value("BitShift", np.int8([-128, -1, 64]), np.int8([3, 9, 1]), direction="RIGHT", opset=28)
    assert shifted.tolist() == [-16, -1, 32]
    shifted = value("BitShift", np.int8([-128, 3, 64]), np.int8([1, 8, 1]), direction="LEFT", opset=28)
    assert shifted.tolist() == [0, 0, -128]


@pytest.mark.parametrize(
    "array,kind,wanted",
    [
        (np.array([1.9, -1.9, 0.5]), TensorProto.INT8, [1, -1, 0]),
        (np.array([0.25, 0.0, -3.0]), TensorProto.BOOL, [True, False, True]),
        (row(300, -129, 5), TensorProto.INT8, [44, 127, 5]),
        (row(300, -1, 5), TensorProto.UINT8, [44, 255, 5]),
        (row(2, 0, -1), TensorProto.BOOL, [True, False, True]),
        (np.array([True, False]), TensorProto.FLOAT, [1, 0]),
        (np.array([True, False]), TensorProto.INT32, [1, 0]),
        (row(2**62 + 1, 5), TensorProto.FLOAT, [2**62 + 1, 5]),
        (np.array([0.1]), TensorProto.FLOAT16, [mpq(*(0.1).as_integer_ratio())]),
        (np.array([0.5, 448.0]), TensorProto.FLOAT8E4M3FN, [mpq(1, 2), 448]),
        (row(17, -9), TensorProto.INT4, [1, 7]),
    ],
)
def test_casts(array, kind, wanted):
    assert value("Cast", array, to=kind).tolist() == wanted


def test_casts_like_another_tensor():
    assert value("CastLike", np.array([2.75]), np.int8([0])).tolist() == [2]


def test_products_of_integers_less_their_zero_points():
    a, b = np.uint8([[11, 7, 3], [10, 6, 2]]), np.uint8([[1, 4], [2, 5], [3, 6]])
    got = value("MatMulInteger", a, b, np.uint8([12, 1]), np.uint8([0, 3]))
    wanted = (a.astype(int) - [[12], [1]]) @ (b.astype(int) - [0, 3])
    assert got.tolist() == wanted.tolist()


def test_convolutions_of_integers_are_padded_by_the_zero_point():
    x, weights = np.uint8([[[2, 3, 4]]]), np.uint8([[[1, 2]], [[3, 5]]])
    got = value("ConvInteger", x, weights, np.uint8(1), np.uint8([0, 1]), pads=[1, 1])
    assert got.tolist() == [[[2, 5, 8, 3], [4, 10, 16, 6]]]


# Products, against sums over fractions


def _convolved(x, weights, bias, geometry, group):
    """The definition: for each output entry the sum over the group's channels and the window."""
    rank, (strides, dilations, pads) = x.ndim - 2, geometry
    counts = [
        (n + pads[i] + pads[rank + i] - (k - 1) * dilations[i] - 1) // strides[i] + 1
        for i, (n, k) in enumerate(zip(x.shape[2:], weights.shape[2:], strict=True))
    ]
    result = np.empty((x.shape[0], weights.shape[0], *counts), dtype=object)
    per_group = weights.shape[0] // group
    for n, m, *place in np.ndindex(*result.shape):
        total = bias[m]
        for c, *offset in np.ndindex(*weights.shape[1:]):
            at = [p * s - b + o * d for p, s, b, o, d in zip(place, strides, pads, offset, dilations, strict=False)]
            if all(0 <= a < length for a, length in zip(at, x.shape[2:], strict=True)):
                channel = m // per_group * weights.shape[1] + c
                total += weights[(m, c, *offset)] * x[(n, channel, *at)]
        result[(n, m, *place)] = total
    return result


@pytest.mark.parametrize("rank,group", list(itertools.product((1, 2, 3), (1, 2))))
def test_convolutions_of_fractions(rank, group):
    x, weights = _fractions(1, 2, 2 * group, *[4] * rank), _fractions(2, 3 * group, 2, *[2] * rank)
    bias, geometry = _fractions(3, 3 * group), ([2] * rank, [1, 2, 1][:rank], [1, 0, 2, 1, 1, 0][: 2 * rank])
    strides, dilations, pads = geometry
    got = _at("Conv", [x, weights, bias], strides=strides, dilations=dilations, pads=pads, group=group)
    wanted = _convolved(x, weights, bias, geometry, group)
    assert got.tolist() == np.vectorize(mpq, otypes=[object])(wanted).tolist()


def test_transposed_convolutions_are_adjoint():
    """<y, Conv(x)> = <ConvTranspose(y), x> for the same kernel, strides, dilations, pads and groups."""
    x, weights, y = _fractions(1, 1, 4, 5, 6), _fractions(2, 6, 2, 2, 3), _fractions(3, 1, 6, 3, 4)
    geometry = {"strides": [2, 1], "dilations": [1, 2], "pads": [1, 1, 0, 1], "group": 2}
    forward = _at("Conv", [x, weights], **geometry)
    assert forward.shape == y.shape
    back = _at("ConvTranspose", [y, weights], output_padding=[0, 0], **geometry)
    padded = np.zeros_like(x)
    padded[tuple(map(slice, back.shape))] = back
    assert np.vectorize(mpq)(y * forward).sum() == np.vectorize(mpq)(padded * x).sum()


def test_matrix_products_of_fractions():
    a, b, c = _fractions(1, 3, 4), _fractions(2, 4, 2), _fractions(3, 2)
    wanted = [[sum(a[i, k] * b[k, j] for k in range(4)) for j in range(2)] for i in range(3)]
    assert _at("MatMul", [a, b]).tolist() == np.vectorize(mpq, otypes=[object])(wanted).tolist()
    got = _at("Gemm", [a.T, b.T, c], transA=1, transB=1, alpha=0.1, beta=0.3)
    for i, j in np.ndindex(3, 2):
        assert got[i, j] == _float32(0.1) * mpq(wanted[i][j]) + _float32(0.3) * mpq(c[j])


def test_einsum_of_three_fractions():
    a, b, c = _fractions(1, 2, 3), _fractions(2, 3, 4), _fractions(3, 4)
    wanted = [sum((a[i, j] * b[j, k] * c[k] for j in range(3) for k in range(4)), start=Fraction(0)) for i in range(2)]
    assert _at("Einsum", [a, b, c], equation="ij, jk, k -> i").tolist() == [mpq(w) for w in wanted]


# Pools, means and norms


def test_means_with_and_without_the_padding():
    x = np.array([[[3.0, 6.0, 9.0]]])
    pooled = {"kernel_shape": [3], "pads": [1, 1]}
    assert value("AveragePool", x, **pooled).tolist() == [[[mpq(9, 2), 6, mpq(15, 2)]]]
    assert value("AveragePool", x, count_include_pad=1, **pooled).tolist() == [[[3, 6, 5]]]
    third = value("AveragePool", np.array([[[1.0, 0.0, 0.0]]]), kernel_shape=[3])
    assert third.tolist() == [[[mpq(1, 3)]]]


def test_windows_that_stick_out():
    x = np.array([[[1.0, 2.0, 4.0, 8.0]]])
    out = {"kernel_shape": [3], "strides": [2], "ceil_mode": 1}
    assert value("MaxPool", x, **out).tolist() == [[[4, 8]]]
    assert value("AveragePool", x, **out).tolist() == [[[mpq(7, 3), 6]]]
    assert value("AveragePool", x, count_include_pad=1, pads=[0, 1], **out).tolist() == [[[mpq(7, 3), 4]]]
    # What lies behind the padding does not count, and the padding does.
    assert value("AveragePool", x, count_include_pad=1, **out).tolist() == [[[mpq(7, 3), 6]]]
    # From opset 22 on a window that would start in the padding is left out.
    out = {"kernel_shape": [2], "strides": [3], "ceil_mode": 1, "pads": [0, 1]}
    assert value("MaxPool", np.array([[[1.0, 2.0, 4.0, 8.0, 3.0]]]), opset=22, **out).tolist() == [[[2, 8]]]


def test_the_first_of_the_largest_is_indexed():
    x = np.array([[[[1.0, 3.0], [3.0, 0.0]]]])
    made, feed = one_node("MaxPool", [x], outputs=2, kernel_shape=[2, 2])
    assert [a.item() for a in evaluated(made, feed)] == [3, 1]
    made, feed = one_node("MaxPool", [x], outputs=2, kernel_shape=[2, 2], storage_order=1)
    assert [a.item() for a in evaluated(made, feed)] == [3, 2]


def test_unpooled_entries_go_back():
    x = np.array([[[[1.0, 5.0, 2.0, 3.0]]]])
    made, feed = one_node("MaxPool", [x], outputs=2, kernel_shape=[1, 2], strides=[1, 2])
    values, places = evaluated(made, feed)
    back = value("MaxUnpool", values.astype(float), places.astype(np.int64), kernel_shape=[1, 2], strides=[1, 2])
    assert back.tolist() == [[[[0, 5, 0, 3]]]]


def test_norms():
    x = np.array([[[[3.0, -4.0], [0.0, 0.0]]]])
    assert value("LpPool", x, kernel_shape=[1, 2]).tolist() == [[[[5], [0]]]]
    assert value("GlobalLpPool", x).item() == 5
    assert value("GlobalLpPool", x, p=1).item() == 7
    assert value("ReduceL2", x).item() == 5
    assert value("GlobalAveragePool", x).item() == mpq(-1, 4)
    assert value("GlobalMaxPool", x).item() == 3


def test_normalisation_of_rational_statistics():
    x, four = np.array([[[1.0, 2.0], [3.0, 4.0]]]), np.array([4.0, 4.0])
    got = value("BatchNormalization", x, four, four, four, four, epsilon=0.0)
    assert got.tolist() == [[[-2, 0], [2, 4]]]
    # Up to opset 8 the statistics may be those of each entry.
    each = np.full((2, 2), 4.0)
    got = value("BatchNormalization", x, each, each, each, each, epsilon=0.0, spatial=0, opset=7)
    assert got.tolist() == [[[-2, 0], [2, 4]]]
    got = value("InstanceNormalization", np.array([[[1.0, 3.0]]]), np.ones(1), np.ones(1), epsilon=0.0)
    assert got.tolist() == [[[0, 2]]]


def test_compositions_of_the_standard_where_they_are_rational():
    assert value("Softmax", np.zeros((1, 3))).tolist() == [[mpq(1, 3)] * 3]
    centred = value("LayerNormalization", np.array([[1.0, 3.0]]), np.ones(2), epsilon=0.0)
    assert centred.tolist() == [[-1, 1]]
    assert value("CenterCropPad", X, row(1, 5)).tolist() == [[0, 1, -2, 3, 0]]


# Activations


@pytest.mark.parametrize(
    "operator,attributes,wanted",
    [
        ("LeakyRelu", {}, [-3 * _float32(0.01), 0, 2]),
        ("LeakyRelu", {"alpha": 0.1}, [-3 * _float32(0.1), 0, 2]),
        ("HardSigmoid", {}, [0, mpq(1, 2), _float32(0.2) * 2 + mpq(1, 2)]),
        ("HardSwish", {}, [0, 0, mpq(5, 3)]),
        ("ThresholdedRelu", {}, [0, 0, 2]),
        ("ThresholdedRelu", {"alpha": 2.0}, [0, 0, 0]),
        ("Shrink", {"lambd": 2.0, "bias": 0.5}, [mpq(-5, 2), 0, 0]),
        ("Shrink", {"lambd": 1.0, "bias": 1.5}, [mpq(-3, 2), 0, mpq(1, 2)]),
    ],
)
def test_activations(operator, attributes, wanted):
    assert value(operator, np.array([-3.0, 0.0, 2.0]), **attributes).tolist() == wanted


@pytest.mark.parametrize("opset", range(7, NEWEST + 1))
def test_bounds_are_attributes_and_then_inputs(opset):
    low, high = np.array(-2.0), np.array(2.5)
    if opset < 11:
        assert value("Clip", X[0], min=-2.0, max=2.5, opset=opset).tolist() == [1, -2, mpq(5, 2)]
        assert value("Clip", X[0], opset=opset).tolist() == [1, -2, 3]
    else:
        assert value("Clip", X[0], low, high, opset=opset).tolist() == [1, -2, mpq(5, 2)]
        assert value("Clip", X[0], None, high, opset=opset).tolist() == [1, -2, mpq(5, 2)]
        assert value("Clip", X[0], high, low, opset=opset).tolist() == [-2, -2, -2]


# What changed between opsets


@pytest.mark.parametrize("opset", range(7, NEWEST + 1))
def test_axes_are_attributes_and_then_inputs(opset):
    for operator, since in (("ReduceSum", 13), ("ReduceMax", 18)):
        wanted = [[2], [-5]] if operator == "ReduceSum" else [[3], [5]]
        if opset < since:
            assert value(operator, X, axes=[1], opset=opset).tolist() == wanted
        else:
            assert value(operator, X, row(1), opset=opset).tolist() == wanted
            assert value(operator, X, opset=opset, noop_with_empty_axes=1).tolist() == X.tolist()
            assert value(operator, X, row(), opset=opset).shape == (1, 1)
    for operator, wanted in (("Squeeze", (2, 3)), ("Unsqueeze", (2, 1, 1, 3))):
        column = X.reshape(2, 1, 3)
        if opset < 13:
            assert value(operator, column, axes=[1], opset=opset).shape == wanted
        else:
            assert value(operator, column, row(1), opset=opset).shape == wanted


@pytest.mark.parametrize("opset", range(7, NEWEST + 1))
def test_hardmax_was_of_matrices(opset):
    array = np.array([[[1.0, 5.0], [3.0, 5.0]]])
    got = value("Hardmax", array, axis=1, opset=opset)
    assert got.tolist() == ([[[0, 1], [0, 0]]] if opset < 13 else [[[0, 1], [1, 0]]])
    default = value("Hardmax", array, opset=opset)
    assert default.tolist() == ([[[0, 1], [0, 0]]] if opset < 13 else [[[0, 1], [0, 1]]])


@pytest.mark.parametrize("opset", range(7, NEWEST + 1))
def test_parts(opset):
    if opset < 13:
        made, feed = one_node("Split", [X], outputs=2, axis=1, split=[1, 2], opset=opset)
    else:
        made, feed = one_node("Split", [X, row(1, 2)], outputs=2, axis=1, opset=opset)
    assert [a.tolist() for a in evaluated(made, feed)] == [[[1], [-4]], [[-2, 3], [5, -6]]]
    if opset >= 18:
        made, feed = one_node("Split", [X], outputs=2, axis=1, num_outputs=2, opset=opset)
        assert [a.shape for a in evaluated(made, feed)] == [(2, 2), (2, 1)]


@pytest.mark.parametrize("opset", range(7, NEWEST + 1))
def test_dropout_in_inference(opset):
    made, feed = one_node("Dropout", [X], outputs=2, opset=opset)
    kept, mask = evaluated(made, feed)
    assert kept.tolist() == X.tolist() and mask.tolist() == np.ones((2, 3)).tolist()
    assert (mask.dtype == bool) is (opset >= 10)


@pytest.mark.parametrize("opset", range(7, NEWEST + 1))
def test_pads_are_attributes_and_then_inputs(opset):
    if opset < 11:
        got = value("Pad", X, pads=[0, 1, 0, -1], value=0.5, opset=opset)
    else:
        got = value("Pad", X, row(0, 1, 0, -1), np.array(0.5), opset=opset)
    assert got.tolist() == [[mpq(1, 2), 1, -2], [mpq(1, 2), -4, 5]]
    if opset >= 18:
        assert value("Pad", X, row(1, 0), None, row(-1), opset=opset).shape == (2, 4)


@pytest.mark.parametrize("mode,wanted", [("reflect", [3, -2, 1, -2, 3, -2]), ("edge", [1, 1, 1, -2, 3, 3])])
def test_pads_of_the_border(mode, wanted):
    assert value("Pad", X[0], row(2, 1), mode=mode).tolist() == wanted


def test_pads_around_a_torus():
    assert value("Pad", X[0], row(4, 2), mode="wrap").tolist() == [3, 1, -2, 3, 1, -2, 3, 1, -2]


@pytest.mark.parametrize(
    "shape,attributes,spread",
    [
        ((3, 4), {"axis": 1, "broadcast": 1}, (3, 4, 1)),
        ((2,), {"axis": 0, "broadcast": 1}, (2, 1, 1, 1)),
        ((2,), {"axis": -4, "broadcast": 1}, (2, 1, 1, 1)),
        ((4, 2), {"broadcast": 1}, (4, 2)),
        ((1, 1), {"broadcast": 1}, (1, 1)),
        ((), {"broadcast": 1}, ()),
        ((2, 3, 4, 2), {}, (2, 3, 4, 2)),
    ],
)
def test_operands_before_opset_7(shape, attributes, spread):
    a, b = np.arange(48.0).reshape(2, 3, 4, 2), np.arange(1.0, 1 + np.prod(shape, dtype=int)).reshape(shape)
    assert value("Sub", a, b, opset=6, **attributes).tolist() == (a - b.reshape(spread)).tolist()
    assert value("Less", a, b, opset=6, **attributes).tolist() == (a < b.reshape(spread)).tolist()
    got = value("Xor", a > 3, b > 2, opset=6, **attributes)
    assert got.tolist() == ((a > 3) ^ (b > 2).reshape(spread)).tolist()


@pytest.mark.parametrize(
    "shape,attributes",
    [((2,), {}), ((3, 2), {"broadcast": 1}), ((2,), {"broadcast": 1, "axis": 1}), ((2,), {"axis": 0})],
)
def test_operands_that_do_not_fit_before_opset_7(shape, attributes):
    with pytest.raises(MalformedModel):
        value("Add", np.zeros((2, 3, 4, 2)), np.zeros(shape), opset=6, **attributes)


def test_other_definitions_before_opset_7():
    product = X @ X.T
    assert value("Gemm", X, X.T, np.ones(2), broadcast=1, opset=6).tolist() == (product + 1).tolist()
    with pytest.raises(MalformedModel):
        value("Gemm", X, X.T, np.ones(2), opset=6)
    image = np.array([[[-1.0, 2.0], [-3.0, 4.0]]])
    assert value("PRelu", image, np.array([2.0, 3.0]), opset=6).tolist() == [[[-2, 2], [-9, 4]]]
    assert value("PRelu", image, np.array([2.0]), opset=6).tolist() == [[[-2, 2], [-6, 4]]]
    assert value("AveragePool", image, kernel_shape=[2], pads=[1, 0], opset=6)[0, 0].tolist() == [-1, mpq(1, 2)]
    assert value("Dropout", X, is_test=1, opset=6).tolist() == X.tolist()
    four = np.full(2, 4.0)
    got = value("BatchNormalization", image, four, four, four, four, epsilon=0.0, is_test=1, opset=6)
    assert got.tolist() == [[[-6, 0], [-10, 4]]]
    for operator, others in (("Dropout", ()), ("BatchNormalization", (four, four, four, four))):
        with pytest.raises(UnsupportedOperator, match="training"):
            value(operator, image, *others, opset=6)
    doubled = value("Upsample", image[None], height_scale=2.0, width_scale=1.0, opset=6)
    assert doubled.tolist() == np.repeat(image[None], 2, axis=2).tolist()


# Quantisation


@pytest.mark.parametrize(
    "x,scale,zero,wanted",
    [
        ([0.5, 1.5, 2.5, -0.5], 1.0, np.uint8(0), [0, 2, 2, 0]),
        ([1000.0, -1000.0], 1.0, np.int8(3), [127, -128]),
        ([1.0, 3.0, 5.0], 2.0, np.uint8(128), [128, 130, 130]),
        ([9.0, -9.0, 2.5], 1.0, np.array(1).astype(ml_dtypes.int4), [7, -8, 3]),
    ],
)
def test_steps(x, scale, zero, wanted):
    assert value("QuantizeLinear", np.float32(x), np.float32(scale), zero).tolist() == wanted


def test_steps_at_fractions():
    third = one_node("QuantizeLinear", [np.float32([0]), np.float32(1)])
    for number, wanted in ((Fraction(1, 2), 0), (Fraction(1, 2) + Fraction(1, 10**30), 1), (Fraction(3, 2), 2)):
        assert evaluate_model(third[0], {"x0": [number], "x1": 1})["y0"].tolist() == [wanted]


def test_blocks_of_scales():
    x = np.uint8([[2, 4, 6, 8, 10]])
    got = value("DequantizeLinear", x, np.float32([[1, 0.5, 0.1]]), np.uint8([[0, 2, 0]]), axis=1, block_size=2)
    assert got.tolist() == [[2, 4, 2, 3, 10 * _float32(0.1)]]


# Sampling


def test_resized_coordinates():
    x = np.array([1.0, 3.0])
    sizes = (None, None, row(4))
    assert value("Resize", x, *sizes, mode="linear").tolist() == [1, mpq(3, 2), mpq(5, 2), 3]
    aligned = value("Resize", x, *sizes, mode="linear", coordinate_transformation_mode="align_corners")
    assert aligned.tolist() == [1, mpq(5, 3), mpq(7, 3), 3]
    asymmetric = value("Resize", x, *sizes, mode="linear", coordinate_transformation_mode="asymmetric")
    assert asymmetric.tolist() == [1, 2, 3, 3]
    middle = value("Resize", x, None, None, row(1), mode="linear")
    first = value("Resize", x, None, None, row(1), mode="linear", coordinate_transformation_mode="pytorch_half_pixel")
    assert (middle.item(), first.item()) == (2, 1)
    for mode, wanted in (("round_prefer_floor", [1, 1, 3, 3]), ("ceil", [1, 3, 3, 3]), ("floor", [1, 1, 1, 3])):
        assert value("Resize", x, *sizes, nearest_mode=mode).tolist() == wanted


def test_scales_are_float32():
    got = value("Resize", np.array([0.0, 1.0]), None, np.float32([1.7]), mode="linear")
    assert got.tolist() == [0, mpq(3, 2) / _float32(1.7) - mpq(1, 2), mpq(5, 2) / _float32(1.7) - mpq(1, 2)]


def test_grids():
    x = np.array([[[[1.0, 2.0], [3.0, 4.0]]]])
    middle = np.array([[[[0.0, 0.0]]]])
    assert value("GridSample", x, middle, opset=20).item() == mpq(5, 2)
    corner = np.array([[[[-1.0, 1.0]]]])
    assert value("GridSample", x, corner, align_corners=1, opset=20).item() == 3
    assert value("GridSample", x, corner, opset=20).item() == mpq(3, 4)
    assert value("GridSample", x, corner, padding_mode="border", opset=20).item() == 3
    far = np.array([[[[-3.5, -0.5]]]])
    assert value("GridSample", x, far, padding_mode="reflection", mode="nearest", opset=20).item() == 2


def test_affine_grids():
    theta = np.array([[[1.0, 0.0, 0.5], [0.0, 2.0, 0.0]]])
    got = value("AffineGrid", theta, row(1, 1, 1, 2))
    assert got.tolist() == [[[[0, 0], [1, 0]]]]
    aligned = value("AffineGrid", theta, row(1, 1, 2, 2), align_corners=1)
    assert aligned.tolist() == [[[[mpq(-1, 2), -2], [mpq(3, 2), -2]], [[mpq(-1, 2), 2], [mpq(3, 2), 2]]]]


def test_overlapping_blocks_are_added():
    blocks = np.arange(1.0, 7.0).reshape(1, 2, 3)
    assert value("Col2Im", blocks, row(4), row(2)).tolist() == [[[1, 6, 8, 6]]]
