"""Products, elementwise arithmetic, activations and extrema against the standard's reference implementation.

Weights and inputs are dyadics of a few bits and the reference computes in float64, so that it does not round: results
are compared as rationals, without any tolerance.
"""

import ml_dtypes
import numpy as np
import onnx
import pytest
from onnx import helper
from unit.onnx_import.models import (
    NEWEST,
    OPSETS,
    assert_agrees_with_reference,
    assert_same,
    dyadics,
    imported,
    integers,
    model,
    node,
    run_exactly,
)

ARITHMETIC = ("Add", "Sub", "Mul", "Div")
BROADCASTS = [
    ((2, 3), (2, 3)),
    ((2, 3), (3,)),
    ((2, 3), (1, 3)),
    ((2, 3), (2, 1)),
    ((2, 3), (1,)),
    ((2, 3), ()),
    ((3,), (2, 1)),
    ((2, 1), (1, 3)),
    ((), (3,)),
    ((1,), (2, 2)),
    ((2, 1, 3), (4, 1)),
    ((1, 2), (2, 1, 1, 2)),
]
PRODUCTS = [
    ((2, 3), (3, 4)),
    ((1, 3), (3, 1)),
    ((3,), (3, 4)),
    ((2, 3), (3,)),
    ((3,), (3,)),
    ((2, 2, 3), (3, 4)),
    ((2, 3), (5, 3, 4)),
    ((2, 1, 2, 3), (5, 3, 4)),
    ((2, 2, 3), (2, 3, 2)),
    ((3,), (2, 3, 4)),
    ((2, 4, 3), (3,)),
    ((2, 1, 4, 3), (3,)),
]
SLOPES = [(), (1,), (4,), (3, 1), (3, 4), (1, 4), (2, 1, 1), (2, 3, 4), (1, 1, 1)]
ADDENDS = [None, (), (1,), (4,), (1, 4), (2, 1), (1, 1), (2, 4)]


def _powers_of_two(seed, *shape):
    """Numbers by which float64 divides without rounding."""
    return np.sign(dyadics(seed, *shape) + 0.125) * 2.0 ** (dyadics(seed + 1, *shape, step=1) // 2)


# One model of each operator for every version of the standard that is read


def _bound_attributes(opset):
    return {"min": -1.0, "max": 1.5} if opset < 11 else {}


def _bound_inputs(opset):
    return [] if opset < 11 else ["low", "high"]


def _axes(opset, axes):
    """Axes as they are given to Squeeze and Unsqueeze: as an attribute before opset 13, as an input since."""
    return (["x"], {"axes": axes}, {}) if opset < 13 else (["x", "axes"], {}, {"axes": integers(*axes)})


def _unary(operator, **attributes):
    return lambda opset: model([node(operator, ["x"], ["y"], **attributes)], {"x": (2, 3)}, ["y"], opset=opset)


def _binary(operator, constant, **attributes):
    return lambda opset: model(
        [node(operator, ["x", "c"], ["y"], **attributes)], {"x": (2, 3)}, ["y"], {"c": constant}, opset=opset
    )


def _arithmetic(operator, constant):
    """Broadcasting, but before opset 7, where it is another matter (test_onnx_opset_6.py)."""
    return lambda opset: _binary(operator, constant if opset >= 7 else np.broadcast_to(constant, (2, 3)))(opset)


def _gemm(opset):
    constants = {"w": dyadics(1, 4, 3), "c": dyadics(2, 4)}
    attributes = {"alpha": 0.5, "beta": -2.0, "transB": 1, **({"broadcast": 1} if opset < 7 else {})}
    return model([node("Gemm", ["x", "w", "c"], ["y"], **attributes)], {"x": (2, 3)}, ["y"], constants, opset=opset)


def _clip(opset):
    constants = {"low": np.array(-1.0), "high": np.array(1.5)} if opset >= 11 else {}
    clip = node("Clip", ["x", *_bound_inputs(opset)], ["y"], **_bound_attributes(opset))
    return model([clip], {"x": (2, 3)}, ["y"], constants, opset=opset)


def _dropout(opset):
    attributes = {"ratio": 0.25} if opset < 12 else {}
    attributes |= {"is_test": 1} if opset < 7 else {}
    return model([node("Dropout", ["x"], ["y"], **attributes)], {"x": (2, 3)}, ["y"], opset=opset)


def _squeeze(opset):
    inputs, attributes, constants = _axes(opset, [0, 2])
    return model([node("Squeeze", inputs, ["y"], **attributes)], {"x": (1, 2, 1, 3)}, ["y"], constants, opset=opset)


def _unsqueeze(opset):
    inputs, attributes, constants = _axes(opset, [0, 3])
    return model([node("Unsqueeze", inputs, ["y"], **attributes)], {"x": (2, 3)}, ["y"], constants, opset=opset)


def _split(opset):
    if opset < 13:
        split, constants = node("Split", ["x"], ["y", "z"], axis=1, split=[1, 3]), {}
    else:
        split, constants = node("Split", ["x", "parts"], ["y", "z"], axis=1), {"parts": integers(1, 3)}
    return model([split], {"x": (2, 4)}, ["y", "z"], constants, opset=opset)


def _slice(opset):
    if opset < 10:
        cut, constants = node("Slice", ["x"], ["y"], starts=[1, -4], ends=[3, -1], axes=[0, 1]), {}
    else:
        cut = node("Slice", ["x", "starts", "ends", "axes", "steps"], ["y"])
        constants = {
            "starts": integers(1, -1),
            "ends": integers(3, -5),
            "axes": integers(0, 1),
            "steps": integers(1, -2),
        }
    return model([cut], {"x": (4, 4)}, ["y"], constants, opset=opset)


def _shape(opset):
    nodes = [node("Shape", ["x"], ["s"]), node("Cast", ["s"], ["r"], to=11), node("MatMul", ["x", "r"], ["y"])]
    return model(nodes, {"x": (3, 2)}, ["y"], opset=opset)


def _constant(opset):
    constant = node("Constant", [], ["c"], value=helper.make_tensor("c", 11, [3], [1.5, -0.25, 2.0]))
    return model([constant, node("MatMul", ["x", "c"], ["y"])], {"x": (2, 3)}, ["y"], opset=opset)


EVERY_OPERATOR = {
    "Abs": _unary("Abs"),
    "Add": _arithmetic("Add", dyadics(1, 2, 1)),
    "Cast": _unary("Cast", to=11),
    "Clip": _clip,
    "Concat": _binary("Concat", dyadics(1, 1, 3), axis=0),
    "Constant": _constant,
    "Div": _arithmetic("Div", _powers_of_two(1, 3)),
    "Dropout": _dropout,
    "Flatten": _unary("Flatten", axis=0),
    "Gather": _binary("Gather", integers(2, 0, 2), axis=1),
    "Gemm": _gemm,
    "Identity": _unary("Identity"),
    "LeakyRelu": _unary("LeakyRelu", alpha=0.25),
    "MatMul": _binary("MatMul", dyadics(1, 3, 2)),
    "Max": _binary("Max", dyadics(1, 2, 3)),
    "Min": _binary("Min", dyadics(1, 2, 3)),
    "Mul": _arithmetic("Mul", dyadics(1, 3)),
    "Neg": _unary("Neg"),
    "PRelu": _binary("PRelu", dyadics(1, 3)),
    "Relu": _unary("Relu"),
    "Reshape": _binary("Reshape", integers(-1, 2)),
    "Shape": _shape,
    "Slice": _slice,
    "Split": _split,
    "Squeeze": _squeeze,
    "Sub": _binary("Sub", dyadics(1, 2, 3)),
    "Transpose": _unary("Transpose", perm=[1, 0]),
    "Unsqueeze": _unsqueeze,
}

WITHOUT_REFERENCE = {("Dropout", 6)}
"""What the reference does not implement, and test_onnx_opset_6.py looks at."""


@pytest.mark.parametrize(
    "operator, opset",
    [(name, opset) for name in EVERY_OPERATOR for opset in OPSETS if (name, opset) not in WITHOUT_REFERENCE],
)
def test_every_operator_agrees_with_the_reference_in_every_opset(operator, opset):
    assert_agrees_with_reference(EVERY_OPERATOR[operator](opset))


def _defaults_left_unsaid(operator, opset):
    """The attributes that the standard gives a default and that the example above does not have."""
    made = EVERY_OPERATOR[operator](opset)
    given = {attribute.name for node in made.graph.node if node.op_type == operator for attribute in node.attribute}
    known = onnx.defs.get_schema(operator, opset, "").attributes
    return [known[name].default_value for name in known if name not in given and known[name].default_value.name]


@pytest.mark.parametrize(
    "operator, opset",
    [(name, opset) for name in EVERY_OPERATOR for opset in OPSETS if _defaults_left_unsaid(name, opset)],
)
def test_to_say_the_defaults_of_the_standard_changes_nothing(operator, opset):
    made, plain = EVERY_OPERATOR[operator](opset), EVERY_OPERATOR[operator](opset)
    (subject,) = (node for node in made.graph.node if node.op_type == operator)
    subject.attribute.extend(_defaults_left_unsaid(operator, opset))
    assert imported(made).program == imported(plain).program


# Products


@pytest.mark.parametrize("addend", ADDENDS)
@pytest.mark.parametrize("trans_b", [0, 1])
@pytest.mark.parametrize("trans_a", [0, 1])
def test_gemm_transposes_and_broadcasts_its_addend(trans_a, trans_b, addend):
    constants = {"w": dyadics(1, *((4, 3) if trans_b else (3, 4)))}
    if addend is not None:
        constants["c"] = dyadics(2, *addend)
    gemm = node("Gemm", ["x", *constants], ["y"], transA=trans_a, transB=trans_b, alpha=0.5, beta=-2.0)
    assert_agrees_with_reference(model([gemm], {"x": (3, 2) if trans_a else (2, 3)}, ["y"], constants))


@pytest.mark.parametrize("beta", [1.0, 0.25, -1.5, 0.0])
@pytest.mark.parametrize("alpha", [1.0, 0.5, -2.0, 0.0])
def test_gemm_scales_product_and_addend(alpha, beta):
    constants = {"w": dyadics(1, 3, 4), "c": dyadics(2, 4)}
    gemm = node("Gemm", ["x", "w", "c"], ["y"], alpha=alpha, beta=beta)
    assert_agrees_with_reference(model([gemm], {"x": (2, 3)}, ["y"], constants))


def test_gemm_scales_by_one_where_nothing_is_said():
    gemm = node("Gemm", ["x", "w", "c"], ["y"])
    assert_agrees_with_reference(model([gemm], {"x": (2, 3)}, ["y"], {"w": dyadics(1, 3, 4), "c": dyadics(2, 4)}))


@pytest.mark.parametrize("trans_b", [0, 1])
@pytest.mark.parametrize("trans_a", [0, 1])
def test_gemm_takes_its_data_on_the_right(trans_a, trans_b):
    constants = {"w": dyadics(1, *((3, 2) if trans_a else (2, 3))), "c": dyadics(2, 2, 1)}
    gemm = node("Gemm", ["w", "x", "c"], ["y"], transA=trans_a, transB=trans_b, alpha=-0.5)
    assert_agrees_with_reference(model([gemm], {"x": (4, 3) if trans_b else (3, 4)}, ["y"], constants))


@pytest.mark.parametrize("addend", ADDENDS[1:])
def test_gemm_adds_data(addend):
    gemm = node("Gemm", ["x", "w", "c"], ["y"], beta=0.5)
    assert_agrees_with_reference(model([gemm], {"x": (2, 3), "c": addend}, ["y"], {"w": dyadics(1, 3, 4)}))


def test_gemm_adds_data_to_a_product_of_constants():
    gemm = node("Gemm", ["v", "w", "x"], ["y"], alpha=0.5, transA=1)
    constants = {"v": dyadics(1, 3, 2), "w": dyadics(2, 3, 4)}
    assert_agrees_with_reference(model([gemm], {"x": (1, 4)}, ["y"], constants))


def test_gemm_leaves_out_an_addend_with_an_empty_name():
    gemm = node("Gemm", ["x", "w", ""], ["y"])
    assert_agrees_with_reference(model([gemm], {"x": (2, 3)}, ["y"], {"w": dyadics(1, 3, 4)}))


@pytest.mark.parametrize("left, right", PRODUCTS)
def test_matmul_takes_its_data_on_the_left(left, right):
    product = node("MatMul", ["x", "w"], ["y"])
    assert_agrees_with_reference(model([product], {"x": left}, ["y"], {"w": dyadics(1, *right)}))


@pytest.mark.parametrize("left, right", PRODUCTS)
def test_matmul_takes_its_data_on_the_right(left, right):
    product = node("MatMul", ["w", "x"], ["y"])
    assert_agrees_with_reference(model([product], {"x": right}, ["y"], {"w": dyadics(1, *left)}))


@pytest.mark.parametrize("left, right", PRODUCTS)
def test_matmul_multiplies_constants(left, right):
    nodes = [node("MatMul", ["v", "w"], ["c"]), node("Add", ["x", "c"], ["y"])]
    constants = {"v": dyadics(1, *left), "w": dyadics(2, *right)}
    assert_agrees_with_reference(model(nodes, {"x": (1,)}, ["y"], constants))


def test_a_product_over_no_terms_is_zero():
    nodes = [
        node("Slice", ["x", "none", "none"], ["e"]),
        node("MatMul", ["e", "w"], ["p"]),
        node("Concat", ["p", "x"], ["y"], axis=0),
    ]
    made = model(nodes, {"x": (2,)}, ["y"], {"none": integers(0), "w": np.zeros((0, 3))})
    assert_agrees_with_reference(made)


# Elementwise arithmetic


@pytest.mark.parametrize("data, constant", BROADCASTS)
@pytest.mark.parametrize("operator", ARITHMETIC)
def test_arithmetic_broadcasts_a_constant_on_the_right(operator, data, constant):
    values = _powers_of_two(1, *constant)
    assert_agrees_with_reference(model([node(operator, ["x", "c"], ["y"])], {"x": data}, ["y"], {"c": values}))


@pytest.mark.parametrize("data, constant", BROADCASTS)
@pytest.mark.parametrize("operator", ARITHMETIC[:3])
def test_arithmetic_broadcasts_a_constant_on_the_left(operator, data, constant):
    values = dyadics(1, *constant)
    assert_agrees_with_reference(model([node(operator, ["c", "x"], ["y"])], {"x": data}, ["y"], {"c": values}))


@pytest.mark.parametrize("first, second", BROADCASTS)
@pytest.mark.parametrize("operator", ARITHMETIC[:2])
def test_sums_and_differences_of_data_broadcast(operator, first, second):
    assert_agrees_with_reference(model([node(operator, ["a", "b"], ["y"])], {"a": first, "b": second}, ["y"]))


@pytest.mark.parametrize("first, second", BROADCASTS)
@pytest.mark.parametrize("operator", ARITHMETIC)
def test_arithmetic_on_constants_broadcasts(operator, first, second):
    nodes = [node(operator, ["v", "w"], ["c"]), node("Add", ["x", "c"], ["y"])]
    constants = {"v": dyadics(1, *first), "w": _powers_of_two(2, *second)}
    assert_agrees_with_reference(model(nodes, {"x": (1,)}, ["y"], constants))


@pytest.mark.parametrize("operator", ["Add", "Sub"])
def test_a_tensor_with_itself(operator):
    assert_agrees_with_reference(model([node(operator, ["x", "x"], ["y"])], {"x": (2, 2)}, ["y"]))


@pytest.mark.parametrize("shape", [(), (3,), (2, 1, 3)])
def test_negatives_of_data_of_any_rank(shape):
    assert_agrees_with_reference(model([node("Neg", ["x"], ["y"])], {"x": shape}, ["y"]))


def test_division_by_a_number_that_no_float_inverts_is_exact():
    made = imported(model([node("Div", ["x", "c"], ["y"])], {"x": (2,)}, ["y"], {"c": np.array([3.0, -7.0])}))
    (quotients,) = run_exactly(made, [np.array([1.0, 2.0])])
    assert [str(value) for value in quotients] == ["1/3", "-2/7"]


# Activations


@pytest.mark.parametrize("shape", [(), (4,), (2, 1, 3)])
@pytest.mark.parametrize("operator", ["Relu", "Abs", "LeakyRelu"])
def test_activations_take_data_of_any_rank(operator, shape):
    assert_agrees_with_reference(model([node(operator, ["x"], ["y"])], {"x": shape}, ["y"]))


@pytest.mark.parametrize("operator", ["Relu", "Abs", "LeakyRelu", "Neg", "Clip", "Max", "Min"])
def test_activations_take_constants(operator):
    nodes = [node(operator, ["c"], ["d"]), node("Add", ["x", "d"], ["y"])]
    assert_agrees_with_reference(model(nodes, {"x": (1,)}, ["y"], {"c": dyadics(1, 6)}))


@pytest.mark.parametrize("operator", ["Relu", "Abs", "LeakyRelu", "Neg", "Clip", "Max", "Min", "Identity"])
def test_activations_take_tensors_without_entries(operator):
    nodes = [
        node("Slice", ["x", "none", "none"], ["e"]),
        node(operator, ["e"], ["f"]),
        node("Concat", ["f", "x"], ["y"], axis=0),
    ]
    assert_agrees_with_reference(model(nodes, {"x": (2,)}, ["y"], {"none": integers(0)}))


@pytest.mark.parametrize("alpha", [0.0, 0.25, 1.0, 1.5, -0.5, 2.0**-20])
def test_leaky_relu_takes_any_slope(alpha):
    assert_agrees_with_reference(model([node("LeakyRelu", ["x"], ["y"], alpha=alpha)], {"x": (9,)}, ["y"]))


def test_leaky_relu_has_the_float32_nearest_to_a_hundredth_as_its_slope():
    made = imported(model([node("LeakyRelu", ["x"], ["y"])], {"x": (1,)}, ["y"]))
    assert_same(run_exactly(made, [np.array([-1.0])]), [np.array([-float(np.float32(0.01))])])


@pytest.mark.parametrize("shape", SLOPES)
def test_prelu_broadcasts_its_slope(shape):
    prelu = node("PRelu", ["x", "slope"], ["y"])
    assert_agrees_with_reference(model([prelu], {"x": (2, 3, 4)}, ["y"], {"slope": dyadics(1, *shape)}))


def test_prelu_takes_constants():
    nodes = [node("PRelu", ["c", "slope"], ["d"]), node("Add", ["x", "d"], ["y"])]
    constants = {"c": dyadics(1, 2, 6), "slope": dyadics(2, 6)}
    assert_agrees_with_reference(model(nodes, {"x": (1,)}, ["y"], constants))


BOUNDS = {
    "both": (-1.0, 1.5),
    "equal": (0.5, 0.5),
    "low alone": (-0.75, None),
    "high alone": (None, 0.75),
    "none": (None, None),
    "both positive": (0.5, 2.0),
    "infinite low": (-np.inf, 1.0),
    "infinite high": (-1.0, np.inf),
    "both infinite": (-np.inf, np.inf),
    "the largest floats": (float(np.finfo(np.float32).min), float(np.finfo(np.float32).max)),
}


@pytest.mark.parametrize("low, high", BOUNDS.values(), ids=BOUNDS)
@pytest.mark.parametrize("opset", [7, 10])
def test_clip_takes_its_bounds_from_attributes(opset, low, high):
    bounds = {name: value for name, value in (("min", low), ("max", high)) if value is not None}
    assert_agrees_with_reference(model([node("Clip", ["x"], ["y"], **bounds)], {"x": (9,)}, ["y"], opset=opset))


@pytest.mark.parametrize("low, high", BOUNDS.values(), ids=BOUNDS)
@pytest.mark.parametrize("opset", [11, 12, 13, NEWEST])
def test_clip_takes_its_bounds_from_inputs(opset, low, high):
    bounds = {name: np.array(value) for name, value in (("low", low), ("high", high)) if value is not None}
    inputs = ["x", "low" if "low" in bounds else "", "high" if "high" in bounds else ""]
    assert_agrees_with_reference(model([node("Clip", inputs, ["y"])], {"x": (9,)}, ["y"], bounds, opset=opset))


@pytest.mark.parametrize(
    "dtype",
    [
        np.float16,
        np.float32,
        np.float64,
        ml_dtypes.bfloat16,
    ],
)
def test_infinite_bounds_of_any_type_are_none(dtype):
    bounds = {"low": np.array(-np.inf, dtype=dtype), "high": np.array(np.inf, dtype=dtype)}
    made = imported(model([node("Clip", ["x", *bounds], ["y"])], {"x": (3,)}, ["y"], bounds))
    x = np.array([-1e9, 0.0, 1e9])
    assert_same(run_exactly(made, [x]), [x])


def test_clip_with_its_last_bound_left_out():
    clip = node("Clip", ["x", "low"], ["y"])
    assert_agrees_with_reference(model([clip], {"x": (9,)}, ["y"], {"low": np.array(-0.5)}))


@pytest.mark.parametrize("opset", [7, 11, 13, NEWEST])
def test_clip_with_crossed_bounds_is_the_upper_one(opset):
    inputs, attributes = (["x"], {"min": 2.0, "max": -1.0}) if opset < 11 else (["x", "low", "high"], {})
    constants = {} if opset < 11 else {"low": np.array(2.0), "high": np.array(-1.0)}
    nodes = [node("Clip", inputs, ["c"], **attributes), node("Add", ["x", "c"], ["y"])]
    assert_agrees_with_reference(model(nodes, {"x": (9,)}, ["y"], constants, opset=opset))


@pytest.mark.parametrize("low, high", [(-1.0, 1.5), (2.0, -1.0), (None, 0.5)])
def test_clip_takes_constants(low, high):
    bounds = {name: np.array(value) for name, value in (("low", low), ("high", high)) if value is not None}
    clip = node("Clip", ["c", "low" if "low" in bounds else "", "high"], ["d"])
    made = model([clip, node("Add", ["x", "d"], ["y"])], {"x": (1,)}, ["y"], {"c": dyadics(1, 9), **bounds})
    assert_agrees_with_reference(made)


@pytest.mark.parametrize("point", [-1.0, 1.5, 0.0])
@pytest.mark.parametrize("operator", ["Relu", "Abs", "LeakyRelu", "Clip"])
def test_activations_at_the_ends_of_their_pieces(operator, point):
    made = EVERY_OPERATOR[operator](NEWEST)
    points = np.full((2, 3), point)
    expected = {
        "Relu": np.maximum(points, 0),
        "Abs": np.abs(points),
        "LeakyRelu": np.where(points < 0, points / 4, points),
        "Clip": np.minimum(np.maximum(points, -1), 1.5),
    }
    assert_same(run_exactly(imported(made), [points]), [expected[operator]])


# Extrema


@pytest.mark.parametrize("operands, constants", [(n, k) for n in range(1, 5) for k in range(n)])
@pytest.mark.parametrize("operator", ["Max", "Min"])
def test_extrema_of_data_and_constants(operator, operands, constants):
    names = [f"c{k}" if k < constants else f"x{k}" for k in range(operands)]
    stored = {name: dyadics(k, 2, 3) for k, name in enumerate(names) if k < constants}
    inputs = {name: (2, 3) for name in names if name not in stored}
    assert_agrees_with_reference(model([node(operator, names[::-1], ["y"])], inputs, ["y"], stored))


@pytest.mark.parametrize("first, second", BROADCASTS)
@pytest.mark.parametrize("operator", ["Max", "Min"])
def test_extrema_broadcast(operator, first, second):
    extremum = node(operator, ["a", "c", "b"], ["y"])
    made = model([extremum], {"a": first, "b": second}, ["y"], {"c": dyadics(1, *second)}, opset=8)
    assert_agrees_with_reference(made)


@pytest.mark.parametrize("operator", ["Max", "Min"])
def test_extrema_of_constants(operator):
    nodes = [node(operator, ["u", "v", "w"], ["c"]), node("Add", ["x", "c"], ["y"])]
    constants = {"u": dyadics(1, 2, 3), "v": dyadics(2, 3), "w": dyadics(3, 2, 1)}
    assert_agrees_with_reference(model(nodes, {"x": (1,)}, ["y"], constants))


@pytest.mark.parametrize("operator", ["Max", "Min"])
def test_extrema_of_a_tensor_with_itself(operator):
    assert_agrees_with_reference(model([node(operator, ["x", "x"], ["y"])], {"x": (3,)}, ["y"]))
