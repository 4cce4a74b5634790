"""The bits of constants, read as another type."""

import struct

import ml_dtypes
import numpy as np
import pytest
from onnx import TensorProto
from unit.onnx_import.models import assert_refuses, assert_same, imported, model, node, run_exactly

from exactgeo.errors import MalformedModel, NonFiniteWeight, NotPiecewiseAffine, UnsupportedOperator

X = {"x": (1,)}


def _cast(array, to, shape=X):
    constants = {} if array is None else {"c": array}
    code = TensorProto.DataType.Value(to)
    return model([node("BitCast", ["x" if array is None else "c"], ["y"], name="n", to=code)], shape, ["y"], constants)


def _read(array, to):
    return run_exactly(imported(_cast(array, to)), [np.zeros(1)])[0].tolist()


@pytest.mark.parametrize(
    "array, to, expected",
    [
        (np.array([1.0, -2.0], np.float32), "INT32", [0x3F800000, 0xC0000000 - 2**32]),
        (np.array([1.0, -2.0], np.float32), "UINT32", [0x3F800000, 0xC0000000]),
        (np.array([0x3F800000, 0x40490FDB], np.int32), "FLOAT", [1, struct.unpack("<f", b"\xdb\x0f\x49\x40")[0]]),
        (np.array([0x3FF0000000000000], np.int64), "DOUBLE", [1]),
        (np.array([2.5]), "UINT64", [0x4004000000000000]),
        (np.array([0x3C00, 0xC000], np.uint16), "FLOAT16", [1, -2]),
        (np.array([0x3F80, 0xC000], np.uint16), "BFLOAT16", [1, -2]),
        (np.array([1, 2.5], np.float16), "INT16", [0x3C00, 0x4100]),
        (np.array([-1, 127, -128], np.int8), "UINT8", [255, 127, 128]),
        (np.array([True, False]), "UINT8", [1, 0]),
        (np.array([1, 0], np.int8), "BOOL", [1, 0]),
        (np.array([0x38, 0xC0], np.uint8), "FLOAT8E4M3FN", [1, -2]),
        (np.array([1, -2], ml_dtypes.float8_e5m2), "UINT8", [0x3C, 0xC0]),
        (np.array([-1, -8, 7, 0], ml_dtypes.int4), "UINT4", [15, 8, 7, 0]),
        (np.array([15, 8, 7, 0], ml_dtypes.uint4), "INT4", [-1, -8, 7, 0]),
        (np.array([7, 15, 1], ml_dtypes.uint4), "FLOAT4E2M1", [6, -6, 0.5]),
        (np.array([-1, -2, 1, 0], ml_dtypes.int2), "UINT2", [3, 2, 1, 0]),
        (np.array([1, 2], np.int64), "INT64", [1, 2]),
    ],
    ids=lambda value: str(getattr(value, "dtype", "")) if not isinstance(value, str) else value,
)  # fmt: skip
def test_bits_are_those_of_the_formats(array, to, expected):
    assert _read(array, to) == list(expected)


@pytest.mark.parametrize(
    "array", [np.array(1.0, np.float32), np.ones((2, 3), np.float32).T, np.zeros((0, 2), np.float32)]
)
def test_the_shape_stays(array):
    nodes = [node("BitCast", ["c"], ["b"], to=TensorProto.INT32), node("Shape", ["b"], ["y"])]
    made = imported(model(nodes, X, ["y"], {"c": array}))
    assert_same(run_exactly(made, [np.zeros(1)]), [np.array(array.shape, dtype=np.int64)])


def test_bits_come_back():
    values = np.array([0.1, -3.75e-30, 1e30], np.float32)
    nodes = [node("BitCast", ["c"], ["b"], to=TensorProto.INT32), node("BitCast", ["b"], ["y"], to=TensorProto.FLOAT)]
    assert_same(run_exactly(imported(model(nodes, X, ["y"], {"c": values})), [np.zeros(1)]), [values])


def test_bits_that_are_no_number_are_refused():
    assert_refuses(_cast(np.array([0x7FC00000], np.int32), "FLOAT"), NonFiniteWeight, "nan")


@pytest.mark.parametrize("to", ["INT64", "FLOAT16", "STRING", "UNDEFINED", "COMPLEX64"])
def test_other_widths_are_refused(to):
    assert_refuses(_cast(np.ones(2, np.float32), to), MalformedModel, r"^node 'n' \(BitCast")


def test_types_of_4_and_of_8_bits_are_not_mixed_up():
    assert_refuses(_cast(np.ones(2, ml_dtypes.int4), "INT8"), MalformedModel, r"^node 'n' \(BitCast.*as many")
    assert_refuses(_cast(np.ones(2, np.int8), "UINT4"), MalformedModel, r"^node 'n' \(BitCast.*as many")


def test_truth_values_are_0_or_1():
    assert_refuses(_cast(np.array([2], np.uint8), "BOOL"), UnsupportedOperator, r"^node 'n' \(BitCast")


def test_the_bits_of_data_are_refused():
    assert_refuses(_cast(None, "INT64"), NotPiecewiseAffine, r"^node 'n' \(BitCast.*bits of data")


def test_the_bits_of_what_was_computed_are_refused():
    nodes = [node("Add", ["c", "c"], ["s"]), node("BitCast", ["s"], ["y"], name="n", to=TensorProto.INT32)]
    made = model(nodes, X, ["y"], {"c": np.ones(2, np.float32)})
    assert_refuses(made, UnsupportedOperator, r"^node 'n' \(BitCast.*computed")


def test_a_type_must_be_given():
    made = model([node("BitCast", ["c"], ["y"], name="n")], X, ["y"], {"c": np.ones(1)})
    assert_refuses(made, MalformedModel, r"^node 'n' \(BitCast")
