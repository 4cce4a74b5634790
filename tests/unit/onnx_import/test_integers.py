"""Integers stay integers, whatever is done with them: Div of integers rounds, and is no real quotient."""

import numpy as np
import pytest
from onnx import TensorProto
from unit.onnx_import.models import (
    assert_agrees_with_reference,
    assert_refuses,
    assert_same,
    imported,
    integers,
    model,
    node,
    run_exactly,
    scalar,
)

from exactgeo.errors import ImportFailure, UnsupportedOperator

CONSTANTS = {
    "zero": integers(0),
    "one": integers(1),
    "two": scalar(2),
    "first": scalar(0),
    "axes": integers(0),
    "pads": integers(1, 1),
    "v": integers(1, 2, 3, 4),
    "k": integers(2),
    "column": integers(4, 1),
    "picked": integers(0, 2),
    "new": integers(3, 5),
    "tuples": np.array([[0], [2]]),
    "powers": integers(1, 0, 1, 1),
    "real_powers": np.array([1.0, 0.0, 1.0, 1.0]),
    "chosen": np.array([True, False, True, True]),
    "matrix": np.arange(8).reshape(4, 2),
    "scales": np.array([2.0]),
    "depth": scalar(3),
    "marks": integers(0, 1),
    "lengths": integers(2, 1, 2, 1),
}
MADE = [  # 'a': four integers of the data; 'b': two of them; 'rows': 'a' four times
    node("ArgMax", ["x"], ["a"], axis=1, keepdims=0),
    node("Gather", ["a", "picked"], ["b"]),
    node("Unsqueeze", ["a", "axes"], ["row"]),
    node("Concat", ["row", "row", "row", "row"], ["rows"], axis=0),
]
KEEPING = {
    **{name: ([name], ["a"], {}) for name in ("Abs", "Neg", "Identity", "Relu", "Sign", "Flatten", "Transpose")},
    **{name: ([name], ["a", "v"], {}) for name in ("Max", "Min", "Add", "Sub", "Mul")},
    **{name: ([name], ["a"], {}) for name in ("ReduceSum", "ReduceMax", "ReduceMin", "ReduceL1")},
    "Clip": (["Clip"], ["a", "two"], {}),
    "Pow": (["Pow"], ["a", "powers"], {}),
    "Pow of a real exponent": (["Pow"], ["a", "real_powers"], {}),
    "CumSum": (["CumSum"], ["a", "first"], {}),
    "Gather": (["Gather"], ["a", "picked"], {}),
    "GatherElements": (["GatherElements"], ["a", "picked"], {}),
    "GatherND": (["GatherND"], ["a", "tuples"], {}),
    "Pad": (["Pad"], ["a", "pads"], {}),
    "Pad with a value": (["Pad"], ["a", "pads", "two"], {}),
    "Pad at the edge": (["Pad"], ["a", "pads"], {"mode": "edge"}),
    "ScatterElements": (["ScatterElements"], ["a", "picked", "new"], {}),
    "ScatterElements of data": (["ScatterElements"], ["v", "picked", "b"], {}),
    **{
        f"ScatterElements {how}": (["ScatterElements"], ["a", "picked", "new"], {"reduction": how})
        for how in ("add", "mul", "max", "min")
    },
    "ScatterND": (["ScatterND"], ["a", "tuples", "new"], {}),
    "ScatterND min": (["ScatterND"], ["a", "tuples", "new"], {"reduction": "min"}),
    "TopK": (["TopK"], ["a", "k"], {}),
    "TopK smallest": (["TopK"], ["a", "k"], {"largest": 0}),
    "Compress": (["Compress"], ["a", "chosen"], {"axis": 0}),
    "Concat": (["Concat"], ["a", "v"], {"axis": 0}),
    "Tile": (["Tile"], ["a", "k"], {}),
    "Expand": (["Expand"], ["a", "column"], {}),
    "Reshape": (["Reshape"], ["a", "column"], {}),
    "Slice": (["Slice"], ["a", "zero", "k"], {}),
    "Where": (["Where"], ["chosen", "a", "v"], {}),
    "MatMul": (["MatMul"], ["a", "matrix"], {}),
    "Cast": (["Cast"], ["a"], {"to": TensorProto.INT32}),
    "CastLike": (["CastLike"], ["a", "v"], {}),
    "OneHot": (["OneHot"], ["marks", "depth", "b"], {}),
    "Trilu": (["Trilu"], ["rows"], {}),
    "ReverseSequence": (["ReverseSequence"], ["rows", "lengths"], {}),
    "Resize": (["Resize"], ["a", "", "scales"], {"mode": "nearest"}),
}


def _made(name, *tail):
    (operator,), names, attributes = KEEPING[name]
    made = node(operator, names, ["r", "places"] if operator == "TopK" else ["r"], name="n", **attributes)
    return model([*MADE, made, *tail], {"x": (4, 5)}, ["y"], CONSTANTS)


@pytest.mark.parametrize("name", KEEPING)
def test_integers_of_the_data_stay_integers(name):
    two = "one" if name == "Cast" else "two"
    nodes = [node("CastLike", [two, "r"], ["d"]), node("Div", ["r", "d"], ["y"], name="div")]
    assert_refuses(_made(name, *nodes), UnsupportedOperator, r"^node 'div' \(Div, .*divides integers")


@pytest.mark.parametrize("name", KEEPING)
def test_integers_of_the_data_are_computed_with(name):
    assert_agrees_with_reference(_made(name, node("Cast", ["r"], ["y"], to=TensorProto.DOUBLE)))


@pytest.mark.parametrize(
    "operator, names, attributes",
    [
        ("ReduceMean", ["a"], {}),
        ("Pow", ["a", "half"], {}),
        ("Shrink", ["a"], {}),
        ("Gemm", ["rows", "matrix"], {"alpha": 0.5}),
    ],
)
def test_what_would_round_integers_of_the_data_is_refused(operator, names, attributes):
    constants = {**CONSTANTS, "half": np.array(0.5)}
    nodes = [*MADE, node(operator, names, ["y"], name="n", **attributes)]
    assert_refuses(model(nodes, {"x": (4, 5)}, ["y"], constants), ImportFailure, rf"^node 'n' \({operator}, ")


STORED = {
    "ScatterElements add": ("ScatterElements", ["v", "picked", "new"], {"reduction": "add"}, [4, 2, 8, 4]),
    "ScatterElements mul": ("ScatterElements", ["v", "picked", "new"], {"reduction": "mul"}, [3, 2, 15, 4]),
    "ScatterND max": ("ScatterND", ["v", "tuples", "new"], {"reduction": "max"}, [3, 2, 5, 4]),
    "TopK smallest": ("TopK", ["v", "k"], {"largest": 0}, [1, 2]),
    "CumSum": ("CumSum", ["v", "first"], {}, [1, 3, 6, 10]),
    "ReduceSum": ("ReduceSum", ["v"], {"keepdims": 0}, 10),
    "Pow": ("Pow", ["v", "two"], {}, [1, 4, 9, 16]),
    "Pow of a real exponent": ("Pow", ["v", "real_powers"], {}, [1, 1, 3, 4]),
}


@pytest.mark.parametrize("operator, names, attributes, expected", STORED.values(), ids=STORED)
def test_stored_integers_stay_integers(operator, names, attributes, expected):
    outputs = ["r", "places"] if operator == "TopK" else ["r"]
    nodes = [node(operator, names, outputs, **attributes), node("Div", ["r", "two"], ["y"])]
    made = imported(model(nodes, {"x": (1,)}, ["y"], CONSTANTS))
    assert_same(run_exactly(made, [np.zeros(1)]), [np.array(expected) // 2])


@pytest.mark.parametrize(
    "operator, names",
    [("ReduceL2", ["v"]), ("ReduceLogSum", ["v"]), ("Pow", ["v", "half"]), ("ReduceMean", ["v"])],
)
def test_what_would_round_stored_integers_is_refused(operator, names):
    nodes = [node(operator, names, ["r"], name="n"), node("Cast", ["r"], ["y"], to=TensorProto.DOUBLE)]
    made = model(nodes, {"x": (1,)}, ["y"], {**CONSTANTS, "half": np.array(0.5)})
    assert_refuses(made, ImportFailure, rf"^node 'n' \({operator}, ")


@pytest.mark.parametrize("kind", [np.int32, np.int64])
def test_powers_that_integers_of_the_type_cannot_hold_are_refused(kind):
    """They would wrap: 65536^3 to 0 in 32 bits."""
    nodes = [node("Pow", ["b", "e"], ["r"], name="n"), node("Cast", ["r"], ["y"], to=TensorProto.DOUBLE)]
    for base, holds in ((2, True), (np.iinfo(kind).max, False), (np.iinfo(kind).min, False)):
        made = model(nodes, {"x": (1,)}, ["y"], {"b": np.array([base], kind), "e": np.array([3], kind)})
        if holds:
            assert_same(run_exactly(imported(made), [np.zeros(1)]), [np.array([8])])
        else:
            assert_refuses(made, UnsupportedOperator, rf"^node 'n' \(Pow.* type {np.dtype(kind)} that it cannot hold")


@pytest.mark.parametrize("fmod", [0, 1])
def test_remainders_of_real_numbers_need_fmod(fmod):
    """The text: for floats, fmod must be 1."""
    constants = {"c": np.array([5.5, -5.5]), "d": np.array([2.0, 2.0])}
    made = model([node("Mod", ["c", "d"], ["y"], name="n", fmod=fmod)], {"x": (1,)}, ["y"], constants)
    if fmod:
        assert_same(run_exactly(imported(made), [np.zeros(1)]), [np.array([1.5, -1.5])])
    else:
        assert_refuses(made, ImportFailure, r"^node 'n' \(Mod, .*fmod")
