"""Stored numbers of every type, constants, casts, and arithmetic on the integers that shapes are made of."""

from fractions import Fraction

import ml_dtypes
import numpy as np
import pytest
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator
from unit.onnx_import.models import (
    NEWEST,
    assert_agrees_with_reference,
    assert_same,
    dyadics,
    feeds_of,
    imported,
    integers,
    model,
    node,
    run_exactly,
    scalar,
)

FLOATS = {
    "float16": (TensorProto.FLOAT16, np.dtype(np.float16)),
    "bfloat16": (TensorProto.BFLOAT16, np.dtype(ml_dtypes.bfloat16)),
    "float32": (TensorProto.FLOAT, np.dtype(np.float32)),
    "float64": (TensorProto.DOUBLE, np.dtype(np.float64)),
}
INTEGERS = ("INT8", "INT16", "INT32", "INT64", "UINT8", "UINT16", "UINT32", "UINT64")


def _constant_feeds_a_sum(constant, opset=NEWEST):
    return model([constant, node("Add", ["x", "c"], ["y"])], {"x": (1,)}, ["y"], opset=opset)


def _factor_of(nodes, constants, opset=NEWEST):
    """What a chain of constants ends in: the tensor `f`, read off by multiplying ones by it."""
    made = imported(model([*nodes, node("Mul", ["x", "f"], ["y"])], {"x": (1,)}, ["y"], constants, opset=opset))
    return run_exactly(made, [np.ones(1)])[0]


# Stored floats


WIDTHS = {"float16": (5, 10), "bfloat16": (8, 7), "float32": (8, 23), "float64": (11, 52)}
"""The widths of exponent and fraction."""


def _finite_numbers(dtype):
    """All finite numbers of 16 bits; of wider formats, random ones, and the ends of the subnormal ones."""
    bits = 8 * dtype.itemsize
    exponent_bits, fraction_bits = WIDTHS[dtype.name]
    if bits == 16:
        patterns = np.arange(2**16, dtype=np.uint16)
    else:
        unsigned = np.dtype(f"u{dtype.itemsize}")
        rng = np.random.default_rng(bits)
        patterns = rng.integers(0, np.iinfo(unsigned).max, 200, dtype=unsigned, endpoint=True)
        first, sign = 2**fraction_bits, 2 ** (bits - 1)
        ends = [0, 1, 2, first - 1, first, sign, sign + 1, sign + first - 1]
        patterns = np.append(patterns, np.array(ends, dtype=unsigned))
    exponents = patterns >> fraction_bits & 2**exponent_bits - 1
    return patterns[exponents != 2**exponent_bits - 1].view(dtype)


def _value_of_bits(number):
    """A binary float by IEEE 754: sign, exponent with its bias, fraction with its hidden bit."""
    exponent_bits, fraction_bits = WIDTHS[number.dtype.name]
    pattern = int(number.view(f"u{number.itemsize}"))
    fraction = pattern % 2**fraction_bits
    exponent = pattern >> fraction_bits & 2**exponent_bits - 1
    sign = -1 if pattern >> (exponent_bits + fraction_bits) else 1
    mantissa = fraction + (2**fraction_bits if exponent else 0)
    return sign * mantissa * Fraction(2) ** (max(exponent, 1) - 2 ** (exponent_bits - 1) + 1 - fraction_bits)


@pytest.mark.parametrize("name", FLOATS)
def test_stored_floats_are_the_numbers_that_their_bits_stand_for(name):
    numbers = _finite_numbers(FLOATS[name][1])
    made = imported(model([node("Mul", ["x", "c"], ["y"])], {"x": (1,)}, ["y"], {"c": numbers}))
    (values,) = run_exactly(made, [np.ones(1)])
    assert values.tolist() == [_value_of_bits(number) for number in numbers]


@pytest.mark.parametrize("name", FLOATS)
def test_floats_stored_in_typed_fields_are_read_like_raw_ones(name):
    code, dtype = FLOATS[name]
    numbers = dyadics(1, 5).astype(dtype)
    made = model([node("Mul", ["x", "c"], ["y"])], {"x": (1,)}, ["y"], {"c": numbers})
    made.graph.initializer[0].CopyFrom(helper.make_tensor("c", code, [5], numbers.astype(np.float64)))
    assert_same(run_exactly(imported(made), [np.ones(1)]), [numbers.astype(np.float64)])


@pytest.mark.parametrize("name", FLOATS)
def test_networks_compute_in_any_float_type(name):
    code, dtype = FLOATS[name]
    constants = {"w": dyadics(1, 3, 4, step=0.5).astype(dtype), "b": dyadics(2, 4, step=0.5).astype(dtype)}
    nodes = [node("Gemm", ["x", "w", "b"], ["h"]), node("Relu", ["h"], ["y"])]
    made = model(nodes, {"x": (2, 3)}, ["y"], constants, kind=code)
    x, w, b = (array.astype(np.float64) for array in (feeds_of(made, 1)["x"], *constants.values()))
    assert_same(run_exactly(imported(made), [x]), [np.maximum(x @ w + b, 0)])


# Constant


@pytest.mark.parametrize("opset", [7, 9, 11, 12, 13, NEWEST])
@pytest.mark.parametrize("name", FLOATS)
def test_constant_holds_a_tensor(name, opset):
    values = dyadics(1, 2, 2)
    tensor = helper.make_tensor("c", FLOATS[name][0], values.shape, values.ravel())
    made = imported(_constant_feeds_a_sum(node("Constant", [], ["c"], value=tensor), opset))
    assert_same(run_exactly(made, [np.ones(1)]), [values + 1])


@pytest.mark.parametrize(
    "attributes, expected",
    [
        ({"value_float": 1.5}, np.array(1.5)),
        ({"value_float": 0.1}, np.array(np.float32(0.1))),
        ({"value_floats": [1.5, -0.25]}, np.array([1.5, -0.25])),
        ({"value_floats": [0.1]}, np.array([np.float32(0.1)])),
        ({"value_int": -3}, np.array(-3)),
        ({"value_ints": [2, -1, 0]}, np.array([2, -1, 0])),
        ({"value_int": 2**62 + 1}, np.array(2**62 + 1)),
    ],
)
@pytest.mark.parametrize("opset", [12, 13, NEWEST])
def test_constant_holds_numbers(opset, attributes, expected):
    cast = node("Cast", ["c"], ["f"], to=TensorProto.DOUBLE)
    found = _factor_of([node("Constant", [], ["c"], **attributes), cast], {}, opset)
    assert found.ravel().tolist() == [Fraction(number.item()) for number in expected.ravel()]


def test_constant_of_one_float_is_a_scalar():
    nodes = [
        node("Constant", [], ["c"], value_float=2.0),
        node("Shape", ["c"], ["s"]),
        node("Reshape", ["x", "s"], ["y"]),
    ]
    assert imported(model(nodes, {"x": (1,)}, ["y"])).outputs == (("y", ()),)


# Identity, Dropout


def test_identity_passes_constants_on():
    nodes = [node("Identity", ["c"], ["d"]), node("Add", ["x", "d"], ["y"])]
    assert_agrees_with_reference(model(nodes, {"x": (2,)}, ["y"], {"c": dyadics(1, 2)}))


@pytest.mark.parametrize("opset", [7, 10])
@pytest.mark.parametrize("attributes", [{}, {"ratio": 0.0}, {"ratio": 0.75}])
def test_dropout_passes_data_on_before_opset_12(attributes, opset):
    dropout = node("Dropout", ["x"], ["y"], **attributes)
    assert_agrees_with_reference(model([dropout], {"x": (2, 3)}, ["y"], opset=opset))


@pytest.mark.parametrize("opset", [12, 13, NEWEST])
@pytest.mark.parametrize("inputs", [["x"], ["x", "ratio"], ["x", "ratio", "mode"], ["x", "", "mode"]])
def test_dropout_passes_data_on_since_opset_12(inputs, opset):
    constants = {"ratio": np.array(0.25, dtype=np.float32), "mode": np.array(False)}
    used = {name: constants[name] for name in inputs if name in constants}
    dropout = node("Dropout", inputs, ["y"], seed=3)
    assert_agrees_with_reference(model([dropout], {"x": (2, 3)}, ["y"], used, opset=opset))


def test_dropout_in_training_with_ratio_zero_passes_data_on():
    constants = {"ratio": np.array(0.0, dtype=np.float32), "mode": np.array(True)}
    made = model([node("Dropout", ["x", "ratio", "mode"], ["y"])], {"x": (2, 3)}, ["y"], constants)
    assert_agrees_with_reference(made)


@pytest.mark.parametrize("opset", [7, 12, NEWEST])
def test_dropout_with_a_mask_that_nobody_reads_passes_data_on(opset):
    assert_agrees_with_reference(model([node("Dropout", ["x"], ["y", "mask"])], {"x": (2,)}, ["y"], opset=opset))


def test_dropout_takes_a_computed_ratio():
    constants = {"half": np.array(0.5), "mode": np.array(False)}
    nodes = [node("Mul", ["half", "half"], ["ratio"]), node("Dropout", ["x", "ratio", "mode"], ["y"])]
    assert_agrees_with_reference(model(nodes, {"x": (2,)}, ["y"], constants))


# Cast


@pytest.mark.parametrize("target", FLOATS)
@pytest.mark.parametrize("source", FLOATS)
def test_casts_between_floats_change_nothing(source, target):
    nodes = [node("Cast", ["x"], ["z"], to=FLOATS[target][0]), node("Add", ["z", "c"], ["y"])]
    made = model(nodes, {"x": (3,)}, ["y"], {"c": np.ones(1).astype(FLOATS[target][1])}, kind=FLOATS[source][0])
    x = feeds_of(made, 1)["x"].astype(np.float64)
    assert_same(run_exactly(imported(made), [x]), [x + 1])


@pytest.mark.parametrize("attributes", [{}, {"saturate": 0}, {"saturate": 1}, {"round_mode": "nearest"}])
def test_casts_know_the_attributes_that_concern_other_types(attributes):
    cast = node("Cast", ["x"], ["y"], to=TensorProto.DOUBLE, **attributes)
    assert_agrees_with_reference(model([cast], {"x": (3,)}, ["y"]))


@pytest.mark.parametrize("source", INTEGERS)
def test_casts_of_stored_integers_to_floats_are_exact(source):
    dtype = np.dtype(source.lower())
    values = np.array([np.iinfo(dtype).min, 0, 3, np.iinfo(dtype).max // 2], dtype=dtype)
    found = _factor_of([node("Cast", ["c"], ["f"], to=TensorProto.DOUBLE)], {"c": values})
    assert found.tolist() == [Fraction(int(value)) for value in values]


def test_casts_of_large_unsigned_integers_keep_their_sign():
    values = np.array([2**63, 2**64 - 2**11], dtype=np.uint64)
    found = _factor_of([node("Cast", ["c"], ["f"], to=TensorProto.DOUBLE)], {"c": values})
    assert found.tolist() == [Fraction(int(value)) for value in values]


def test_casts_of_truth_values_give_zero_and_one():
    found = _factor_of([node("Cast", ["c"], ["f"], to=TensorProto.FLOAT)], {"c": np.array([True, False])})
    assert found.tolist() == [1, 0]


@pytest.mark.parametrize("through", [*INTEGERS, "BOOL"])
def test_casts_between_integers_keep_what_fits(through):
    nodes = [
        node("Cast", ["c"], ["d"], to=TensorProto.DataType.Value(through)),
        node("Cast", ["d"], ["e"], to=TensorProto.INT64),
        node("Cast", ["e"], ["f"], to=TensorProto.DOUBLE),
    ]
    assert _factor_of(nodes, {"c": integers(0, 1)}).tolist() == [0, 1]


# Integers: the chains that exporters write around Reshape


def _chain(nodes, constants, *, x=(2, 3, 4), opset=13):
    return model(nodes, {"x": x}, ["y"], constants, opset=opset)


def test_a_dimension_taken_from_the_shape_goes_into_a_reshape():
    nodes = [
        node("Shape", ["x"], ["s"]),
        node("Gather", ["s", "first"], ["n"]),
        node("Unsqueeze", ["n", "zero"], ["u"]),
        node("Concat", ["u", "rest"], ["t"], axis=0),
        node("Reshape", ["x", "t"], ["y"]),
    ]
    constants = {"first": scalar(0), "zero": integers(0), "rest": integers(-1)}
    assert_agrees_with_reference(_chain(nodes, constants))


def test_a_shape_is_cut_and_joined():
    nodes = [
        node("Shape", ["x"], ["s"]),
        node("Slice", ["s", "zero", "two"], ["head"]),
        node("Concat", ["head", "rest"], ["t"], axis=0),
        node("Reshape", ["x", "t"], ["y"]),
    ]
    constants = {"zero": integers(0), "two": integers(2), "rest": integers(2, 2)}
    assert_agrees_with_reference(_chain(nodes, constants))


@pytest.mark.parametrize("operator, operand", [("Add", 1), ("Sub", 1), ("Mul", 2), ("Div", 2)])
def test_vectors_of_integers_are_computed_with(operator, operand):
    nodes = [
        node("Shape", ["x"], ["s"]),
        node(operator, ["s", "c"], ["i"]),
        node("Gather", ["v", "i"], ["y"], axis=0),
    ]
    made = model(nodes, {"x": (2, 3, 4), "v": (9,)}, ["y"], {"c": integers(operand)})
    assert_agrees_with_reference(made)


@pytest.mark.parametrize(
    "first, second", [(7, 2), (-7, 2), (7, -2), (-7, -2), (6, 3), (0, 5), (1, 2), (-1, 2), (2**62 + 1, 2)]
)
@pytest.mark.parametrize("dtype", [np.int32, np.int64])
def test_stored_integers_divide_towards_zero(dtype, first, second):
    # The text: "For integer inputs, the result is computed using truncating division".
    if abs(first) > np.iinfo(dtype).max:
        first %= 2**31
    nodes = [node("Div", ["a", "b"], ["q"]), node("Cast", ["q"], ["f"], to=TensorProto.DOUBLE)]
    found = _factor_of(nodes, {"a": np.array([first], dtype), "b": np.array([second], dtype)})
    assert found.tolist() == [abs(first) // abs(second) * (1 if (first < 0) == (second < 0) else -1)]


@pytest.mark.parametrize("dtype", [np.int8, np.int32, np.int64])
def test_the_least_integer_divides_towards_zero(dtype):
    least = int(np.iinfo(dtype).min)
    nodes = [node("Div", ["a", "b"], ["q"]), node("Cast", ["q"], ["f"], to=TensorProto.DOUBLE)]
    assert _factor_of(nodes, {"a": np.array([least], dtype), "b": np.array([2], dtype)}).tolist() == [least // 2]


SCALARS = {
    "a dimension": [node("Shape", ["x"], ["s"]), node("Gather", ["s", "one"], ["i"])],
    "a sum": [node("Add", ["one", "two"], ["i"])],
    "a difference": [node("Sub", ["one", "minus two"], ["i"])],
    "a product": [node("Mul", ["three", "one"], ["i"])],
    "a negative": [node("Neg", ["minus three"], ["i"])],
    "a maximum": [node("Max", ["three", "one"], ["i"])],
    "a minimum": [node("Min", ["three", "three"], ["i"])],
    "an absolute value": [node("Abs", ["minus three"], ["i"])],
    "a rectified value": [node("Relu", ["three"], ["i"])],
    "a clipped value": [node("Clip", ["three", "one"], ["i"])],
    "an inner product": [node("MatMul", ["ones", "ones"], ["i"])],
    "an identity": [node("Identity", ["three"], ["i"])],
    "a cast": [node("Cast", ["three"], ["i"], to=TensorProto.INT64)],
    "a reshaped vector": [node("Reshape", ["threes", "none"], ["i"])],
    "a squeezed vector": [node("Squeeze", ["threes"], ["i"])],
    "a transposed scalar": [node("Transpose", ["three"], ["i"])],
}
STORED = {
    "one": scalar(1),
    "two": scalar(2),
    "three": scalar(3),
    "minus two": scalar(-2),
    "minus three": scalar(-3),
    "threes": integers(3),
    "ones": integers(1, 1, 1),
    "none": integers(),
}


@pytest.mark.parametrize("name", SCALARS)
def test_three_divided_by_two_is_one_however_the_integer_three_came_about(name):
    nodes = [
        *SCALARS[name],
        node("Div", ["i", "two"], ["q"]),
        node("Cast", ["q"], ["f"], to=TensorProto.DOUBLE),
        node("Mul", ["x", "f"], ["y"]),
    ]
    assert_agrees_with_reference(model(nodes, {"x": (2, 3)}, ["y"], STORED))


@pytest.mark.parametrize(
    "made",
    [node("Gemm", ["threes", "unit"], ["i"]), node("PRelu", ["threes", "unit"], ["i"])],
    ids=["a matrix product", "a sloped value"],
)
def test_matrices_of_integers_are_halved_towards_zero(made):
    nodes = [made, node("Div", ["i", "two"], ["q"]), node("Cast", ["q"], ["f"], to=TensorProto.DOUBLE)]
    constants = {"threes": integers(3).reshape(1, 1), "unit": integers(1).reshape(1, 1), "two": scalar(2)}
    assert _factor_of(nodes, constants).tolist() == [[1]]


VECTORS = {
    "a shape": [node("Shape", ["v"], ["i"])],
    "a concatenation": [node("Concat", ["threes", "ones"], ["i"], axis=0)],
    "a slice": [node("Slice", ["numbers", "one", "many"], ["i"])],
    "the end of a split": [node("Split", ["numbers"], ["rest", "i"], num_outputs=2)],
    "a selection": [node("Gather", ["numbers", "ones"], ["i"])],
    "an unsqueezed scalar": [node("Unsqueeze", ["three", "zero"], ["i"])],
    "a squeezed matrix": [node("Unsqueeze", ["threes", "zero"], ["m"]), node("Squeeze", ["m"], ["i"])],
    "a flat vector": [node("Flatten", ["threes"], ["i"], axis=0)],
    "a transposed vector": [node("Transpose", ["numbers"], ["i"])],
    "a sum": [node("Add", ["numbers", "ones"], ["i"])],
    "a negative": [node("Neg", ["numbers"], ["i"])],
    "a cast": [node("Cast", ["numbers"], ["i"], to=TensorProto.INT32)],
    "a value": [node("Constant", [], ["i"], value_ints=[3, 5])],
}


@pytest.mark.parametrize("name", VECTORS)
def test_odd_integers_are_halved_towards_zero_however_their_vector_came_about(name):
    two = {"two": np.array([2], dtype=np.int32 if name == "a cast" else np.int64)}
    constants = {**STORED, **two, "numbers": integers(1, 3, 5), "many": integers(9), "zero": integers(0)}
    constants |= {"one": integers(1)}
    nodes = [
        *VECTORS[name],
        node("Div", ["i", "two"], ["q"]),
        node("Cast", ["q"], ["f"], to=TensorProto.DOUBLE),
        node("Mul", ["x", "f"], ["y"]),
    ]
    assert_agrees_with_reference(model(nodes, {"x": (1,), "v": (3, 5)}, ["y"], constants))


def test_half_of_a_dimension_cuts_a_tensor():
    nodes = [
        node("Shape", ["x"], ["s"]),
        node("Gather", ["s", "one"], ["n"]),
        node("Div", ["n", "two"], ["h"]),
        node("Unsqueeze", ["h", "axis"], ["end"]),
        node("Slice", ["x", "axis", "end", "second"], ["y"]),
    ]
    constants = {"one": scalar(1), "two": scalar(2), "axis": integers(0), "second": integers(1)}
    assert_agrees_with_reference(model(nodes, {"x": (2, 5)}, ["y"], constants))


@pytest.mark.parametrize("name", SCALARS)
def test_a_computed_scalar_is_an_index(name):
    nodes = [*SCALARS[name], node("Gather", ["v", "i"], ["y"])]
    assert_agrees_with_reference(model(nodes, {"x": (2, 3), "v": (5,)}, ["y"], STORED))


def test_integers_of_eight_bits_wrap_as_they_are_stored():
    nodes = [node("Add", ["c", "c"], ["d"]), node("Cast", ["d"], ["f"], to=TensorProto.DOUBLE)]
    assert _factor_of(nodes, {"c": np.array([100, 3], dtype=np.int8)}).tolist() == [-56, 6]


@pytest.mark.parametrize("operator", ["Add", "Sub", "Mul", "Div"])
def test_integers_broadcast(operator):
    nodes = [node(operator, ["a", "b"], ["c"]), node("Cast", ["c"], ["f"], to=TensorProto.DOUBLE)]
    made = model(
        [*nodes, node("Mul", ["x", "f"], ["y"])],
        {"x": (1,)},
        ["y"],
        {"a": integers(1, -2, 3, -4, 5, 6).reshape(2, 3), "b": integers(2, -3, 1)},
    )
    feeds = {"x": np.ones(1)}
    expected = [np.asarray(array) for array in ReferenceEvaluator(made).run(None, feeds)]
    assert_same(run_exactly(imported(made), [feeds["x"]]), expected)
