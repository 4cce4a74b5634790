"""Quantised numbers: constants, and data as a staircase."""

from fractions import Fraction

import ml_dtypes
import numpy as np
import pytest
from unit.onnx_import.models import (
    NEWEST,
    assert_refuses,
    assert_same,
    fractions,
    imported,
    model,
    node,
    run_exactly,
)

import exactgeo as eg
from exactgeo.errors import ImportFailure, MalformedModel, NotPiecewiseAffine, UnsupportedOperator

RANGES = {
    np.dtype(np.uint8): (0, 255),
    np.dtype(np.int8): (-128, 127),
    np.dtype(ml_dtypes.uint4): (0, 15),
    np.dtype(ml_dtypes.int4): (-8, 7),
    np.dtype(ml_dtypes.uint2): (0, 3),
    np.dtype(ml_dtypes.int2): (-2, 1),
}
SMALL = [kind for kind, (low, high) in RANGES.items() if high - low < 16]


def _even(value):
    """The nearest integer, the even one of two: what Python rounds fractions to."""
    return round(Fraction(value))


def _quantised(x, scale, zero, kind):
    low, high = RANGES[np.dtype(kind)]
    return min(max(_even(Fraction(x) / Fraction(scale)) + zero, low), high)


def _staircase(scale, zero, *, dequantised=True, shape=(1,), opset=NEWEST, **attributes):
    """Data quantised and brought back, with exact steps."""
    nodes = [node("QuantizeLinear", ["x", "s", "z"], ["q"], name="n", **attributes)]
    nodes.append(node("DequantizeLinear", ["q", "s", "z"], ["y"], **attributes))
    outputs = ["y"] if dequantised else ["q"]
    constants = {"s": np.asarray(scale, dtype=np.float64), "z": zero}
    return model(nodes if dequantised else nodes[:1], {"x": shape}, outputs, constants, opset=opset)


def _at(made, *points):
    read = imported(made, staircases=True)
    return [eg.evaluate(read.program, [point]).outputs[0] for point in points]


# Data


@pytest.mark.parametrize("kind", SMALL, ids=str)
@pytest.mark.parametrize("zero", [0, 1, 3, -1, -2])
@pytest.mark.parametrize("scale", [1.0, 0.5, 0.75])
def test_a_staircase_is_round_and_clip_at_every_step_and_every_tie(kind, zero, scale):
    low, high = RANGES[kind]
    if not low <= zero <= high:
        zero = low
    points = [Fraction(scale) * Fraction(k, 4) for k in range(4 * (low - zero) - 9, 4 * (high - zero) + 10)]
    found = _at(_staircase(scale, np.array(zero, dtype=kind)), *points)
    assert found == [(_quantised(x, scale, zero, kind) - zero) * Fraction(scale) for x in points]


@pytest.mark.parametrize("kind", [np.uint8, np.int8])
@pytest.mark.parametrize("zero", [0, 7, 100])
def test_staircases_of_8_bits(kind, zero):
    low, high = RANGES[np.dtype(kind)]
    points = [Fraction(k, 2) for k in (-600, -257, -256, -255, -3, -1, 0, 1, 3, 5, 199, 201, 255, 311, 600)]
    found = _at(_staircase(1.0, np.array(zero, dtype=kind)), *points)
    assert found == [_quantised(x, 1, zero, kind) - zero for x in points]
    assert {low - zero, high - zero} <= set(found)


def test_a_staircase_is_one_unit_with_a_piece_for_each_integer():
    program = imported(_staircase(1.0, np.array(0, dtype=ml_dtypes.int4)), staircases=True).program
    assert len(program.units) == 1
    assert len(program.units.forms.take(program.units.values)) == 16


def test_without_a_zero_point_the_type_is_uint8():
    made = model([node("QuantizeLinear", ["x", "s"], ["y"])], {"x": (1,)}, ["y"], {"s": np.array(1.0)})
    assert _at(made, -5, Fraction(1, 2), Fraction(3, 2), 254, 300) == [0, 0, 2, 254, 255]


def test_the_type_may_be_an_attribute():
    nodes = [node("QuantizeLinear", ["x", "s"], ["y"], output_dtype=3)]
    assert _at(model(nodes, {"x": (1,)}, ["y"], {"s": np.array(1.0)}), -500, -5, 300) == [-128, -5, 127]


def test_scales_along_an_axis_belong_to_that_axis():
    scale, zero = np.array([1.0, 0.5, 2.0]), np.array([0, 2, -4], dtype=ml_dtypes.int4)
    x = np.array([[1.5, 1.25, 3.0], [-2.5, -9.0, 100.0]])
    read = imported(_staircase(scale, zero, shape=(2, 3), axis=1), staircases=True)
    pairs = zip(scale.tolist(), zero.astype(int).tolist(), strict=True)
    columns = [
        [(_quantised(v, s, z, zero.dtype) - z) * Fraction(s) for v in c] for c, (s, z) in zip(x.T, pairs, strict=True)
    ]
    assert run_exactly(read, [x])[0].tolist() == np.array(columns, dtype=object).T.tolist()


@pytest.mark.parametrize("axis", [1, -1])
def test_blocks_share_a_scale(axis):
    scale, zero = np.array([[1.0, 2.0], [0.5, 4.0]]), np.zeros((2, 2), dtype=ml_dtypes.int4)
    x = np.array([[1.5, 0.5, 3.0], [-0.75, 9.0, 6.0]])
    read = imported(_staircase(scale, zero, shape=(2, 3), axis=axis, block_size=2), staircases=True)
    spread = np.repeat(scale, 2, axis=1)[:, :3]
    expected = [
        [_quantised(v, s, 0, zero.dtype) * Fraction(s) for v, s in zip(row, steps, strict=True)]
        for row, steps in zip(x.tolist(), spread.tolist(), strict=True)
    ]
    assert run_exactly(read, [x])[0].tolist() == expected


def test_staircases_are_refused_unless_chosen():
    made = _staircase(1.0, np.array(0, dtype=np.uint8))
    assert_refuses(made, UnsupportedOperator, r"^node 'n' \(QuantizeLinear.*--staircases.* 256 pieces")


def test_ties_go_to_even_numbers_whatever_the_zero_points_are():
    scale, zero = np.array([1.0, 0.5, 2.0]), np.array([1, 2, -3], dtype=ml_dtypes.int4)
    x = np.array([[0.5, 0.25, 1.0], [1.5, 0.75, 3.0], [-0.5, -0.25, -1.0], [-1.5, 1.25, -5.0]])
    read = imported(_staircase(scale, zero, shape=(4, 3), axis=1), staircases=True)
    pairs = zip(scale.tolist(), zero.astype(int).tolist(), strict=True)
    columns = [
        [(_quantised(v, s, z, zero.dtype) - z) * Fraction(s) for v in c] for c, (s, z) in zip(x.T, pairs, strict=True)
    ]
    assert run_exactly(read, [x])[0].tolist() == np.array(columns, dtype=object).T.tolist()


def test_quantised_data_is_not_computed_with():
    nodes = [node("QuantizeLinear", ["x", "s"], ["q"]), node("Add", ["q", "q"], ["y"], name="n")]
    with pytest.raises(UnsupportedOperator, match=r"^node 'n' \(Add.* before it is dequantised"):
        imported(model(nodes, {"x": (1,)}, ["y"], {"s": np.array(1.0)}), staircases=True)


def test_quantised_data_moves():
    nodes = [
        node("QuantizeLinear", ["x", "s"], ["q"]),
        node("Transpose", ["q"], ["t"]),
        node("DequantizeLinear", ["t", "s"], ["y"]),
    ]
    x = np.array([[1.5, 2.5], [0.25, 300.0]])
    read = imported(model(nodes, {"x": (2, 2)}, ["y"], {"s": np.array(1.0)}), staircases=True)
    assert_same(run_exactly(read, [x]), [np.array([[2.0, 0.0], [2.0, 255.0]])])


def test_a_scale_of_data_is_refused():
    made = model([node("QuantizeLinear", ["x", "w"], ["y"], name="n")], {"x": (2,), "w": ()}, ["y"])
    with pytest.raises(NotPiecewiseAffine, match=r"^node 'n' \(QuantizeLinear"):
        imported(made, staircases=True)


# Constants


@pytest.mark.parametrize("kind", RANGES, ids=str)
def test_constants_are_quantised_as_the_text_says(kind):
    low, high = RANGES[kind]
    values = np.arange(-24, 25) / 4
    for zero in {max(low, -1), 0, min(high, 2)}:
        constants = {"c": values, "s": np.array(0.5), "z": np.array(zero, dtype=kind)}
        made = model([node("QuantizeLinear", ["c", "s", "z"], ["y"])], {"x": (1,)}, ["y"], constants)
        expected = [_quantised(value, 0.5, zero, kind) for value in values.tolist()]
        assert run_exactly(imported(made), [np.zeros(1)])[0].tolist() == expected


@pytest.mark.parametrize("opset", [10, 13, 19, 21, NEWEST])
def test_constants_are_dequantised_exactly(opset):
    """With a scale whose products with integers float32 rounds."""
    scale, values = np.float32(0.1), np.array([0, 1, 127, 128, 255], dtype=np.uint8)
    constants = {"c": values, "s": scale, "z": np.array(128, dtype=np.uint8)}
    made = model([node("DequantizeLinear", ["c", "s", "z"], ["y"])], {"x": (1,)}, ["y"], constants, opset=opset)
    expected = [(int(value) - 128) * fractions(scale).item() for value in values]
    assert run_exactly(imported(made), [np.zeros(1)])[0].tolist() == expected


def test_biases_of_32_bits_are_dequantised():
    constants = {"c": np.array([2**31 - 1, -(2**31)], dtype=np.int32), "s": np.float32(0.5)}
    made = model([node("DequantizeLinear", ["c", "s"], ["y"])], {"x": (1,)}, ["y"], constants)
    expected = [Fraction(2**31 - 1, 2), Fraction(-(2**31), 2)]
    assert run_exactly(imported(made), [np.zeros(1)])[0].tolist() == expected


def test_a_quantised_weight_is_the_rational_number_that_it_stands_for():
    nodes = [node("DequantizeLinear", ["q", "s"], ["w"]), node("Mul", ["x", "w"], ["y"])]
    made = imported(model(nodes, {"x": (1,)}, ["y"], {"q": np.array([3], dtype=np.int8), "s": np.float32(0.1)}))
    assert eg.evaluate(made.program, [1]).outputs == (3 * fractions(np.float32(0.1)).item(),)


@pytest.mark.parametrize(
    "operator, constants, attributes",
    [
        ("QuantizeLinear", {"c": np.ones(2), "s": np.array(0.0)}, {}),
        ("QuantizeLinear", {"c": np.ones(2), "s": np.ones(3)}, {"axis": 0}),
        ("QuantizeLinear", {"c": np.ones(2), "s": np.ones(2)}, {"axis": 1}),
        ("QuantizeLinear", {"c": np.ones(2), "s": np.ones(2), "z": np.zeros(1, np.int8)}, {"axis": 0}),
        ("QuantizeLinear", {"c": np.ones(4), "s": np.ones(3)}, {"axis": 0, "block_size": 2}),
        ("QuantizeLinear", {"c": np.ones(4), "s": np.ones(4)}, {"axis": 0, "block_size": -1}),
        ("QuantizeLinear", {"c": np.ones(2), "s": np.array(1.0)}, {"output_dtype": 99}),
        ("QuantizeLinear", {"c": np.ones(2), "s": np.array(1.0)}, {"output_dtype": 24}),
        ("DequantizeLinear", {"c": np.ones((2, 2), np.int8), "s": np.ones((2, 2))}, {}),
    ],
)
def test_parameters_that_do_not_fit_are_refused(operator, constants, attributes):
    made = model([node(operator, [*constants], ["y"], name="n", **attributes)], {"x": (1,)}, ["y"], constants)
    assert_refuses(made, ImportFailure, rf"^node 'n' \({operator}")


def test_data_that_is_not_quantised_is_not_dequantised():
    made = model([node("DequantizeLinear", ["x", "s"], ["y"], name="n")], {"x": (2,)}, ["y"], {"s": np.array(1.0)})
    assert_refuses(made, MalformedModel, r"^node 'n' \(DequantizeLinear.* not quantised")
