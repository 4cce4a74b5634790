"""Numbers as files hold them: of every type, dense and sparse, and those that contradict themselves."""

from fractions import Fraction

import ml_dtypes
import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper
from unit.onnx_import.models import fractions, imported, model, node, run_exactly

from exactgeo.errors import MalformedModel, UnsupportedOperator
from onnx_import.files.stored import DataFolder, dense_array, is_tiny_float, stored_array, widened

NOWHERE = DataFolder(None)
TINY = ("float8_e4m3fn", "float8_e4m3fnuz", "float8_e5m2", "float8_e5m2fnuz", "float8_e8m0fnu", "float4_e2m1fn")
LARGE = ("float16", "bfloat16", "float32", "float64")


# Types


@pytest.mark.parametrize("name", TINY)
def test_floats_of_8_bits_or_fewer_are_tiny(name):
    assert is_tiny_float(np.dtype(getattr(ml_dtypes, name)))


@pytest.mark.parametrize("name", [*LARGE, "int8", "uint8", "int64", "bool", "complex64"])
def test_no_other_type_is_tiny(name):
    kind = np.dtype(ml_dtypes.bfloat16) if name == "bfloat16" else np.dtype(name)
    assert not is_tiny_float(kind)


@pytest.mark.parametrize("name", LARGE)
def test_larger_floats_stay_as_they_are(name):
    array = np.array([0.1, -3]).astype(ml_dtypes.bfloat16 if name == "bfloat16" else name)
    assert widened(array) is array


@pytest.mark.parametrize("name", TINY)
def test_tiny_floats_are_the_numbers_that_they_are(name):
    kind = np.dtype(getattr(ml_dtypes, name))
    patterns = np.arange(16 if name.startswith("float4") else 256, dtype=np.uint8).view(kind)
    finite = patterns[np.isfinite(patterns.astype(np.float32))]
    assert widened(finite).dtype == np.float32
    assert fractions(widened(finite)).tolist() == [Fraction(float(value)) for value in finite]


@pytest.mark.parametrize("name, low, high", [("int4", -8, 7), ("uint4", 0, 15), ("int2", -2, 1), ("uint2", 0, 3)])
def test_narrow_integers_become_integers_of_8_bits(name, low, high):
    array = np.arange(low, high + 1).astype(getattr(ml_dtypes, name))
    assert widened(array).dtype.itemsize == 1 and widened(array).tolist() == [*range(low, high + 1)]


# Tensors


def test_a_tensor_too_large_is_refused_before_memory_is_taken_for_it():
    tensor = TensorProto(data_type=TensorProto.FLOAT, dims=[2**20, 2**20])
    with pytest.raises(UnsupportedOperator, match="the thing has the shape"):
        stored_array(tensor, "the thing", NOWHERE)


@pytest.mark.parametrize("dims", [[2**27 + 1], [2, 2**27], [2**63 - 1, 2**63 - 1]])
def test_the_product_of_the_sizes_does_not_wrap_around(dims):
    with pytest.raises(UnsupportedOperator, match=f"more than {2**27} entries"):
        stored_array(TensorProto(data_type=TensorProto.FLOAT, dims=dims), "the thing", NOWHERE)


@pytest.mark.parametrize(
    "field, value", [("float_data", 1.0), ("int32_data", 1), ("int64_data", 1), ("double_data", 1.0)]
)
def test_data_of_two_kinds_is_refused(field, value):
    tensor = numpy_helper.from_array(np.ones(1, np.float32))
    getattr(tensor, field).append(value)
    with pytest.raises(MalformedModel, match="the thing holds its data twice"):
        stored_array(tensor, "the thing", NOWHERE)


def _of_type(name, count, *entries, raw=None, field="int32_data"):
    tensor = TensorProto(name="t", data_type=getattr(TensorProto, name), dims=[count])
    getattr(tensor, field).extend(entries)
    if raw is not None:
        tensor.raw_data = raw
    return tensor


@pytest.mark.parametrize(
    "tensor, expected",
    [
        (_of_type("INT8", 2, -128, 127), [-128, 127]),
        (_of_type("UINT8", 2, 0, 255), [0, 255]),
        (_of_type("INT16", 2, -(2**15), 2**15 - 1), [-(2**15), 2**15 - 1]),
        (_of_type("UINT16", 1, 2**16 - 1), [2**16 - 1]),
        (_of_type("INT32", 2, -(2**31), 2**31 - 1), [-(2**31), 2**31 - 1]),
        (_of_type("UINT32", 1, 2**32 - 1, field="uint64_data"), [2**32 - 1]),
        (_of_type("BOOL", 2, 0, 1), [False, True]),
        (_of_type("FLOAT16", 1, 0xC000), [-2]),
        (_of_type("INT4", 3, 0x8F, 0x07), [-1, -8, 7]),
        (_of_type("UINT4", 3, raw=bytes([0x8F, 0x07])), [15, 8, 7]),
        (_of_type("FLOAT6E2M3", 4, 0, 8, 0x28, 0x1F), [0, 1, -1, 7.5]),
    ],
    ids=lambda value: TensorProto.DataType.Name(value.data_type) if isinstance(value, TensorProto) else "",
)
def test_entries_may_go_up_to_their_type_s_limits(tensor, expected):
    assert widened(stored_array(tensor, "the thing", NOWHERE)).tolist() == expected


@pytest.mark.parametrize(
    "tensor",
    [
        *(_of_type("INT8", 1, value) for value in (-129, 128)),
        *(_of_type("UINT8", 1, value) for value in (-1, 256)),
        *(_of_type("INT16", 1, value) for value in (-(2**15) - 1, 2**15)),
        *(_of_type("UINT16", 1, value) for value in (-1, 2**16)),
        _of_type("UINT32", 1, 2**32, field="uint64_data"),
        *(_of_type("BOOL", 1, value) for value in (-1, 2)),
        _of_type("BOOL", 2, raw=bytes([1, 2])),
        *(_of_type(name, 1, 2**16) for name in ("FLOAT16", "BFLOAT16")),
        _of_type("FLOAT8E5M2", 1, 2**8),
        _of_type("INT4", 2, 0x18F),
        *(_of_type("INT4", 3, raw=bytes(count)) for count in (1, 3)),
        *(_of_type("UINT4", 3, *range(count)) for count in (1, 3)),
    ],
    ids=lambda tensor: TensorProto.DataType.Name(tensor.data_type),
)
def test_entries_that_their_type_cannot_have_are_refused(tensor):
    with pytest.raises(MalformedModel, match="the thing has "):
        stored_array(tensor, "the thing", NOWHERE)


# Sparse tensors


def _sparse(values, indices, dims):
    return helper.make_sparse_tensor(
        numpy_helper.from_array(np.array(values)), numpy_helper.from_array(np.array(indices, dtype=np.int64)), dims
    )


@pytest.mark.parametrize(
    "values, indices, dims, expected",
    [
        ([5.0, 7.0], [1, 3], [2, 2], [[0, 5], [0, 7]]),
        ([5.0, 7.0], [[0, 1], [1, 1]], [2, 2], [[0, 5], [0, 7]]),
        ([5.0], [[2]], [3], [0, 0, 5]),
        ([5.0, 7.0], [3, 1], [4], [0, 7, 0, 5]),
        ([0.5], [[1, 0, 2]], [2, 1, 3], [[[0, 0, 0]], [[0, 0, 0.5]]]),
        ([2], [0], [1], [2]),
    ],
)
def test_a_sparse_tensor_is_zero_where_nothing_is_stored(values, indices, dims, expected):
    dense = dense_array(_sparse(values, indices, dims), "the thing", NOWHERE)
    assert dense.tolist() == expected and dense.dtype == np.array(values).dtype


def test_a_sparse_tensor_may_store_nothing():
    empty = helper.make_sparse_tensor(
        numpy_helper.from_array(np.zeros(0, np.float32)), numpy_helper.from_array(np.zeros(0, np.int64)), [2]
    )
    assert dense_array(empty, "the thing", NOWHERE).tolist() == [0, 0]


@pytest.mark.parametrize(
    "values, indices, dims",
    [
        ([1.0], [4], [2, 2]),
        ([1.0], [-1], [4]),
        ([1.0], [[0, 2]], [2, 2]),
        ([1.0], [[-1, 0]], [2, 2]),
        ([1.0, 2.0], [1, 1], [4]),
        ([1.0, 2.0], [[0, 1], [0, 1]], [2, 2]),
        ([1.0, 2.0], [1], [4]),
        ([1.0], [[0, 0, 0]], [2, 2]),
        ([[1.0]], [0], [4]),
        ([1.0], [0], [0]),
        ([1.0], [0], [-4]),
    ],
    ids=str,
)
def test_sparse_tensors_that_contradict_themselves_are_refused(values, indices, dims):
    with pytest.raises(MalformedModel, match="the thing has"):
        dense_array(_sparse(values, indices, dims), "the thing", NOWHERE)


def test_indices_of_another_type_are_refused():
    made = _sparse([1.0], [0], [4])
    made.indices.CopyFrom(numpy_helper.from_array(np.zeros(1, np.int32)))
    with pytest.raises(MalformedModel, match="the thing has"):
        dense_array(made, "the thing", NOWHERE)


def test_a_sparse_tensor_that_would_be_too_large_is_refused():
    with pytest.raises(UnsupportedOperator, match="more than"):
        dense_array(_sparse([1.0], [0], [2**40]), "the thing", NOWHERE)


def test_a_sparse_weight_is_as_good_as_a_dense_one():
    x = np.array([1.0, -2.0, 4.0])
    made = model([node("Mul", ["x", "w"], ["y"])], {"x": (3,)}, ["y"])
    made.graph.sparse_initializer.append(_sparse([0.5], [1], [3]))
    made.graph.sparse_initializer[0].values.name = "w"
    assert run_exactly(imported(made), [x])[0].tolist() == [0, -1, 0]
