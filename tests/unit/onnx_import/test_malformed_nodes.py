"""Nodes that contradict themselves, attributes of wrong types, and sizes that nothing holds: each refused by name."""

import ml_dtypes
import numpy as np
import pytest
from onnx import TensorProto, helper
from unit.onnx_import.models import NEWEST, imported, integers, model, node, one_node

from exactgeo.errors import ImportFailure, MalformedModel

X = {"x": (2, 3)}


# Nodes that contradict themselves

ZERO, ONE, TWO_AXES, THREE_AXES = integers(0), integers(1), integers(0, 1), integers(1, 1, 1)
MATRIX = np.ones((3, 2))
MALFORMED = {
    "gemm of a vector": ("Gemm", ["v", "w"], {"w": np.ones((3, 2))}, {}),
    "gemm with a vector": ("Gemm", ["x", "w"], {"w": np.ones(3)}, {}),
    "gemm of matrices that do not fit": ("Gemm", ["x", "w"], {"w": np.ones((2, 3))}, {}),
    "gemm transposed where it would fit": ("Gemm", ["x", "w"], {"w": np.ones((3, 2))}, {"transB": 1}),
    "gemm with a column too many": ("Gemm", ["x", "w", "c"], {"w": np.ones((3, 2)), "c": np.ones(3)}, {}),
    "gemm with an addend that is larger": ("Gemm", ["x", "w", "c"], {"w": MATRIX, "c": np.ones((1, 2, 2))}, {}),
    "gemm with one input": ("Gemm", ["x"], {}, {}),
    "gemm without its second": ("Gemm", ["x", "", "w"], {"w": np.ones(3)}, {}),
    "matmul that does not fit": ("MatMul", ["x", "w"], {"w": np.ones((2, 3))}, {}),
    "matmul with a scalar": ("MatMul", ["x", "w"], {"w": np.array(2.0)}, {}),
    "matmul of stacks that do not fit": ("MatMul", ["c", "w"], {"w": np.ones((3, 3, 2)), "c": np.ones((2, 2, 3))}, {}),
    "add that does not broadcast": ("Add", ["x", "c"], {"c": np.ones(2)}, {}),
    "add with one input": ("Add", ["x"], {}, {}),
    "mul that does not broadcast": ("Mul", ["x", "c"], {"c": np.ones((3, 1))}, {}),
    "sub of data that does not broadcast": ("Sub", ["x", "v"], {}, {}),
    "max that does not broadcast": ("Max", ["x", "c", "c"], {"c": np.ones(2)}, {}),
    "max of nothing": ("Max", [], {}, {}),
    "min with a hole": ("Min", ["x", "", "x"], {}, {}),
    "relu of nothing": ("Relu", [], {}, {}),
    "prelu with a slope that is larger": ("PRelu", ["x", "c"], {"c": np.ones((2, 2, 3))}, {}),
    "prelu with a slope that does not fit": ("PRelu", ["x", "c"], {"c": np.ones(2)}, {}),
    "clip with a vector of bounds": ("Clip", ["x", "c"], {"c": np.ones(3)}, {}),
    "flatten beyond the end": ("Flatten", ["x"], {}, {"axis": 3}),
    "flatten before the front": ("Flatten", ["x"], {}, {"axis": -3}),
    "reshape to another size": ("Reshape", ["x", "c"], {"c": integers(4)}, {}),
    "reshape with two unknowns": ("Reshape", ["x", "c"], {"c": integers(-1, -1)}, {}),
    "reshape that does not divide": ("Reshape", ["x", "c"], {"c": integers(4, -1)}, {}),
    "reshape that keeps what is not there": ("Reshape", ["x", "c"], {"c": integers(2, 3, 0)}, {}),
    "reshape to nothing": ("Reshape", ["x", "c"], {"c": integers(0, 3)}, {"allowzero": 1}),
    "reshape to a scalar": ("Reshape", ["x", "c"], {"c": integers()}, {}),
    "transpose with an axis missing": ("Transpose", ["x"], {}, {"perm": [0]}),
    "transpose with an axis twice": ("Transpose", ["x"], {}, {"perm": [0, 0]}),
    "transpose with negative axes": ("Transpose", ["x"], {}, {"perm": [-1, -2]}),
    "squeeze of a long axis": ("Squeeze", ["x", "c"], {"c": integers(0)}, {}),
    "squeeze beyond the end": ("Squeeze", ["x", "c"], {"c": integers(2)}, {}),
    "unsqueeze beyond the end": ("Unsqueeze", ["x", "c"], {"c": integers(3)}, {}),
    "unsqueeze twice the same": ("Unsqueeze", ["x", "c"], {"c": integers(0, 0)}, {}),
    "unsqueeze twice the same from both ends": ("Unsqueeze", ["x", "c"], {"c": integers(0, -4)}, {}),
    "concat without an axis": ("Concat", ["x", "x"], {}, {}),
    "concat beyond the end": ("Concat", ["x", "x"], {}, {"axis": 2}),
    "concat of different lengths": ("Concat", ["x", "c"], {"c": np.ones((1, 2))}, {"axis": 0}),
    "concat of different ranks": ("Concat", ["x", "c"], {"c": np.ones(3)}, {"axis": 0}),
    "concat of nothing": ("Concat", [], {}, {"axis": 0}),
    "split of another length": ("Split", ["x", "c"], {"c": integers(1)}, {}),
    "split with a negative length": ("Split", ["x", "c"], {"c": integers(3, -1)}, {}),
    "split with lengths for more outputs": ("Split", ["x", "c"], {"c": integers(1, 1)}, {}),
    "split beyond the end": ("Split", ["x"], {}, {"axis": 2}),
    "split into more than there are outputs": ("Split", ["x"], {}, {"num_outputs": 2}),
    "slice by nothing": ("Slice", ["x", "a", "b", "a", "z"], {"a": ZERO, "b": ONE, "z": ZERO}, {}),
    "slice beyond the axes": ("Slice", ["x", "a", "b", "c"], {"a": ZERO, "b": ONE, "c": integers(2)}, {}),
    "slice with too few ends": ("Slice", ["x", "a", "b"], {"a": integers(0, 0), "b": integers(1)}, {}),
    "slice with too many axes": ("Slice", ["x", "a", "a", "c"], {"a": integers(0), "c": integers(0, 1)}, {}),
    "slice with too few steps": ("Slice", ["x", "a", "a", "a", "c"], {"a": integers(0, 1), "c": integers(1)}, {}),
    "slice of more axes than there are": ("Slice", ["x", "c", "c"], {"c": THREE_AXES}, {}),
    "slice without ends": ("Slice", ["x", "c"], {"c": integers(0)}, {}),
    "gather beyond the end": ("Gather", ["x", "c"], {"c": integers(2)}, {}),
    "gather before the front": ("Gather", ["x", "c"], {"c": integers(-3)}, {}),
    "gather along an axis that is not there": ("Gather", ["x", "c"], {"c": integers(0)}, {"axis": 2}),
    "gather with real indices": ("Gather", ["x", "c"], {"c": np.array([1.0])}, {}),
}  # fmt: skip


@pytest.mark.parametrize("operator, names, constants, attributes", MALFORMED.values(), ids=MALFORMED)
def test_nodes_that_contradict_themselves_are_refused_by_name(operator, names, constants, attributes):
    inputs = {"x": (2, 3), "v": (2,)}
    with pytest.raises(MalformedModel, match=rf"^node 'n' \({operator}, opset {NEWEST}\)"):
        imported(one_node(operator, names, constants, inputs=inputs, **attributes))


@pytest.mark.parametrize("opset", [7, 9])
@pytest.mark.parametrize("attributes", [{"starts": [0]}, {"ends": [1]}, {}])
def test_slices_without_starts_or_ends_are_refused(attributes, opset):
    with pytest.raises(MalformedModel, match=r"^node 'n' \(Slice"):
        imported(one_node("Slice", ["x"], opset=opset, **attributes))


@pytest.mark.parametrize("opset", [7, 12, 13, NEWEST])
def test_unsqueeze_without_axes_is_refused(opset):
    with pytest.raises(MalformedModel, match=r"^node 'n' \(Unsqueeze"):
        imported(one_node("Unsqueeze", ["x"], opset=opset))


@pytest.mark.parametrize("target", [(-2, 3), (-3,), (2, -(2**40))])
def test_reshape_to_dimensions_below_minus_one_is_refused(target):
    with pytest.raises(MalformedModel, match=r"^node 'n' \(Reshape"):
        imported(one_node("Reshape", ["x", "c"], {"c": integers(*target)}))


def test_split_into_no_parts_is_refused():
    with pytest.raises(MalformedModel, match=r"^node 'n' \(Split"):
        imported(one_node("Split", ["x"], num_outputs=0))


def test_split_into_more_parts_than_memory_holds_is_refused():
    with pytest.raises(MalformedModel, match=r"^node 'n' \(Split"):
        imported(one_node("Split", ["x"], num_outputs=2**62))


def test_split_with_lengths_and_with_a_number_of_parts_is_refused():
    # The text: "Either input 'split' or the attribute 'num_outputs' should be specified, but not both."
    with pytest.raises(ImportFailure, match=r"^node 'n' \(Split"):
        imported(one_node("Split", ["x", "c"], {"c": integers(2)}, num_outputs=7))


@pytest.mark.parametrize("operator", ["Flatten", "Concat", "Split", "Gather"])
def test_an_axis_that_is_too_large_for_numpy_is_refused(operator):
    names, constants = (["x", "c"], {"c": integers(0)}) if operator == "Gather" else (["x"], {})
    with pytest.raises(MalformedModel, match=rf"^node 'n' \({operator}"):
        imported(one_node(operator, names, constants, axis=2**40))


@pytest.mark.parametrize(
    "operator",
    [
        "Squeeze",
        "Unsqueeze",
    ],
)
def test_a_list_of_axes_that_are_too_large_for_numpy_is_refused(operator):
    with pytest.raises(MalformedModel, match=rf"^node 'n' \({operator}"):
        imported(one_node(operator, ["x", "c"], {"c": integers(2**40)}))


@pytest.mark.parametrize("operator", ["Add", "Sub", "Mul", "Div"])
def test_stored_integers_that_do_not_broadcast_are_refused(operator):
    nodes = [node(operator, ["c", "d"], ["z"], name="n"), node("Gather", ["x", "z"], ["y"])]
    with pytest.raises(MalformedModel, match=rf"^node 'n' \({operator}"):
        imported(model(nodes, X, ["y"], {"c": integers(1, 1), "d": THREE_AXES}))


def test_stored_integers_divided_by_zero_are_refused():
    nodes = [node("Div", ["c", "d"], ["z"], name="n"), node("Gather", ["x", "z"], ["y"])]
    with pytest.raises(MalformedModel, match=r"^node 'n' \(Div"):
        imported(model(nodes, X, ["y"], {"c": integers(1, 1), "d": integers(1, 0)}))


@pytest.mark.parametrize(
    "nodes",
    [
        [node("Mul", ["zero", "tiny"], ["c"])],
        [node("Sub", ["tiny", "tiny"], ["c"])],
        [node("Gemm", ["ones", "ones", "zero"], ["c"], beta=1e-20, transA=1)],
        [node("MatMul", ["tiny", "zero"], ["c"])],
        [node("LeakyRelu", ["tiny"], ["c"])],
    ],
    ids=["product", "difference", "addend", "matrix product", "leaky relu"],
)
def test_constants_that_cancel_are_no_trouble(nodes):
    constants = {"zero": np.zeros((1, 1)), "tiny": np.full((1, 1), 1e-30), "ones": np.ones((1, 1))}
    made = model([*nodes, node("Add", ["x", "c"], ["y"])], {"x": (1, 1)}, ["y"], constants)
    assert imported(made).outputs == (("y", (1, 1)),)


@pytest.mark.parametrize("opset", [7, 10])
def test_gemm_without_an_addend_is_refused_before_opset_11(opset):
    with pytest.raises(MalformedModel, match=r"^node 'n' \(Gemm"):
        imported(one_node("Gemm", ["x", "c"], {"c": MATRIX}, opset=opset))


def test_slices_that_cut_an_axis_twice_are_refused():
    with pytest.raises(ImportFailure, match=r"^node 'n' \(Slice"):
        imported(
            one_node("Slice", ["x", "c", "d", "a"], {"c": THREE_AXES[:2], "d": integers(3, 3), "a": integers(1, 1)})
        )


MIXED = {
    "signs": (np.array([2**53], np.uint64), np.array([1], np.int64)),
    "widths": (np.array([1], np.int32), np.array([1], np.int64)),
    "integers and floats": (np.array([2**53 + 1], np.int64), np.array([1.0], np.float32)),
    "integers and small floats": (np.array([1], np.int64), np.array([1.0], ml_dtypes.float8_e4m3fn)),
}


@pytest.mark.parametrize("first, second", MIXED.values(), ids=MIXED)
def test_stored_arrays_of_different_types_do_not_go_together(first, second):
    nodes = [
        node("Concat", ["a", "b"], ["c"], name="n", axis=0),
        node("Cast", ["c"], ["d"], to=TensorProto.DOUBLE),
        node("Mul", ["x", "d"], ["y"]),
    ]
    with pytest.raises(ImportFailure, match=r"^node 'n' \(Concat"):
        imported(model(nodes, {"x": (1,)}, ["y"], {"a": first, "b": second}))


@pytest.mark.parametrize("operator", ["Add", "Sub", "Mul", "Div", "Max", "Min"])
def test_stored_integers_of_different_types_are_not_computed_with(operator):
    nodes = [node(operator, ["a", "b"], ["c"], name="n"), node("Cast", ["c"], ["d"], to=TensorProto.DOUBLE)]
    first, second = MIXED["signs"]
    with pytest.raises(ImportFailure, match=rf"^node 'n' \({operator}"):
        imported(model([*nodes, node("Mul", ["x", "d"], ["y"])], {"x": (1,)}, ["y"], {"a": first + first, "b": second}))


# Attributes of the wrong type

TENSOR = helper.make_tensor("t", TensorProto.FLOAT, [2], [0, 0])
MISTYPED = {
    "flatten at half an axis": ("Flatten", {}, {"axis": 1.0}),
    "flatten at text": ("Flatten", {}, {"axis": "1"}),
    "flatten at axes": ("Flatten", {}, {"axis": [1]}),
    "transpose by a number": ("Transpose", {}, {"perm": 1}),
    "transpose by real numbers": ("Transpose", {}, {"perm": [1.0, 0.0]}),
    "leaky relu with text": ("LeakyRelu", {}, {"alpha": "steep"}),
    "leaky relu with two slopes": ("LeakyRelu", {}, {"alpha": [0.5, 0.25, 0.5]}),
    "leaky relu with an integer": ("LeakyRelu", {}, {"alpha": 2}),
    "gemm half transposed": ("Gemm", {"c": np.ones((3, 2))}, {"transA": 0.0}),
    "gemm transposed by a tensor": ("Gemm", {"c": np.ones((3, 2))}, {"transA": TENSOR}),
    "gemm scaled by an integer": ("Gemm", {"c": np.ones((3, 2))}, {"alpha": 2}),
    "concat at a real axis": ("Concat", {"c": np.ones((2, 3))}, {"axis": 0.0}),
    "concat at text": ("Concat", {"c": np.ones((2, 3))}, {"axis": "0"}),
    "gather at a real axis": ("Gather", {"c": integers(0)}, {"axis": 0.0}),
    "gather at text": ("Gather", {"c": integers(0)}, {"axis": "0"}),
    "split at a real axis": ("Split", {"c": integers(2)}, {"axis": 0.0}),
    "split into real parts": ("Split", {}, {"num_outputs": 1.0}),
    "reshape with text": ("Reshape", {"c": integers(3, 2)}, {"allowzero": "no"}),
    "cast to a real type": ("Cast", {}, {"to": 1.0}),
    "cast to text": ("Cast", {}, {"to": "FLOAT"}),
    "dropout with a real seed": ("Dropout", {}, {"seed": 0.5}),
}  # fmt: skip


@pytest.mark.parametrize("operator, constants, attributes", MISTYPED.values(), ids=MISTYPED)
def test_attributes_of_the_wrong_type_are_refused_by_name(operator, constants, attributes):
    with pytest.raises(ImportFailure, match=rf"node 'n' \({operator}"):
        imported(one_node(operator, ["x", *constants], constants, **attributes))


@pytest.mark.parametrize(
    "operator, attributes, opset",
    [
        ("Clip", {"min": 1}, 7),
        ("Clip", {"min": "low"}, 7),
        ("Squeeze", {"axes": 0}, 7),
        ("Unsqueeze", {"axes": 0}, 7),
        ("Unsqueeze", {"axes": [0.0]}, 7),
        ("Split", {"split": 1}, 7),
        ("Slice", {"starts": 0, "ends": 1}, 7),
        ("Slice", {"starts": [0.0], "ends": [1.0]}, 7),
    ],
)
def test_attributes_of_the_wrong_type_are_refused_in_early_opsets(operator, attributes, opset):
    with pytest.raises(ImportFailure, match=rf"node 'n' \({operator}"):
        imported(one_node(operator, ["x"], opset=opset, inputs={"x": (1, 3)}, **attributes))


@pytest.mark.parametrize(
    "attributes",
    [
        {"value": 5},
        {"value": 0.5},
        {"value": "text"},
        {"value_float": "1"},
        {"value_float": 1},
        {"value_floats": 1.0},
        {"value_int": 2.5},
        {"value_ints": 5},
        {"value_ints": [0.5]},
    ],
    ids=str,
)
def test_values_of_the_wrong_type_are_refused(attributes):
    nodes = [node("Constant", [], ["c"], name="n", **attributes), node("Mul", ["x", "c"], ["y"])]
    with pytest.raises(ImportFailure, match=r"node 'n' \(Constant"):
        imported(model(nodes, X, ["y"]))


@pytest.mark.parametrize(
    "constants",
    [
        {"ratio": np.array([0.5], np.float32)},
        {"ratio": np.array([0.5, 0.5], np.float32)},
        {"ratio": np.array(0.5, np.float32), "mode": np.array([], bool)},
        {"ratio": np.array(0.5, np.float32), "mode": np.array([False, True])},
    ],
    ids=["one ratio", "two ratios", "no mode", "two modes"],
)
def test_dropout_with_parameters_that_are_no_scalars_is_refused(constants):
    with pytest.raises(ImportFailure, match=r"^node 'n' \(Dropout"):
        imported(one_node("Dropout", ["x", *constants], constants))


# Files that ask for more than there is


@pytest.mark.parametrize("shape", [(1, 2**50), (2**62, 2**62), (1, 2**63 - 1)])
def test_inputs_that_no_memory_holds_are_refused(shape):
    with pytest.raises(ImportFailure, match="'x'"):
        imported(one_node("Relu", ["x"], inputs={"x": shape}))


@pytest.mark.parametrize("operator", ["Transpose", "Flatten", "Squeeze"])
def test_inputs_of_more_dimensions_than_numpy_knows_are_refused(operator):
    nodes = [node(operator, ["x"], ["z"], name="n"), node("Add", ["z", "c"], ["y"])]
    with pytest.raises(ImportFailure):
        imported(model(nodes, {"x": (1,) * 65}, ["y"], {"c": np.ones(1)}))


def test_gathers_of_more_dimensions_than_numpy_knows_are_refused():
    with pytest.raises(ImportFailure, match=r"^node 'n' \(Gather"):
        imported(one_node("Gather", ["x", "c"], {"c": np.zeros((1,) * 64, dtype=np.int64)}))
