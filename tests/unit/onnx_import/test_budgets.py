"""Small files that ask for very much: each is refused by name before memory or minutes are spent on it."""

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper
from unit.onnx_import.models import assert_refuses, imported, integers, model, node, scalar

from exactgeo.errors import MalformedModel, UnsupportedOperator
from onnx_import.lowering import context

X = {"x": (2, 3)}
TWO = numpy_helper.from_array(np.array([2.0]))


def _filled(size, *nodes):
    """The model of x plus the sum of c, made of an array a of this many entries."""
    made = [
        node("ConstantOfShape", ["b"], ["a"], value=TWO),
        *nodes,
        node("ReduceSum", ["c"], ["s"], keepdims=0),
        node("Add", ["x", "s"], ["y"]),
    ]
    return model(made, X, ["y"], {"b": integers(size), "k": np.array(1.5)})


@pytest.mark.parametrize("operator", ["Relu", "Floor", "Sqrt", "Abs", "Reciprocal", "HardSigmoid"])
def test_constants_are_not_worked_out_one_by_one_without_end(operator):
    made = _filled(2**23 + 1, node(operator, ["a"], ["c"], name="n"))
    assert_refuses(made, UnsupportedOperator, f"node 'n' \\({operator}.*more than 8388608 entries")


@pytest.mark.parametrize("operator", ["Max", "Pow", "Mod", "Div"])
def test_nor_are_pairs_of_them(operator):
    attributes = {"fmod": 1} if operator == "Mod" else {}
    made = _filled(2**23 + 1, node(operator, ["k", "a"], ["c"], name="n", **attributes))
    assert_refuses(made, UnsupportedOperator, f"node 'n' \\({operator}.*more than 8388608 entries")


def test_arrays_of_one_value_are_not_made_without_end():
    assert_refuses(
        _filled(2**25 + 1, node("Identity", ["a"], ["c"])), UnsupportedOperator, "node 'a'.*more than 33554432"
    )


def test_all_that_a_model_makes_is_counted(monkeypatch):
    monkeypatch.setattr(context, "_MOST_MADE", 2**26)
    nodes = [
        node("Expand", ["x", "b"], ["e0"]),
        *[node("Identity", [f"e{k}"], [f"e{k + 1}"], name=f"n{k}") for k in range(400)],
    ]
    made = model([*nodes, node("Relu", ["e400"], ["y"])], X, ["y"], {"b": integers(2**15, 2, 3)})
    assert_refuses(made, UnsupportedOperator, "node 'n[0-9]*' .*has read .* and made .* too much")


@pytest.mark.parametrize("operator", ["AveragePool", "LpPool", "MaxPool"])
def test_windows_of_many_channels_are_counted_before_they_are_listed(operator):
    attributes = {"p": 1} if operator == "LpPool" else {}
    pool = node(operator, ["x"], ["y"], name="n", kernel_shape=[2048], pads=[1024, 1024], **attributes)
    made = model([pool], {"x": (1, 100, 4096)}, ["y"])
    assert_refuses(made, UnsupportedOperator, f"^node 'n' \\({operator}.*more than 33554432 entries")


def test_a_hardmax_compares_all_with_all():
    made = model([node("Hardmax", ["x"], ["y"], name="n", axis=0)], {"x": (6000,)}, ["y"])
    assert_refuses(made, UnsupportedOperator, r"^node 'n' \(Hardmax.*more than 33554432 entries")


def test_a_lack_of_memory_is_no_fault_of_the_model(monkeypatch):
    def lacks(*_):
        raise MemoryError("no room")

    monkeypatch.setattr("onnx_import.operators.extrema.places_of_largest", lacks)
    made = model([node("Hardmax", ["x"], ["y"], name="n")], X, ["y"])
    assert_refuses(made, UnsupportedOperator, r"^node 'n' \(Hardmax.* takes more memory than there is: no room")


def test_a_sort_compares_so_often_only():
    made = model([node("TopK", ["x", "k"], ["y", ""], name="n")], {"x": (300,)}, ["y"], {"k": integers(300)})
    assert_refuses(made, UnsupportedOperator, "node 'n' .*comparisons")


@pytest.mark.parametrize("summed", [False, True])
def test_gates_of_gates_end(summed):
    squares = [node("Mul", [f"g{k}", f"g{k}"], [f"g{k + 1}"]) for k in range(20)]
    gate = [node("Greater", ["x", "z"], ["t"]), node("Cast", ["t"], ["f"], to=TensorProto.DOUBLE)]
    first = node("ReduceSum", ["f"], ["g0"], keepdims=0) if summed else node("Identity", ["f"], ["g0"])
    made = model([*gate, first, *squares, node("Add", ["x", "g20"], ["y"])], X, ["y"], {"z": np.array(0.0)})
    assert_refuses(made, UnsupportedOperator, "node 'g[0-9]+' .*products of gates")


def test_pieces_of_a_sequence_are_counted():
    nodes = [
        node("Expand", ["x", "b"], ["e"]),
        node("SplitToSequence", ["e"], ["s"], name="n"),
        node("SequenceAt", ["s", "z"], ["y"]),
    ]
    made = model(nodes, {"x": (1, 3)}, ["y"], {"b": integers(2**17, 3), "z": scalar(0)})
    assert_refuses(made, UnsupportedOperator, "node 'n' .*too much")


def test_functions_that_call_each_other_twice_are_counted_and_not_nested_without_end():
    opsets = [helper.make_opsetid("", 21), helper.make_opsetid("own", 1)]
    made = model([node("f0", ["x"], ["y"], domain="own")], X, ["y"], opset=21)
    made.opset_import.append(opsets[1])
    for k in range(70):
        calls = [node(f"f{k + 1}", ["a"], ["t"], domain="own"), node(f"f{k + 1}", ["t"], ["b"], domain="own")]
        made.functions.append(helper.make_function("own", f"f{k}", ["a"], ["b"], calls, opsets))
    made.functions.append(helper.make_function("own", "f70", ["a"], ["b"], [node("Neg", ["a"], ["b"])], opsets))
    assert_refuses(made, UnsupportedOperator, "nested deeper")


@pytest.mark.parametrize(
    "operator, names, constants, match",
    [
        ("Trilu", ["x", "c"], {"c": integers()}, "its diagonal"),
        ("TensorScatter", ["v", "x"], {"v": np.ones(3)}, "into a cache"),
        ("TensorScatter", ["v", "v"], {"v": np.array(1.0)}, "into a cache"),
    ],
)
def test_what_is_not_there_is_said(operator, names, constants, match):
    made = model([node(operator, names, ["z"], name="n"), node("Add", ["x", "z"], ["y"])], X, ["y"], constants)
    assert_refuses(made, MalformedModel, f"node 'n' .*{match}")


def test_a_file_name_that_is_no_text_is_refused():
    made = model([node("Add", ["x", "w"], ["y"])], X, ["y"], {"w": np.ones(3)})
    tensor = made.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="weights.bin")
    content = made.SerializeToString().replace(b"weights.bin", b"weights\xff\xfebi")
    assert_refuses(content, MalformedModel, "not text")


@pytest.mark.parametrize("shape", [(2**22 + 1,), (2, 2**21 + 1), (2**30,)])
def test_there_are_not_inputs_without_end(shape):
    made = model([node("Relu", ["x"], ["y"])], {"x": shape}, ["y"])
    assert_refuses(made, UnsupportedOperator, "which is too large")


def test_integers_that_hang_on_many_units_are_bounded_in_a_moment():
    made = model(
        [node("ArgMax", ["x"], ["a"], axis=0, keepdims=0), node("Less", ["a", "k"], ["b"]), node("Neg", ["a"], ["c"])],
        {"x": (2, 2**15)},
        ["y"],
        {"k": scalar(1)},
    )
    made.graph.node.append(node("Cast", ["c"], ["y"], to=TensorProto.DOUBLE))
    assert imported(made).program.unit_count >= 2**15
