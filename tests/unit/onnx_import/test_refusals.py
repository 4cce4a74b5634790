"""What is refused, with which error, and what the error says: never a wrong program, never another exception."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from unit.onnx_import.models import (
    NEWEST,
    OLDEST,
    OPSETS,
    assert_agrees_with_reference,
    assert_same,
    dyadics,
    imported,
    integers,
    model,
    node,
    one_node,
    run_exactly,
)

import onnx_import
from exactgeo.errors import (
    ImportFailure,
    MalformedModel,
    NonFiniteWeight,
    NotPiecewiseAffine,
    UnsupportedOperator,
)

X = {"x": (2, 3)}
LOWERED_AS_THEY_STAND = (
    *("Abs", "Add", "ArgMax", "ArgMin", "CastLike", "Clip", "Equal", "EyeLike", "Flatten", "Greater", "GreaterOrEqual"),
    *("HardSigmoid", "Hardmax", "Identity", "IsInf", "IsNaN", "LeakyRelu", "Less", "LessOrEqual", "Max", "Mean"),
    *("Min", "Neg", "Optional", "OptionalGetElement", "OptionalHasElement"),
    *("ReduceL1", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceSum", "Relu", "Shape", "Shrink"),
    *("Sign", "Size", "Split", "Squeeze", "Sub", "Sum", "ThresholdedRelu", "Transpose", "Trilu", "Dropout"),
)
LOWERED = (
    *("Abs", "Add", "Cast", "Clip", "Concat", "Constant", "Div", "Dropout", "Flatten", "Gather", "Gemm", "Identity"),
    *("LeakyRelu", "MatMul", "Max", "Min", "Mul", "Neg", "PRelu", "Relu", "Reshape", "Shape", "Slice", "Split"),
    *("Squeeze", "Sub", "Transpose", "Unsqueeze"),
)
STANDARD = sorted({schema.name for schema in onnx.defs.get_all_schemas_with_history() if schema.domain == ""})
SMOOTH = (
    *("Celu", "Cos", "Elu", "Erf", "Exp", "Gelu", "Log", "LogSoftmax", "Mish", "Selu", "Sigmoid", "Sin", "Softmax"),
    *("Softplus", "Softsign", "Tanh"),
)


# Operators


@pytest.mark.parametrize("names", [["x"], ["x", "z"]], ids=["one input", "two inputs"])
@pytest.mark.parametrize("operator", STANDARD)
def test_every_operator_of_the_standard_is_lowered_or_refused_with_name_operator_and_opset(operator, names):
    made, refusal = one_node(operator, names, inputs={"x": (2, 3), "z": (3,)}), ""
    try:
        read = imported(made)
    except ImportFailure as error:
        refusal = str(error)
    if not refusal:
        assert operator in LOWERED_AS_THEY_STAND
        assert read.operators == {operator: 1} and read.program.inputs == 9
    elif "the output 'y' is a sequence" in refusal:
        assert operator in {"SequenceConstruct", "SplitToSequence"}
    else:
        assert refusal.startswith(f"node 'n' ({operator}, opset {NEWEST}) ")


@pytest.mark.parametrize("operator", LOWERED_AS_THEY_STAND)
def test_operators_of_one_or_two_arrays_are_lowered_as_they_stand(operator):
    made = [one_node(operator, names, inputs={"x": (2, 3), "z": (3,)}) for names in (["x"], ["x", "z"])]
    assert {operator} in [set(read.operators) for read in map(_imported_or_none, made) if read]


def _imported_or_none(made):
    try:
        return imported(made)
    except ImportFailure:
        return None


@pytest.mark.parametrize("operator", SMOOTH)
def test_smooth_operators_are_refused_with_name_operator_and_opset(operator):
    with pytest.raises(NotPiecewiseAffine, match=rf"^node 'n' \({operator}, opset {NEWEST}\) .*not piecewise affine"):
        imported(one_node(operator, ["x"]))


@pytest.mark.parametrize("domain", ["com.microsoft", "ai.onnx.ml", "example"])
def test_operators_of_other_domains_are_refused_with_their_domain(domain):
    made = one_node("Relu", ["x"])
    made.graph.node[0].domain = domain
    made.opset_import.append(helper.make_opsetid(domain, 2))
    with pytest.raises(UnsupportedOperator, match=rf"^node 'n' \({domain}\.Relu, opset 2\)"):
        imported(made)


def test_a_refusal_tells_the_file(tmp_path):
    path = tmp_path / "network.onnx"
    path.write_bytes(one_node("Gelu", ["x"]).SerializeToString())
    with pytest.raises(NotPiecewiseAffine) as caught:
        onnx_import.load(path)
    assert any(str(path) in remark for remark in caught.value.__notes__)


# Attributes and inputs that the operator does not have

ARGUMENTS = {
    "Cast": ([], {}, {"to": TensorProto.DOUBLE}),
    "Clip": (["c", "c"], {"c": np.array(1.0)}, {}),
    "Concat": (["c"], {"c": dyadics(1, 2, 3)}, {"axis": 0}),
    "Gather": (["c"], {"c": integers(1)}, {}),
    "Gemm": (["c", "d"], {"c": dyadics(1, 3, 2), "d": dyadics(2, 2)}, {}),
    "MatMul": (["c"], {"c": dyadics(1, 3, 2)}, {}),
    "PRelu": (["c"], {"c": dyadics(1, 3)}, {}),
    "Reshape": (["c"], {"c": integers(3, 2)}, {}),
    "Slice": (["c", "d", "c", "d"], {"c": integers(0), "d": integers(1)}, {}),
    "Split": (["c"], {"c": integers(2)}, {}),
    "Squeeze": (["c"], {"c": integers()}, {}),
    "Unsqueeze": (["c"], {"c": integers(0)}, {}),
    **{name: (["c"], {"c": np.ones(1)}, {}) for name in ("Add", "Sub", "Mul", "Div", "Max", "Min")},
    "Dropout": (["c", "d"], {"c": np.array(0.5, np.float32), "d": np.array(False)}, {}),
}
WITH_DATA = [name for name in LOWERED if name != "Constant"]


def _with_arguments(operator, extra_inputs=(), **extra_attributes):
    inputs, constants, attributes = ARGUMENTS.get(operator, ([], {}, {}))
    nodes = [node(operator, ["x", *inputs, *extra_inputs], ["z"], name="n", **attributes, **extra_attributes)]
    tail = [node("Cast", ["z"], ["w"], to=TensorProto.DOUBLE), node("Add", ["v", "w"], ["y"])]
    joined = [*nodes, *tail] if operator == "Shape" else [*nodes, node("Identity", ["z"], ["y"])]
    return model(joined, {**X, "v": (1,)}, ["y"], constants)


@pytest.mark.parametrize("operator", WITH_DATA)
def test_the_examples_below_are_read_without_what_is_added(operator):
    assert operator in imported(_with_arguments(operator)).operators


@pytest.mark.parametrize("operator", WITH_DATA)
@pytest.mark.parametrize("attribute", ["consumed_inputs", "unheard_of"])
def test_unknown_attributes_are_refused(operator, attribute):
    with pytest.raises(UnsupportedOperator, match=rf"^node 'n' \({operator}, .*'{attribute}'"):
        imported(_with_arguments(operator, **{attribute: 1}))


def test_unknown_attributes_of_constants_are_refused():
    constant = node("Constant", [], ["c"], name="n", value_float=1.0, unheard_of=1)
    with pytest.raises(UnsupportedOperator, match=r"^node 'n' \(Constant, .*'unheard_of'"):
        imported(model([constant, node("Add", ["x", "c"], ["y"])], X, ["y"]))


@pytest.mark.parametrize("operator", [name for name in WITH_DATA if name not in {"Concat", "Max", "Min"}])
def test_inputs_that_the_operator_does_not_have_are_refused(operator):
    with pytest.raises(UnsupportedOperator, match=rf"^node 'n' \({operator}, .*has an input \d"):
        imported(_with_arguments(operator, ["v"]))


@pytest.mark.parametrize("operator", [name for name in WITH_DATA if name not in {"Concat", "Max", "Min"}])
def test_left_out_inputs_that_the_operator_does_not_have_are_ignored(operator):
    assert imported(_with_arguments(operator, [""])).program == imported(_with_arguments(operator)).program


@pytest.mark.parametrize(
    "operator, attribute, value, opset",
    [
        ("Clip", "min", 0.5, 11),
        ("Squeeze", "axes", [0], 13),
        ("Unsqueeze", "axes", [0], 13),
        ("Split", "split", [2], 13),
        ("Slice", "starts", [0], 10),
        ("Gemm", "broadcast", 1, 7),
        ("Add", "axis", 1, 7),
        ("Dropout", "is_test", 1, 7),
    ],
)
def test_attributes_of_earlier_opsets_are_refused(operator, attribute, value, opset):
    inputs, constants, attributes = ARGUMENTS.get(operator, ([], {}, {}))
    made = one_node(operator, ["x", *inputs], constants, opset=opset, **attributes)
    made.graph.node[0].attribute.append(helper.make_attribute(attribute, value))
    with pytest.raises(UnsupportedOperator, match=f"'{attribute}'"):
        imported(made)


@pytest.mark.parametrize(
    "operator, constants, attribute, value, opset",
    [
        ("Shape", {}, "end", 1, 14),
        ("Reshape", {"c": integers(2, 3)}, "allowzero", 1, 13),
        ("Split", {"c": integers(2)}, "num_outputs", 1, 17),
        ("Dropout", {}, "seed", 1, 11),
        ("Cast", {}, "saturate", 1, 18),
        ("Cast", {}, "round_mode", "up", 23),
    ],
)
def test_attributes_of_later_opsets_are_refused(operator, constants, attribute, value, opset):
    attributes = {"to": TensorProto.DOUBLE} if operator == "Cast" else {}
    nodes = [node(operator, ["x", *constants], ["z"], name="n", **{attribute: value}, **attributes)]
    tail = node("Gather", ["x", "z"], ["y"], axis=1) if operator == "Shape" else node("Relu", ["z"], ["y"])
    with pytest.raises(UnsupportedOperator, match=f"'{attribute}'"):
        imported(model([*nodes, tail], X, ["y"], constants, opset=opset))


def test_the_ratio_of_a_dropout_is_no_attribute_since_opset_12():
    with pytest.raises(UnsupportedOperator, match="'ratio'"):
        imported(one_node("Dropout", ["x"], ratio=0.5, opset=12))


# Products of data, and shapes made of data

TWO = {"x": (2, 2), "z": (2, 2)}


@pytest.mark.parametrize("operator", ["Mul", "MatMul", "Gemm"])
@pytest.mark.parametrize("names", [["x", "z"], ["x", "x"]])
def test_data_times_data_is_not_piecewise_affine(operator, names):
    with pytest.raises(NotPiecewiseAffine, match=rf"^node 'n' \({operator}, .*data by data"):
        imported(one_node(operator, names, inputs=TWO))


@pytest.mark.parametrize("names", [["x", "z"], ["x", "x"], ["c", "x"]])
def test_division_by_data_is_not_piecewise_affine(names):
    with pytest.raises(NotPiecewiseAffine, match=r"^node 'n' \(Div, .*divides by data"):
        imported(one_node("Div", names, {"c": np.ones(1)}, inputs=TWO))


def test_a_slope_that_is_data_is_refused():
    with pytest.raises(NotPiecewiseAffine, match=r"^node 'n' \(PRelu, .*slope"):
        imported(one_node("PRelu", ["x", "z"], inputs=TWO))


@pytest.mark.parametrize("names", [["x", "z"], ["x", "", "z"], ["x", "c", "z"]])
def test_a_bound_that_is_data_is_refused(names):
    with pytest.raises(NotPiecewiseAffine, match=r"^node 'n' \(Clip, .*bound"):
        imported(one_node("Clip", names, {"c": np.array(0.0)}, inputs={"x": (2,), "z": ()}))


@pytest.mark.parametrize(
    "operator, names",
    [
        ("Reshape", ["x", "z"]),
        ("Gather", ["x", "z"]),
        ("Squeeze", ["x", "z"]),
        ("Unsqueeze", ["x", "z"]),
        ("Split", ["x", "z"]),
        ("Slice", ["x", "z", "c"]),
        ("Slice", ["x", "c", "z"]),
        ("Slice", ["x", "c", "c", "z"]),
        ("Slice", ["x", "c", "c", "c", "z"]),
        ("Dropout", ["x", "z"]),
        ("Dropout", ["x", "", "z"]),
    ],
)
def test_shapes_and_places_that_are_data_are_refused(operator, names):
    with pytest.raises(UnsupportedOperator, match=rf"^node 'n' \({operator}, .*from the data"):
        imported(one_node(operator, names, {"c": integers(0)}, inputs={"x": (1, 2), "z": (1,)}))


# Types


def _cast(name, target, constants=None):
    """A cast of 'x' or of a constant, back to float, beside the data."""
    nodes = [
        node("Cast", [name], ["z"], name="n", to=TensorProto.DataType.Value(target)),
        node("Cast", ["z"], ["w"], to=TensorProto.DOUBLE),
        node("Add", ["x", "w"], ["y"]),
    ]
    return model(nodes, {"x": (1,)}, ["y"], constants)


@pytest.mark.parametrize("target", ["INT8", "INT16", "INT32", "INT64", "UINT8", "UINT64", "INT4"])
def test_casts_of_data_to_integers_are_not_piecewise_affine(target):
    with pytest.raises(ImportFailure, match=rf"^node 'n' \(Cast, .*{target.lower()}"):
        imported(_cast("x", target))


@pytest.mark.parametrize("target", ["STRING", "FLOAT8E4M3FN", "COMPLEX64", "FLOAT4E2M1"])
def test_casts_of_data_to_types_that_round_or_hold_no_numbers_are_refused(target):
    with pytest.raises(UnsupportedOperator, match=r"^node 'n' \(Cast"):
        imported(_cast("x", target))


@pytest.mark.parametrize("data", [True, False])
def test_casts_to_no_type_are_refused(data):
    with pytest.raises(MalformedModel, match=r"^node 'n' \(Cast, .*type 0"):
        imported(_cast("x" if data else "c", "UNDEFINED", {"c": np.array([0.5])}))


@pytest.mark.parametrize("target", ["STRING", "COMPLEX64", "COMPLEX128"])
def test_casts_of_constants_to_what_holds_no_real_numbers_are_refused(target):
    with pytest.raises(ImportFailure, match=r"^node 'n' \(Cast"):
        imported(_cast("c", target, {"c": np.array([0.5])}))


@pytest.mark.parametrize("target, value", [("UINT8", -1.0), ("UINT8", 256.0), ("INT8", 128.5), ("INT64", 2.0**63)])
def test_casts_of_constants_to_integers_that_cannot_hold_them_are_refused(target, value):
    with pytest.raises(UnsupportedOperator, match=rf"^node 'n' \(Cast, .*{target.lower()}"):
        imported(_cast("c", target, {"c": np.array([value])}))


@pytest.mark.parametrize("target, value", [("FLOAT4E2M1", 2.5), ("FLOAT8E8M0", 1.5)])
def test_casts_that_would_round_constants_are_refused(target, value):
    with pytest.raises(UnsupportedOperator, match=r"^node 'n' \(Cast, .*rounds"):
        imported(_cast("c", target, {"c": np.array([value])}))


@pytest.mark.parametrize("code", [-1, 99, 2**31])
def test_casts_to_types_that_do_not_exist_are_refused(code):
    with pytest.raises(MalformedModel, match=r"^node 'n' \(Cast"):
        imported(one_node("Cast", ["x"], to=code))


def test_a_cast_that_does_not_say_to_what_is_refused():
    with pytest.raises(MalformedModel, match=r"^node 'n' \(Cast"):
        imported(one_node("Cast", ["x"]))


@pytest.mark.parametrize(
    "target",
    [
        "STRING",
        "COMPLEX128",
        "UNDEFINED",
    ],
)
def test_integers_cast_to_types_that_are_not_read_are_refused_where_they_are_used(target):
    nodes = [
        node("Cast", ["c"], ["d"], to=TensorProto.DataType.Value(target)),
        node("Add", ["x", "d"], ["y"], name="n"),
    ]
    with pytest.raises(ImportFailure):
        imported(model(nodes, {"x": (1,)}, ["y"], {"c": integers(1)}))


@pytest.mark.parametrize("values", [np.array([True]), np.array([1j]), np.array(["a"], dtype=object)])
@pytest.mark.parametrize("operator", ["Add", "Mul", "Max", "PRelu", "Concat"])
def test_constants_that_are_no_real_numbers_are_refused(operator, values):
    attributes = {"axis": 0} if operator == "Concat" else {}
    whose = "" if operator == "Concat" else ".*'c'"
    with pytest.raises(ImportFailure, match=rf"^node 'n' \({operator}, .*{whose}"):
        imported(one_node(operator, ["x", "c"], {"c": values}, inputs={"x": (1,)}, **attributes))


@pytest.mark.parametrize("attributes", [{"value_string": "a"}, {"value_strings": ["a"]}, {}])
def test_constants_without_numbers_are_refused(attributes):
    nodes = [node("Constant", [], ["c"], name="n", **attributes), node("Add", ["x", "c"], ["y"])]
    with pytest.raises(UnsupportedOperator, match=r"node 'n' \(Constant"):
        imported(model(nodes, X, ["y"]))


def test_constants_with_two_values_are_refused():
    nodes = [node("Constant", [], ["c"], name="n", value_float=1.0, value_int=1), node("Add", ["x", "c"], ["y"])]
    with pytest.raises(UnsupportedOperator, match=r"node 'n' \(Constant"):
        imported(model(nodes, X, ["y"]))


@pytest.mark.parametrize("kind", ["INT64", "INT32", "BOOL", "STRING", "COMPLEX64", "UINT8", "FLOAT8E4M3FN"])
def test_inputs_of_other_types_are_refused_by_name(kind):
    made = model([node("Identity", ["x"], ["y"])], X, ["y"], kind=TensorProto.DataType.Value(kind))
    with pytest.raises(UnsupportedOperator, match=f"input 'x' is of type {kind}"):
        imported(made)


def test_inputs_of_no_type_are_refused():
    made = one_node("Relu", ["x"])
    made.graph.input[0].type.tensor_type.ClearField("elem_type")
    with pytest.raises(ImportFailure, match="'x'"):
        imported(made)


# Inputs and outputs of the graph


@pytest.mark.parametrize("shape", [(1, "n"), ("N", None), (2, 3, "n"), (None, None)])
def test_open_dimensions_behind_the_first_are_refused_by_name(shape):
    with pytest.raises(UnsupportedOperator, match="input 'x' has the open shape"):
        imported(one_node("Relu", ["x"], inputs={"x": shape}))


@pytest.mark.parametrize("shape", [(-1, 2), (2, -1)])
def test_negative_dimensions_are_refused(shape):
    with pytest.raises(MalformedModel, match="'x'"):
        imported(one_node("Relu", ["x"], inputs={"x": shape}))


@pytest.mark.parametrize("shape", [(0, 2), (2, 0)])
def test_a_model_whose_inputs_have_no_entries_is_refused(shape):
    with pytest.raises(MalformedModel, match=r"no entries: \("):
        imported(one_node("Relu", ["x"], inputs={"x": shape}))


@pytest.mark.parametrize("shape", [(0, 2), (2, 0)])
def test_an_input_without_entries_beside_one_with_entries_is_read(shape):
    made = one_node("Concat", ["x", "z"], inputs={"x": shape, "z": (2, 2)}, axis=shape.index(0))
    assert_agrees_with_reference(made)


def test_a_model_without_inputs_is_refused():
    made = model([node("Relu", ["c"], ["y"])], {}, ["y"], {"c": np.ones(1)})
    with pytest.raises(MalformedModel, match="no inputs"):
        imported(made)


def test_a_model_whose_inputs_are_all_initializers_is_refused():
    made = model([node("Relu", ["c"], ["y"])], {"c": (1,)}, ["y"], {"c": np.ones(1)})
    with pytest.raises(MalformedModel, match="no inputs"):
        imported(made)


@pytest.mark.parametrize(
    "nodes, output, expected",
    [
        ([node("Relu", ["c"], ["y"])], "y", [-1, 2]),
        ([node("Constant", [], ["y"], value_float=1.0)], "y", 1),
        ([node("Shape", ["x"], ["y"])], "y", [2, 3]),
        ([node("Less", ["c", "d"], ["y"])], "y", [1, 0]),
        ([node("Relu", ["x"], ["y"])], "c", [-1, 2]),
    ],
    ids=["computed", "constant", "shape", "truth", "initializer"],
)
def test_outputs_that_do_not_depend_on_the_inputs_are_constants(nodes, output, expected):
    made = imported(model(nodes, X, [output], {"c": np.array([-1.0, 2.0]), "d": np.zeros(1)}))
    expected = np.maximum(expected, 0) if nodes[0].op_type == "Relu" and output == "y" else np.array(expected)
    assert made.program.inputs == 6
    assert_same(run_exactly(made, [dyadics(1, 2, 3)]), [expected])


def test_an_output_that_is_a_sequence_is_refused():
    made = model([node("SequenceConstruct", ["x"], ["y"])], X, ["y"])
    with pytest.raises(UnsupportedOperator, match="output 'y' is a sequence"):
        imported(made)


@pytest.mark.parametrize("values", [np.array(["a"], dtype=object), np.array([1j])], ids=["text", "complex"])
def test_an_output_that_holds_no_real_numbers_is_refused(values):
    made = model([node("Relu", ["x"], ["y"])], X, ["y", "c"], {"c": values})
    with pytest.raises(UnsupportedOperator, match="output 'c'"):
        imported(made)


@pytest.mark.parametrize("opset", [7, 12, NEWEST])
def test_the_mask_of_a_dropout_keeps_everything(opset):
    made = imported(model([node("Dropout", ["x"], ["y", "mask"])], X, ["y", "mask"], opset=opset))
    x = dyadics(1, 2, 3)
    assert_same(run_exactly(made, [x]), [x, np.ones((2, 3))])


def test_a_mask_holds_truth_values():
    nodes = [node("Dropout", ["x"], ["d", "mask"]), node("Add", ["d", "mask"], ["y"], name="n")]
    with pytest.raises(ImportFailure, match=r"node 'n' \(Add, "):
        imported(model(nodes, X, ["y"]))


@pytest.mark.parametrize("inputs", [["x", "", "mode"], ["x", "ratio", "mode"]])
def test_dropout_in_training_is_refused(inputs):
    constants = {"mode": np.array(True), "ratio": np.array(0.25, np.float32)}
    with pytest.raises(UnsupportedOperator, match=r"^node 'n' \(Dropout, .*training"):
        imported(one_node("Dropout", inputs, {name: constants[name] for name in inputs if name in constants}))


# Weights that are not numbers


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("operator", ["Add", "Mul", "MatMul", "Max", "PRelu", "Div"])
def test_weights_that_are_not_finite_are_refused_with_node_tensor_and_place(operator, dtype, bad):
    weights = np.ones((2, 3), dtype)
    weights[1, 2] = bad
    made = one_node(
        operator, ["x", "weights"], {"weights": weights}, inputs={"x": (2, 2 if operator == "MatMul" else 3)}
    )
    with pytest.raises(NonFiniteWeight, match=rf"^node 'n' \({operator}, .*'weights', where entry \(1, 2\) is {bad}"):
        imported(made)


@pytest.mark.parametrize("place", [1, 2])
def test_gemm_names_the_weights_that_are_not_finite(place):
    constants = {"b": np.ones((3, 2)), "c": np.ones((2, 2))}
    [*constants.values()][place - 1][1, 0] = np.nan
    with pytest.raises(NonFiniteWeight, match=rf"'{'bc'[place - 1]}', where entry \(1, 0\) is nan"):
        imported(one_node("Gemm", ["x", "b", "c"], constants))


def test_a_weight_of_a_constant_node_that_is_not_finite_is_refused():
    nodes = [node("Constant", [], ["c"], value_floats=[1.0, np.inf]), node("Add", ["x", "c"], ["y"], name="n")]
    with pytest.raises(NonFiniteWeight, match=r"^node 'n' \(Add, .*'c', where entry \(1,\) is inf"):
        imported(model(nodes, {"x": (2,)}, ["y"]))


def test_a_scalar_that_is_not_finite_is_refused():
    with pytest.raises(NonFiniteWeight, match=r"^node 'n' \(Mul, .*'c', where the scalar is nan"):
        imported(one_node("Mul", ["x", "c"], {"c": np.array(np.nan)}))


@pytest.mark.parametrize("attribute", ["alpha", "beta"])
def test_a_factor_that_is_not_finite_is_refused(attribute):
    constants = {"b": np.ones((3, 2)), "c": np.ones(2)}
    with pytest.raises(NonFiniteWeight, match=rf"^node 'n' \(Gemm, .*'{attribute}'"):
        imported(one_node("Gemm", ["x", "b", "c"], constants, **{attribute: float("inf")}))


@pytest.mark.parametrize("low, high", [(np.nan, 1.0), (0.0, np.nan), (np.inf, 1.0), (0.0, -np.inf)])
@pytest.mark.parametrize("opset", [OLDEST, NEWEST])
def test_bounds_that_are_not_numbers_or_infinite_on_the_wrong_side_are_refused(opset, low, high):
    if opset < 11:
        made = one_node("Clip", ["x"], opset=opset, min=low, max=high)
    else:
        made = one_node("Clip", ["x", "low", "high"], {"low": np.array(low), "high": np.array(high)}, opset=opset)
    with pytest.raises(NonFiniteWeight, match=r"^node 'n' \(Clip"):
        imported(made)


@pytest.mark.parametrize("divisor", [0.0, -0.0])
def test_division_by_zero_is_refused(divisor):
    with pytest.raises(MalformedModel, match=r"^node 'n' \(Div, .*zero"):
        imported(one_node("Div", ["x", "c"], {"c": np.array([1.0, divisor, 2.0])}))


# Every version


@pytest.mark.parametrize("opset", OPSETS)
def test_the_opset_of_a_refusal_is_that_of_the_file(opset):
    with pytest.raises(NotPiecewiseAffine, match=rf"\(Exp, opset {opset}\)"):
        imported(one_node("Exp", ["x"], opset=opset))


@pytest.mark.parametrize("end", [2**31 - 1, 2**63 - 1])
@pytest.mark.parametrize("opset", [10, NEWEST])
def test_slices_backwards_that_the_text_and_runtimes_read_differently_are_refused(end, opset):
    constants = {"a": integers(-1), "b": integers(end), "c": integers(1), "s": integers(-1)}
    with pytest.raises(UnsupportedOperator, match=r"node 'n' \(Slice, .* backwards .*; give INT_MIN"):
        imported(one_node("Slice", ["x", "a", "b", "c", "s"], constants, opset=opset))


def test_slices_backwards_to_the_front_are_read():
    constants = {"a": integers(-1), "b": integers(-(2**63)), "c": integers(1), "s": integers(-1)}
    assert_agrees_with_reference(one_node("Slice", ["x", "a", "b", "c", "s"], constants, opset=10))
