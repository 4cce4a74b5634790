"""Stored tensors: every type and layout that the standard has, and what is none of them."""

import ml_dtypes
import numpy as np
import onnx
import pytest
from gmpy2 import mpq
from onnx import SparseTensorProto, TensorProto, external_data_helper, helper, numpy_helper
from unit.onnx_import.evaluator.running import evaluated, exact, model, node, one_node

from exactgeo.errors import MalformedModel, NonFiniteWeight, UnsupportedOperator
from onnx_import.evaluator import evaluate_file
from onnx_import.evaluator.stored import read_sparse, read_tensor
from onnx_import.evaluator.values import NonFinite

RANDOM = np.random.default_rng(7)
FLOATS = (
    np.float32,
    np.float64,
    np.float16,
    ml_dtypes.bfloat16,
    ml_dtypes.float8_e4m3fn,
    ml_dtypes.float8_e4m3fnuz,
    ml_dtypes.float8_e5m2,
    ml_dtypes.float8_e5m2fnuz,
    ml_dtypes.float4_e2m1fn,
)
INTEGERS = (np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64)
SHORT = (ml_dtypes.int4, ml_dtypes.uint4)


def _entries(dtype, shape=(3, 5)):
    if dtype in INTEGERS:
        limits = np.iinfo(dtype)
        return RANDOM.integers(limits.min, limits.max, shape, dtype=dtype, endpoint=True)
    if dtype in SHORT:
        return (RANDOM.integers(0, 8, shape) - (4 if dtype is ml_dtypes.int4 else 0)).astype(dtype)
    return RANDOM.normal(size=shape).astype(dtype)


def _typed_field(array):
    """The same tensor with its entries in a typed field instead of in bytes."""
    stored = numpy_helper.from_array(array, "t")
    return helper.make_tensor("t", stored.data_type, array.shape, array.reshape(-1).tolist())


@pytest.mark.parametrize("dtype", FLOATS + INTEGERS + SHORT)
def test_bytes_hold_the_entries(dtype):
    array = _entries(dtype)
    assert np.array_equal(read_tensor(numpy_helper.from_array(array, "t"), None).array, exact(array))


@pytest.mark.parametrize("dtype", FLOATS + INTEGERS + SHORT)
def test_typed_fields_hold_the_entries(dtype):
    array = _entries(dtype)
    assert np.array_equal(read_tensor(_typed_field(array), None).array, exact(array))


def test_truth_values_and_strings():
    truths = np.array([True, False])
    assert read_tensor(numpy_helper.from_array(truths, "t"), None).array.tolist() == [True, False]
    texts = helper.make_tensor("t", TensorProto.STRING, [2], [b"a", "ä".encode()])
    assert read_tensor(texts, None).array.tolist() == ["a", "ä"]


def test_infinities_are_kept_apart_from_numbers():
    array = np.array([np.inf, -np.inf, np.nan, 1.5], dtype=np.float32)
    read = read_tensor(numpy_helper.from_array(array, "t"), None).array.tolist()
    assert read == [NonFinite.PLUS_INFINITY, NonFinite.MINUS_INFINITY, NonFinite.NOT_A_NUMBER, mpq(3, 2)]


def _broken(**changes):
    stored = numpy_helper.from_array(np.arange(6, dtype=np.float32).reshape(2, 3), "t")
    for name, content in changes.items():
        if name == "dims":
            stored.dims[:] = content
        elif name == "float_data":
            stored.float_data.extend(content)
        else:
            setattr(stored, name, content)
    return stored


@pytest.mark.parametrize(
    "stored",
    [
        _broken(raw_data=b"\0" * 23),
        _broken(raw_data=b"\0" * 25),
        _broken(dims=[2, 4]),
        _broken(dims=[-2, -3]),
        _broken(float_data=[1.0]),
        TensorProto(name="t", data_type=TensorProto.FLOAT, dims=[1], int64_data=[1]),
        TensorProto(name="t", data_type=TensorProto.FLOAT, dims=[2], float_data=[1.0]),
        TensorProto(name="t", data_type=TensorProto.INT8, dims=[1], int32_data=[128]),
        TensorProto(name="t", data_type=TensorProto.BOOL, dims=[1], int32_data=[2]),
        TensorProto(name="t", data_type=TensorProto.FLOAT16, dims=[1], int32_data=[65536]),
        TensorProto(name="t", data_type=TensorProto.INT4, dims=[3], int32_data=[1]),
        TensorProto(name="t", data_type=TensorProto.STRING, dims=[1], string_data=[b"\xff"]),
    ],
)
def test_malformed_tensors_are_refused(stored):
    with pytest.raises(MalformedModel, match="'t'"):
        read_tensor(stored, None)


@pytest.mark.parametrize("kind", [TensorProto.COMPLEX64, TensorProto.UNDEFINED])
def test_types_that_are_not_real_numbers_are_refused(kind):
    with pytest.raises(UnsupportedOperator, match="'t'"):
        read_tensor(TensorProto(name="t", data_type=kind, dims=[0]), None)


@pytest.mark.parametrize("indices", [np.array([1, 5]), np.array([[0, 1], [1, 2]])])
def test_sparse_tensors(indices):
    stored = SparseTensorProto(dims=[2, 3])
    stored.values.CopyFrom(numpy_helper.from_array(np.array([0.5, 2.0], dtype=np.float32), "t"))
    stored.indices.CopyFrom(numpy_helper.from_array(indices))
    assert read_sparse(stored, None).array.tolist() == [[0, mpq(1, 2), 0], [0, 0, 2]]
    made = model([node("Constant", [], ["y"], sparse_value=stored)], {}, ["y"])
    assert evaluated(made, {})[0].tolist() == [[0, mpq(1, 2), 0], [0, 0, 2]]


def test_sparse_indices_outside_are_refused():
    stored = SparseTensorProto(dims=[2, 3])
    stored.values.CopyFrom(numpy_helper.from_array(np.array([0.5], dtype=np.float32), "t"))
    stored.indices.CopyFrom(numpy_helper.from_array(np.array([6])))
    with pytest.raises(MalformedModel, match="'t'"):
        read_sparse(stored, None)


def _beside(folder, location):
    made, _ = one_node("Add", [np.zeros(3), None], constants={1: numpy_helper.from_array(np.array([0.5, 1.0, 2.0]))})
    stored = made.graph.initializer[0]
    (folder / "weights.bin").write_bytes(stored.raw_data)
    external_data_helper.set_external_data(stored, location)
    stored.ClearField("raw_data")
    (folder / "model.onnx").write_bytes(made.SerializeToString())
    return folder / "model.onnx", made


def test_tensors_in_files_of_their_own(tmp_path):
    path, made = _beside(tmp_path, "weights.bin")
    assert evaluate_file(path, {"x0": [1, 1, 1]})["y0"].tolist() == [mpq(3, 2), 2, 3]
    assert evaluated(made, {"x0": np.ones(3)}, folder=tmp_path)[0].tolist() == [mpq(3, 2), 2, 3]
    with pytest.raises(MalformedModel, match="'x1'"):
        evaluated(made, {"x0": np.ones(3)})


@pytest.mark.parametrize("location", ["missing.bin", "../weights.bin", "/etc/passwd"])
def test_files_elsewhere_are_not_read(tmp_path, location):
    (tmp_path / "inner").mkdir()
    (tmp_path / "weights.bin").write_bytes(b"\0" * 24)
    path, _ = _beside(tmp_path / "inner", location)
    with pytest.raises(MalformedModel, match="'x1'"):
        evaluate_file(path, {"x0": [1, 1, 1]})


def test_bytes_that_are_no_model(tmp_path):
    (tmp_path / "model.onnx").write_bytes(b"no model")
    with pytest.raises(MalformedModel, match=r"model\.onnx"):
        evaluate_file(tmp_path / "model.onnx", {})


@pytest.mark.parametrize("stored", [np.inf, -np.inf, np.nan])
def test_infinities_that_are_read_as_numbers(stored):
    made, feed = one_node("Add", [np.zeros(1), None], constants={1: numpy_helper.from_array(np.array([stored]))})
    with pytest.raises(NonFiniteWeight, match=r"'n' \(Add"):
        evaluated(made, feed)


def test_infinite_bounds_do_not_bound():
    low, high = (numpy_helper.from_array(np.array(v)) for v in (-np.inf, np.inf))
    made, feed = one_node("Clip", [np.array([-5.0, 7.0]), None, None], constants={1: low, 2: high})
    assert evaluated(made, feed)[0].tolist() == [-5, 7]
    made, feed = one_node("Clip", [np.array([-5.0, 7.0]), None, None], constants={1: high, 2: low})
    with pytest.raises(NonFiniteWeight):
        evaluated(made, feed)


def test_infinities_that_are_moved_and_not_chosen():
    stored = numpy_helper.from_array(np.array([-np.inf, 0.5]))
    made, feed = one_node("Where", [np.array([False, True]), None, np.array([2.0, 3.0])], constants={1: stored})
    assert evaluated(made, feed)[0].tolist() == [2, mpq(1, 2)]
    made, feed = one_node("Where", [np.array([True, True]), None, np.array([2.0, 3.0])], constants={1: stored})
    with pytest.raises(NonFiniteWeight, match="'y0'"):
        evaluated(made, feed)


def test_the_signs_of_infinities():
    stored = numpy_helper.from_array(np.array([np.inf, -np.inf, np.nan, 0.0]))
    made, feed = one_node("IsInf", [None], constants={0: stored}, detect_negative=0)
    assert evaluated(made, feed)[0].tolist() == [True, False, False, False]
    made, feed = one_node("IsNaN", [None], constants={0: stored})
    assert evaluated(made, feed)[0].tolist() == [False, False, True, False]


def test_float_attributes_are_float32():
    made, feed = one_node("LeakyRelu", [np.array([-1.0])])
    assert evaluated(made, feed)[0].tolist() == [-mpq(*float(np.float32(0.01)).as_integer_ratio())]
    assert onnx.defs.get_schema("LeakyRelu").attributes["alpha"].default_value.f == np.float32(0.01)
