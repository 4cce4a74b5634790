"""Products of quantised tensors: what they stand for multiplied as fractions, and rounded."""

from fractions import Fraction
from random import Random

import ml_dtypes
import numpy as np
import pytest
from gmpy2 import mpq
from unit.onnx_import.evaluator.running import evaluated, one_node, value

from exactgeo.errors import MalformedModel, UnsupportedOperator

ONE, ZERO = np.float32(1), np.uint8(0)
TENTH, THIRD = np.float32(0.1), np.float32(1 / 3)


def _steps(random, shape, dtype=np.uint8):
    low, high = np.iinfo(dtype).min, np.iinfo(dtype).max
    return np.array([random.randint(low, high) for _ in range(int(np.prod(shape)))], dtype=dtype).reshape(shape)


def _meant(array, scale, zero):
    """What a quantised tensor stands for; scales and zero points are broadcast."""
    return (array.astype(object) - np.asarray(zero).astype(object)) * np.vectorize(
        lambda s: Fraction(float(s)), otypes=[object]
    )(scale)


def _quantised(numbers, scale, zero):
    """Round half to even, which Fraction's round does, and saturate."""
    limits = np.iinfo(zero.dtype)
    steps = [round(v / Fraction(float(scale))) + int(zero) for v in np.asarray(numbers, dtype=object).reshape(-1)]
    return np.clip(np.array(steps, dtype=object), limits.min, limits.max).reshape(np.shape(numbers)).tolist()


def test_a_product_by_hand():
    a, b = np.uint8([[11, 9]]), np.uint8([[3, 129], [4, 127]])
    # (1, -1) / 2 times ((3, 129), (4, 127)) / 4 is (-1, 2) / 8: -1/4 and 1/2 of a step of 1/2.
    halves = np.float32(0.5), np.uint8(10), np.float32(0.25), ZERO, np.float32(0.5)
    inputs = [a, halves[0], halves[1], b, halves[2], halves[3], halves[4]]
    assert value("QLinearMatMul", *inputs, np.uint8(7)).tolist() == [[7, 7]]
    inputs[6] = np.float32(0.0625)
    assert value("QLinearMatMul", *inputs, np.uint8(7)).tolist() == [[5, 11]]
    assert value("QLinearMatMul", *inputs, np.uint8(1)).tolist() == [[0, 5]]
    # A float32 that is a little more than a tenth: a little less than 2.5 is 2; -1.25 is -1, and saturated.
    inputs[6] = np.float32(0.1)
    assert value("QLinearMatMul", *inputs, np.int8(-128)).tolist() == [[-128, -126]]


@pytest.mark.parametrize(
    "a_shape,b_shape", [((3, 4), (4, 2)), ((4,), (4, 2)), ((3, 4), (4,)), ((2, 3, 4), (4, 2)), ((2, 3, 4), (2, 4, 2))]
)
@pytest.mark.parametrize("dtype", [np.uint8, np.int8])
def test_products_by_their_definition(a_shape, b_shape, dtype):
    random = Random(f"{a_shape}{b_shape}{dtype}")
    a, b = _steps(random, a_shape), _steps(random, b_shape, dtype)
    zeros, y_scale, y_zero = (np.uint8(120), dtype(5)), np.float32(30.3), dtype(100)
    got = value("QLinearMatMul", a, TENTH, zeros[0], b, THIRD, zeros[1], y_scale, y_zero, opset=10)
    wanted = np.matmul(_meant(a, TENTH, zeros[0]), _meant(b, THIRD, zeros[1]))
    assert got.tolist() == _quantised(wanted, y_scale, y_zero)


def test_scales_of_rows_and_columns():
    random = Random(1)
    a, b = _steps(random, (3, 4)), _steps(random, (4, 2))
    a_scale, b_scale = np.float32([0.1, 0.2, 0.7]), np.float32([0.3, 1.1])
    a_zero, b_zero = np.uint8([0, 100, 250]), np.uint8([3, 77])
    wanted = np.matmul(_meant(a, a_scale[:, None], a_zero[:, None]), _meant(b, b_scale, b_zero))
    y_scale, y_zero = np.float32(111.1), np.uint8(128)
    got = value("QLinearMatMul", a, a_scale, a_zero, b, b_scale, b_zero, y_scale, y_zero)
    assert got.tolist() == _quantised(wanted, y_scale, y_zero)
    columns = a_scale.reshape(1, 3, 1), a_zero.reshape(1, 3, 1), b_scale.reshape(1, 1, 2), b_zero.reshape(1, 1, 2)
    got = value("QLinearMatMul", a[None], *columns[:2], b[None], *columns[2:], y_scale, y_zero)
    assert got.tolist() == [_quantised(wanted, y_scale, y_zero)]


def test_products_of_floats_of_eight_bits():
    kind = ml_dtypes.float8_e4m3fn
    a, b = np.array([[1.5, 448]], dtype=kind), np.array([[2], [0.5]], dtype=kind)
    zero = np.array(0, dtype=kind)
    # 3 + 224 is 227, between 224 and 240; a third of it 75 2/3, between 72 and 80; a tenth of 227 is near 22.
    for scale, wanted in ((ONE, 224), (np.float32(3), 72), (np.float32(10), 22), (np.float32(0.25), 448)):
        assert value("QLinearMatMul", a, ONE, zero, b, ONE, zero, scale, zero).tolist() == [[wanted]]
    assert value("QLinearMatMul", a, ONE, zero, b, ONE, zero, np.float32(2), np.int8(3)).tolist() == [[117]]


def test_a_convolution_by_hand():
    x, weights = np.uint8([[[2, 3, 4]]]), np.uint8([[[1, 2]], [[3, 5]]])
    # Less 1, and 0 or 1: (1, 2, 3) with (1, 2) and (2, 4), padded by zeros.
    scales = ONE, np.uint8(1), weights, np.float32([1, 0.5]), np.uint8([0, 1]), ONE, ZERO
    got = value("QLinearConv", x, *scales, pads=[1, 1])
    assert got.tolist() == [[[2, 5, 8, 3], [2, 5, 8, 3]]]
    # The bias is counted in the steps of the products: 10 of 1, and 3 of 1/2, halves to the even.
    got = value("QLinearConv", x, *scales, np.int32([10, 3]), pads=[1, 1])
    assert got.tolist() == [[[12, 15, 18, 13], [4, 6, 10, 4]]]


@pytest.mark.parametrize("per_map", [False, True])
@pytest.mark.parametrize("rank", [1, 2, 3])
def test_convolutions_are_those_of_what_is_meant(rank, per_map):
    random = Random(rank)
    x, weights = _steps(random, (2, 4, *[5] * rank)), _steps(random, (6, 2, *[2] * rank), np.int8)
    w_scale = np.float32([0.1, 0.2, 0.3, 0.4, 0.5, 0.6]) if per_map else THIRD
    w_zero = np.int8([0, 1, 2, 3, -4, 5]) if per_map else np.int8(3)
    bias, y_scale, y_zero = np.int32([100, -200, 300, -5000, 0, 7]), np.float32(77.7), np.int8(-20)
    geometry = {"group": 2, "strides": [2] * rank, "pads": [1] * rank + [0] * rank, "dilations": [2] * rank}
    inputs = [x, TENTH, np.uint8(100), weights, w_scale, w_zero, y_scale, y_zero, bias]
    got = value("QLinearConv", *inputs, **geometry)
    # The plain convolution of integers, evaluated by its own definition, then scaled and rounded here.
    spread = [-1, *[1] * (rank + 1)]
    plain = [x.astype(float) - 100, weights.astype(float) - w_zero.reshape(spread if per_map else ())]
    sums = np.vectorize(lambda v: Fraction(int(v)), otypes=[object])(
        value("Conv", *plain, bias.astype(float), **geometry)
    )
    scales = np.vectorize(lambda s: Fraction(float(s)) * Fraction(float(TENTH)), otypes=[object])(w_scale)
    wanted = sums * (scales.reshape(spread[:-1]) if per_map else scales)
    assert got.tolist() == _quantised(wanted, y_scale, y_zero)


MATRICES = [np.uint8([[1, 2]]), ONE, ZERO, np.uint8([[1], [2]]), ONE, ZERO, ONE, ZERO]
SIGNALS = [np.uint8([[[1, 2]]]), ONE, ZERO, np.uint8([[[1, 2]]]), ONE, ZERO, ONE, ZERO]


def _changed(inputs, **changes):
    return [changes.get(f"i{i}", array) for i, array in enumerate(inputs)]


@pytest.mark.parametrize(
    "operator,inputs,error,match",
    [
        ("QLinearMatMul", _changed(MATRICES, i6=np.float32(0)), UnsupportedOperator, "not positive"),
        ("QLinearMatMul", _changed(MATRICES, i1=np.float32([1, 2])), MalformedModel, "scales of shape"),
        ("QLinearMatMul", _changed(MATRICES, i6=np.float32([1, 2]), i7=np.uint8([0, 0])), MalformedModel, "single"),
        (
            "QLinearMatMul",
            _changed(MATRICES, i1=np.float32([1, 2]), i2=np.uint8([0, 0])),
            MalformedModel,
            "zero points",
        ),
        ("QLinearConv", _changed(SIGNALS, i6=np.float32(-1)), UnsupportedOperator, "not positive"),
        ("QLinearConv", _changed(SIGNALS, i4=np.float32([1, 2]), i5=np.uint8([0, 0])), MalformedModel, "zero points"),
        ("QLinearConv", [*SIGNALS, np.int32([1, 2])], MalformedModel, "a bias of shape"),
    ],
)
def test_what_is_refused(operator, inputs, error, match):
    with pytest.raises(error, match=match):
        value(operator, *inputs)


@pytest.mark.parametrize("operator,inputs", [("QLinearMatMul", MATRICES), ("QLinearConv", SIGNALS)])
def test_they_are_functions_of_steps(operator, inputs):
    made, feed = one_node(operator, inputs)
    assert evaluated(made, feed)[0].reshape(-1).tolist() == [5]
    with pytest.raises(UnsupportedOperator, match="staircases=False"):
        evaluated(made, feed, staircases=False)


def test_sums_that_may_overflow_are_refused():
    wide = np.full((1, 33100), 255, dtype=np.uint8)
    inputs = [wide, ONE, ZERO, wide.T, ONE, ZERO, np.float32(2.0**24), ZERO]
    with pytest.raises(UnsupportedOperator, match="32 bits"):
        value("QLinearMatMul", *inputs)
    inputs[0], inputs[3] = wide[:, :33000], wide.T[:33000]
    assert value("QLinearMatMul", *inputs).tolist() == [[round(Fraction(33000 * 255**2, 2**24))]]


def test_what_is_meant_is_not_rounded():
    """A tenth as float32 is more than a tenth: ten of them are more than a half of two."""
    inputs = [np.uint8([[10]]), TENTH, ZERO, np.uint8([[1]]), ONE, ZERO, np.float32(2), ZERO]
    assert mpq(*float(TENTH).as_integer_ratio()) * 10 > 1
    assert value("QLinearMatMul", *inputs).tolist() == [[1]]
