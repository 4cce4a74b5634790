"""Integers stay integers whatever is done to them: what the standard would round or wrap is never an exact fraction."""

from fractions import Fraction

import numpy as np
import pytest
from onnx import TensorProto
from unit.onnx_import.models import assert_refuses, feeds_of, imported, integers, model, node, run_exactly, scalar

from exactgeo.errors import MalformedModel, UnsupportedOperator

X = {"x": (2, 3)}
PLACES = node("ArgMax", ["x"], ["a"], axis=1)
HALVED = [node("Div", ["b", "two"], ["h"]), node("Cast", ["h"], ["y"], to=TensorProto.DOUBLE)]
MADE = {
    "the smallest": (node("TopK", ["a", "k"], ["b", "i"], axis=0, largest=0), {"k": integers(2)}),
    "padded": (node("Pad", ["a", "p"], ["b"]), {"p": integers(0, 0, 0, 1)}),
    "a triangle": (node("Trilu", ["a"], ["b"]), {}),
    "put into others": (
        node("ScatterElements", ["z", "i", "a"], ["b"]),
        {"z": np.zeros((3, 1), np.int64), "i": np.array([[0], [2]])},
    ),
    "added to others": (
        node("ScatterElements", ["z", "i", "a"], ["b"], reduction="add"),
        {"z": np.zeros((3, 1), np.int64), "i": np.array([[0], [2]])},
    ),
    "to the first power": (node("Pow", ["a", "one"], ["b"]), {"one": scalar(1)}),
}


@pytest.mark.parametrize("name", MADE)
def test_what_is_made_of_places_is_not_divided_exactly(name):
    made, constants = MADE[name]
    assert_refuses(
        model([PLACES, made, *HALVED], X, ["y"], {"two": scalar(2), **constants}),
        UnsupportedOperator,
        "divides integers",
    )


def test_quantised_data_that_was_padded_is_still_quantised():
    nodes = [
        node("QuantizeLinear", ["x", "s", "z"], ["q"]),
        node("Pad", ["q", "p", "three"], ["b"]),
        node("Add", ["b", "c"], ["d"]),
        node("Cast", ["d"], ["y"], to=TensorProto.FLOAT),
    ]
    constants = {
        "s": np.float32(1),
        "z": np.uint8(0),
        "p": integers(0, 0, 0, 1),
        "three": np.uint8(3),
        "c": np.uint8(254),
    }
    made = model(nodes, X, ["y"], constants, kind=TensorProto.FLOAT)
    with pytest.raises(UnsupportedOperator, match="computes with quantised data"):
        imported(made, staircases=True)


def _halved_constants(made, constants):
    """The model of x plus half of the integer b that a node makes of constants."""
    nodes = [made, *HALVED[:1], node("Cast", ["h"], ["f"], to=TensorProto.DOUBLE), node("Add", ["x", "f"], ["y"])]
    return model(nodes, {"x": ()}, ["y"], {"two": scalar(2), **constants})


@pytest.mark.parametrize(
    "made, constants, half",
    [
        (node("Pow", ["c", "o"], ["b"]), {"c": scalar(3), "o": np.array(2.0)}, 4),
        (
            node("ScatterND", ["c", "i", "u"], ["b"], reduction="add"),
            {"c": integers(2), "i": np.array([[0]]), "u": integers(3)},
            2,
        ),
        (node("TopK", ["c", "k"], ["b", "i"]), {"c": integers(-(2**63), 7, 5), "k": integers(1)}, 3),
    ],
    ids=["a float power", "scattered", "the largest"],
)
def test_integers_made_of_constants_are_halved_as_integers(made, constants, half):
    built = _halved_constants(made, constants)
    (x,) = feeds_of(built, 1).values()
    (found,) = run_exactly(imported(built), [x])
    assert found.ravel().tolist() == [Fraction(float(x)) + half]


def test_a_diagonal_of_zeros_and_ones_is_of_its_matrix_type():
    made = [PLACES, node("EyeLike", ["a"], ["b"]), *HALVED]
    (found,) = run_exactly(imported(model(made, X, ["y"], {"two": scalar(2)})), [np.zeros((2, 3))])
    assert found.tolist() == [[0], [0]]


@pytest.mark.parametrize("factor", [2**62, 2**32 + 1])
def test_integers_of_the_data_that_might_wrap_are_refused(factor):
    nodes = [PLACES, node("Mul", ["a", "c"], ["b"]), node("Cast", ["b"], ["y"], to=TensorProto.DOUBLE)]
    assert_refuses(model(nodes, X, ["y"], {"c": scalar(factor)}), UnsupportedOperator, "more than 31 bits")


@pytest.mark.parametrize(
    "made, constants",
    [
        (node("ReduceMean", ["a"], ["b"]), {}),
        (node("Pow", ["two", "o"], ["b"]), {"o": np.array(-1.0)}),
    ],
    ids=["mean", "inverse"],
)
def test_fractions_of_integers_are_refused(made, constants):
    nodes = [PLACES, made, node("Add", ["b", "a"], ["c"]), node("Cast", ["c"], ["y"], to=TensorProto.DOUBLE)]
    assert_refuses(
        model(nodes, X, ["y"], {"two": scalar(2), **constants}),
        UnsupportedOperator,
        "(computes fractions from integers|raises integers to powers)",
    )


def test_diagonals_are_of_squares():
    made = model([node("Einsum", ["x"], ["y"], equation="ii->i")], {"x": (1, 3)}, ["y"])
    assert_refuses(made, MalformedModel, "takes a diagonal")


def test_negative_indices_mark_something_from_opset_11_on():
    nodes = [node("OneHot", ["i", "d", "v"], ["h"]), node("Add", ["x", "h"], ["y"])]
    constants = {"i": integers(-1, 0), "d": scalar(3), "v": np.array([0.0, 1.0])}
    assert_refuses(model(nodes, X, ["y"], constants, opset=9), UnsupportedOperator, "negative indices")
    (found,) = run_exactly(imported(model(nodes, X, ["y"], constants, opset=11)), [np.zeros((2, 3))])
    assert found.tolist() == [[0, 0, 1], [1, 0, 0]]


@pytest.mark.parametrize(
    "nodes, expected",
    [
        ([node("Sign", ["long"], ["c"])], 1),
        ([node("Greater", ["long", "short"], ["t"]), node("Cast", ["t"], ["c"], to=TensorProto.DOUBLE)], 1),
        (
            [
                node("QuantizeLinear", ["long", "scale", "zero"], ["q"]),
                node("DequantizeLinear", ["q", "scale", "zero"], ["c"]),
            ],
            255,
        ),
    ],
    ids=["sign", "comparison", "quantisation"],
)
def test_scalars_too_long_for_64_bits_are_constants_like_others(nodes, expected):
    constants = {"long": np.array(1e300), "short": np.array(0.5), "scale": np.array(1.0), "zero": np.array(3, np.uint8)}
    made = model([*nodes, node("Add", ["x", "c"], ["y"])], {"x": ()}, ["y"], constants)
    (found,) = run_exactly(imported(made), [np.array(0.0)])
    assert found.tolist() == expected - (3 if expected == 255 else 0)


def test_axes_may_be_of_another_integer_type_than_what_is_reduced():
    nodes = [node("ReduceSum", ["i", "a"], ["r"], keepdims=0), node("Cast", ["r"], ["f"], to=TensorProto.DOUBLE)]
    constants = {"i": np.array([[1, 2], [3, 4]], dtype=np.int32), "a": integers(0, 1)}
    made = model([*nodes, node("Add", ["x", "f"], ["y"])], {"x": (1,)}, ["y"], constants)
    assert run_exactly(imported(made), [np.array([0.5])])[0].tolist() == [10.5]
