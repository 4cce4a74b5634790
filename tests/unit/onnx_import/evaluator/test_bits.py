"""Bits read as another type, against views of arrays in memory."""

import ml_dtypes
import numpy as np
import pytest
from gmpy2 import mpq
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, numpy_helper
from unit.onnx_import.evaluator.running import difference, evaluated, exact, one_node, value

from exactgeo.errors import MalformedModel, UnsupportedOperator
from onnx_import.evaluator import evaluate_model
from onnx_import.evaluator.floats import BFLOAT16, FLOAT16, FLOAT32, FLOAT64, pattern

PAIRS = [
    (np.float32, np.int32, TensorProto.FLOAT, TensorProto.INT32),
    (np.float64, np.uint64, TensorProto.DOUBLE, TensorProto.UINT64),
    (np.float16, np.uint16, TensorProto.FLOAT16, TensorProto.UINT16),
    (ml_dtypes.bfloat16, np.int16, TensorProto.BFLOAT16, TensorProto.INT16),
    (ml_dtypes.float8_e4m3fn, np.uint8, TensorProto.FLOAT8E4M3FN, TensorProto.UINT8),
    (ml_dtypes.float8_e5m2, np.int8, TensorProto.FLOAT8E5M2, TensorProto.INT8),
    (np.int16, np.uint16, TensorProto.INT16, TensorProto.UINT16),
]
NUMBERS = np.array([[1.0, -2.5, 3.75], [0.015625, -48.0, 0.001953125]])


@pytest.mark.parametrize("source,target,source_kind,target_kind", PAIRS)
def test_there_and_back(source, target, source_kind, target_kind):
    numbers = (NUMBERS if np.dtype(source).kind != "i" else NUMBERS * 512).astype(source)
    made, feed = one_node("BitCast", [numbers], to=target_kind)
    assert difference(evaluated(made, feed)[0], numbers.view(target), 0) is None
    made, feed = one_node("BitCast", [numbers.view(target)], to=source_kind)
    assert difference(evaluated(made, feed)[0], numbers, 0) is None


def test_four_bits():
    numbers = np.array([0.5, -6, 1.5, -1, 4], dtype=ml_dtypes.float4_e2m1fn)
    patterns = [1, 15, 3, 10, 6]
    assert value("BitCast", numbers, to=TensorProto.UINT4).tolist() == patterns
    signed = np.array([p - 16 if p > 7 else p for p in patterns], dtype=ml_dtypes.int4)
    assert value("BitCast", signed, to=TensorProto.UINT4).tolist() == patterns
    assert value("BitCast", signed, to=TensorProto.FLOAT4E2M1).tolist() == exact(numbers).tolist()


def test_truth_values():
    assert value("BitCast", np.array([True, False]), to=TensorProto.UINT8).tolist() == [1, 0]
    assert value("BitCast", np.uint8([0, 1]), to=TensorProto.BOOL).tolist() == [False, True]


def test_zero_where_it_has_no_sign():
    zero = np.array([0], dtype=ml_dtypes.float8_e5m2fnuz)
    assert value("BitCast", zero, to=TensorProto.UINT8).tolist() == [0]
    assert value("BitCast", np.int32([0, -(2**31)]), to=TensorProto.FLOAT).tolist() == [0, 0]


@given(st.floats(width=16, allow_nan=False, allow_infinity=False).filter(bool))
def test_patterns_of_float16(number):
    assert pattern(mpq(*number.as_integer_ratio()), FLOAT16) == int(np.float16(number).view(np.uint16))


@given(st.floats(width=32, allow_nan=False, allow_infinity=False).filter(bool))
def test_patterns_of_float32(number):
    exactly = mpq(*number.as_integer_ratio())
    bits = int(np.float32(number).view(np.uint32))
    assert pattern(exactly, FLOAT32) == bits
    assert pattern(exactly, BFLOAT16) == (None if bits & 0xFFFF else bits >> 16)


@given(st.floats(allow_nan=False, allow_infinity=False).filter(bool))
def test_patterns_of_float64(number):
    assert pattern(mpq(*number.as_integer_ratio()), FLOAT64) == int(np.float64(number).view(np.uint64))


@pytest.mark.parametrize("number", [mpq(1, 3), mpq(2**24 + 1), mpq(2**128), mpq(1, 2**150), mpq(3, 2**150)])
def test_numbers_that_are_no_float32(number):
    assert pattern(number, FLOAT32) is None
    made, _ = one_node("BitCast", [np.float32([1])], to=TensorProto.INT32)
    with pytest.raises(UnsupportedOperator, match="unless rounded"):
        evaluate_model(made, {"x0": [number]})


@pytest.mark.parametrize(
    "compute,error,match",
    [
        (lambda: value("BitCast", np.float32([0]), to=TensorProto.INT32), UnsupportedOperator, "whose sign"),
        (lambda: value("BitCast", np.uint8([2]), to=TensorProto.BOOL), UnsupportedOperator, "truth value"),
        (lambda: value("BitCast", np.int64([2]), to=TensorProto.COMPLEX64), UnsupportedOperator, "COMPLEX64"),
        (lambda: value("BitCast", np.int64([2]), to=TensorProto.STRING), UnsupportedOperator, "STRING"),
        (lambda: value("BitCast", np.int64([2]), to=TensorProto.FLOAT), MalformedModel, "width"),
        (
            lambda: value("BitCast", np.array([0], dtype=ml_dtypes.float8_e5m2), to=TensorProto.INT8),
            UnsupportedOperator,
            "the bits of 0, of which FLOAT8E5M2 has 2",
        ),
    ],
)
def test_what_is_refused(compute, error, match):
    with pytest.raises(error, match=match):
        compute()


def test_infinities_are_refused():
    stored = numpy_helper.from_array(np.float32([np.inf]))
    made, feed = one_node("BitCast", [None], constants={0: stored}, to=TensorProto.INT32)
    with pytest.raises(UnsupportedOperator, match="the bits of inf"):
        evaluated(made, feed)
