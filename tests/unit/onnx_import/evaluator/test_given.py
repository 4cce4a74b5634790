"""What a caller gives: numbers, shapes and names."""

from fractions import Fraction

import numpy as np
import pytest
from gmpy2 import mpq, mpz
from onnx import TensorProto, helper
from unit.onnx_import.evaluator.running import node

from exactgeo.errors import DimensionMismatch, InexactNumber, InvalidArgument
from onnx_import.evaluator import evaluate_model


def _model(shape, kind=TensorProto.FLOAT, operator="Identity"):
    graph = helper.make_graph(
        [node(operator, ["x"], ["y"])],
        "graph",
        [helper.make_tensor_value_info("x", kind, shape)],
        [helper.make_empty_tensor_value_info("y")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])


def _y(made, given):
    return evaluate_model(made, {"x": given})["y"]


@pytest.mark.parametrize("number", [2, "2", "4/2", "2.0", Fraction(2), mpq(2), mpz(2), np.int32(2)])
def test_spellings_of_a_number(number):
    got = _y(_model([1]), [number])
    assert got.tolist() == [2] and type(got[0]) is type(mpq(2))


@pytest.mark.parametrize("number", [0.5, np.float32(0.5), float("nan")])
def test_binary_floats_are_refused(number):
    with pytest.raises(InexactNumber, match="'x'"):
        _y(_model([1]), [number])


@pytest.mark.parametrize("number", [None, "a", 1j])
def test_what_is_no_number(number):
    with pytest.raises(InvalidArgument, match="'x'"):
        _y(_model([1]), [number])


@pytest.mark.parametrize(
    "declared,given,shape",
    [
        ([2, 3], [1, 2, 3, 4, 5, 6], (2, 3)),
        ([2, 3], [[1, 2, 3], [4, 5, 6]], (2, 3)),
        (["n", 3], [1, 2, 3], (1, 3)),
        (["n", 3], [[1, 2, 3], [4, 5, 6]], (2, 3)),
        ([None, 3], [1, 2, 3], (1, 3)),
        ([-1, 3], [1, 2, 3], (1, 3)),
        (["n"], [1, 2, 3], (3,)),
        ([], [7], ()),
        ([], 7, ()),
        (None, [[1]], (1, 1)),
        ([0, 3], [], (0, 3)),
    ],
)
def test_shapes(declared, given, shape):
    assert _y(_model(declared), given).shape == shape


@pytest.mark.parametrize(
    "declared,given",
    [([2, 3], [1, 2, 3]), ([2, 3], [[1, 2], [3, 4], [5, 6]]), (["n", 3], [1, 2, 3, 4, 5, 6]), ([2, "n"], [1, 2])],
)
def test_other_shapes_are_refused(declared, given):
    with pytest.raises(DimensionMismatch, match="'x'"):
        _y(_model(declared), given)


def test_integers_and_truth_values():
    got = _y(_model([2], TensorProto.INT8), [-128, 127])
    assert got.tolist() == [-128, 127] and type(got[0]) is int
    assert _y(_model([2], TensorProto.BOOL), [True, False]).tolist() == [True, False]
    for kind, number in ((TensorProto.INT8, 128), (TensorProto.INT64, "1/2"), (TensorProto.UINT8, -1)):
        with pytest.raises(InvalidArgument, match="'x'"):
            _y(_model([1], kind), [number])
    with pytest.raises(InvalidArgument, match="'x'"):
        _y(_model([1], TensorProto.BOOL), [1])


def test_names():
    with pytest.raises(InvalidArgument, match="'z'"):
        evaluate_model(_model([1]), {"x": [1], "z": [1]})
    with pytest.raises(InvalidArgument, match="'x'"):
        evaluate_model(_model([1]), {})


def test_axes_of_one_name_have_one_length():
    infos = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n"]) for name in ("a", "b")]
    graph = helper.make_graph([node("Concat", ["a", "b"], ["y"], axis=0)], "g", infos, [infos[0]])
    graph.output[0].name = "y"
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    assert evaluate_model(made, {"a": [1, 2], "b": [3, 4]})["y"].tolist() == [1, 2, 3, 4]
    with pytest.raises(DimensionMismatch, match="'b'"):
        evaluate_model(made, {"a": [1, 2], "b": [3]})
