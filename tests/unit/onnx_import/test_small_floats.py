"""Rounding to floats of 8 bits or fewer: constants, and data as a staircase; the types are those of ml_dtypes."""

from fractions import Fraction
from itertools import pairwise

import ml_dtypes
import numpy as np
import pytest
from onnx import TensorProto
from unit.onnx_import.models import NEWEST, assert_refuses, assert_same, imported, model, node, run_exactly

import exactgeo as eg
from exactgeo.errors import ImportFailure, MalformedModel, NotPiecewiseAffine, UnsupportedOperator

EIGHT = {
    "FLOAT8E4M3FN": ml_dtypes.float8_e4m3fn,
    "FLOAT8E4M3FNUZ": ml_dtypes.float8_e4m3fnuz,
    "FLOAT8E5M2": ml_dtypes.float8_e5m2,
    "FLOAT8E5M2FNUZ": ml_dtypes.float8_e5m2fnuz,
}
KINDS = {**EIGHT, "FLOAT4E2M1": ml_dtypes.float4_e2m1fn}
ONE = {"s": np.array(1.0)}


def _numbers(kind):
    """The finite numbers of a type, each with its code, in order."""
    codes = np.arange(16 if kind is ml_dtypes.float4_e2m1fn else 256, dtype=np.uint8)
    values = codes.view(kind).astype(np.float64)
    found = {Fraction(v): int(c) for v, c in zip(values.tolist(), codes.tolist(), strict=True) if np.isfinite(v)}
    return dict(sorted(found.items()))


def _nearest(x, kind):
    """The nearest finite number, of two the one whose code is even."""
    return min(_numbers(kind).items(), key=lambda item: (abs(item[0] - x), item[1] % 2))[0]


def _points(kind, seed=1):
    """Every number, every midpoint of two, numbers near those, random ones, and numbers out of range."""
    numbers = list(_numbers(kind))
    middles = [(a + b) / 2 for a, b in pairwise(numbers)]
    near = [middle + Fraction(sign, 10**9) for middle in middles[::7] for sign in (-1, 1)]
    rng = np.random.default_rng(seed)
    others = [Fraction(v) * numbers[-1] for v in rng.uniform(-1.5, 1.5, 50).tolist()]
    return [*numbers, *middles, *near, *others, 2 * numbers[-1], 1000 * numbers[0]]


def _quantised(kind, *, scale=1.0, zero=True, dequantised=False, **attributes):
    constants = {"s": np.array(scale), **({"z": np.array(0, dtype=kind)} if zero else {})}
    names = ["x", *constants]
    nodes = [node("QuantizeLinear", names, ["q"], name="n", **attributes)]
    nodes.append(node("DequantizeLinear", ["q", *constants], ["y"]))
    return model(nodes if dequantised else nodes[:1], {"x": (1,)}, ["y" if dequantised else "q"], constants)


def _cast(to, *, back=None, **attributes):
    nodes = [node("Cast", ["x"], ["q"], name="n", to=TensorProto.DataType.Value(to), **attributes)]
    if back is not None:
        nodes.append(node("Cast", ["q"], ["y"], name="m", to=back))
    return model(nodes, {"x": (1,)}, ["q" if back is None else "y"])


def _at(made, points):
    read = imported(made, staircases=True)
    assert len(read.program.units) == 1
    return [eg.evaluate(read.program, [point]).outputs[0] for point in points]


@pytest.mark.parametrize("name", KINDS)
def test_data_is_quantised_to_the_nearest_number_ties_to_even_codes(name):
    points = _points(KINDS[name])
    assert _at(_quantised(KINDS[name]), points) == [_nearest(x, KINDS[name]) for x in points]


@pytest.mark.parametrize("name", KINDS)
def test_scales_divide_before_and_multiply_behind(name):
    points = _points(KINDS[name])[::5]
    found = _at(_quantised(KINDS[name], scale=0.75, dequantised=True), points)
    assert found == [_nearest(x / Fraction(3, 4), KINDS[name]) * Fraction(3, 4) for x in points]


@pytest.mark.parametrize("name", EIGHT)
@pytest.mark.parametrize("back", [None, TensorProto.FLOAT])
def test_data_is_cast_to_the_nearest_number_and_back(name, back):
    points = _points(KINDS[name])[::3]
    assert _at(_cast(name, back=back), points) == [_nearest(x, KINDS[name]) for x in points]


@pytest.mark.parametrize("name", KINDS)
def test_the_type_may_be_an_attribute(name):
    made = _quantised(None, zero=False, output_dtype=TensorProto.DataType.Value(name))
    assert _at(made, [Fraction(21, 8), 10**6]) == [_nearest(x, KINDS[name]) for x in (Fraction(21, 8), 10**6)]


@pytest.mark.parametrize("name", EIGHT)
def test_data_is_cast_like_stored_numbers(name):
    constants = {"like": np.zeros(1, dtype=KINDS[name])}
    made = model([node("CastLike", ["x", "like"], ["y"])], {"x": (1,)}, ["y"], constants)
    assert _at(made, [Fraction(45, 32)]) == [_nearest(Fraction(45, 32), KINDS[name])]


@pytest.mark.parametrize("name", KINDS)
def test_constants_are_quantised_like_data(name):
    values = np.array([float(x) for x in _points(KINDS[name]) if x.denominator <= 2**50])
    constants = {"c": values, "s": np.array(1.0), "z": np.array(0, dtype=KINDS[name])}
    made = model([node("QuantizeLinear", ["c", "s", "z"], ["y"])], {"x": (1,)}, ["y"], constants)
    expected = [_nearest(Fraction(x), KINDS[name]) for x in values.tolist()]
    assert run_exactly(imported(made), [np.zeros(1)])[0].tolist() == expected


@pytest.mark.parametrize("name", EIGHT)
def test_constants_are_cast_like_data(name):
    values = np.array([float(x) for x in _points(KINDS[name]) if x.denominator <= 2**50])
    to = TensorProto.DataType.Value(name)
    made = model([node("Cast", ["c"], ["y"], to=to)], {"x": (1,)}, ["y"], {"c": values})
    expected = [_nearest(Fraction(x), KINDS[name]) for x in values.tolist()]
    assert run_exactly(imported(made), [np.zeros(1)])[0].tolist() == expected


@pytest.mark.parametrize("name, pieces", [("FLOAT8E4M3FN", 253), ("FLOAT8E4M3FNUZ", 255), ("FLOAT8E5M2", 247)])
def test_staircases_are_refused_unless_chosen(name, pieces):
    for made in (_quantised(KINDS[name]), _cast(name)):
        assert_refuses(made, UnsupportedOperator, rf"^node 'n' \(.*float8.*--staircases.* {pieces} pieces")


@pytest.mark.parametrize("name", EIGHT)
def test_data_that_would_become_infinite_is_refused(name):
    for made in (_quantised(KINDS[name], saturate=0), _cast(name, saturate=0)):
        with pytest.raises(UnsupportedOperator, match=r"^node 'n' \(.*infinite or NaN.*saturate = 0"):
            imported(made, staircases=True)


@pytest.mark.parametrize("name", EIGHT)
def test_constants_may_do_without_saturation_within_the_range(name):
    last = float(max(_numbers(KINDS[name])))
    to = TensorProto.DataType.Value(name)
    for value, fits in ((last, True), (-last, True), (last * 1.5, False)):
        nodes = [node("Cast", ["c"], ["y"], name="n", to=to, saturate=0)]
        made = model(nodes, {"x": (1,)}, ["y"], {"c": np.array([value])})
        if fits:
            assert_same(run_exactly(imported(made), [np.zeros(1)]), [np.array([value])])
        else:
            assert_refuses(made, UnsupportedOperator, r"^node 'n' \(Cast.*infinite or NaN")


def test_saturation_means_nothing_for_floats_of_4_bits():
    assert _at(_quantised(ml_dtypes.float4_e2m1fn, saturate=0), [100, -100]) == [6, -6]


@pytest.mark.parametrize("to", ["FLOAT4E2M1", "FLOAT8E8M0"])
def test_casts_of_data_that_the_standard_leaves_open_are_refused(to):
    with pytest.raises(ImportFailure, match=r"^node 'n' \(Cast"):
        imported(_cast(to), staircases=True)


def test_zero_points_other_than_zero_are_refused():
    constants = {**ONE, "z": np.array(2.0, dtype=ml_dtypes.float8_e5m2)}
    made = model([node("QuantizeLinear", ["x", "s", "z"], ["y"], name="n")], {"x": (1,)}, ["y"], constants)
    with pytest.raises(UnsupportedOperator, match=r"^node 'n' \(QuantizeLinear.*zero point other than 0"):
        imported(made, staircases=True)


def test_a_flag_for_saturation_is_0_or_1():
    with pytest.raises(MalformedModel, match=r"saturate 2"):
        imported(_cast("FLOAT8E5M2", saturate=2), staircases=True)


@pytest.mark.parametrize("operator", ["Add", "Max", "MatMul"])
def test_narrow_data_is_not_computed_with(operator):
    nodes = [_cast("FLOAT8E5M2").graph.node[0], node(operator, ["q", "q"], ["y"], name="m")]
    with pytest.raises(UnsupportedOperator, match=rf"^node 'm' \({operator}.* before it is dequantised"):
        imported(model(nodes, {"x": (1,)}, ["y"]), staircases=True)


@pytest.mark.parametrize("to", [TensorProto.INT64, TensorProto.INT8, TensorProto.FLOAT8E4M3FN])
def test_narrow_data_is_cast_to_floats_and_truth_values_alone(to):
    with pytest.raises(ImportFailure, match=r"^node 'm' \(Cast"):
        imported(_cast("FLOAT8E5M2", back=to), staircases=True)
    assert _at_truth(_cast("FLOAT8E5M2", back=TensorProto.BOOL)) == [0, 1]


def _at_truth(made):
    read = imported(made, staircases=True)
    return [eg.evaluate(read.program, [point]).outputs[0] for point in (Fraction(1, 2**17), Fraction(1, 2**16))]


def test_narrow_data_moves_and_joins_its_like_but_not_quantised_data():
    to8 = {"name": "n", "to": TensorProto.FLOAT8E5M2}
    nodes = [node("Cast", ["x"], ["a"], **to8), node("Concat", ["a", "a"], ["b"], axis=0)]
    nodes.append(node("Cast", ["b"], ["y"], to=TensorProto.FLOAT))
    read = imported(model(nodes, {"x": (2,)}, ["y"]), staircases=True)
    assert_same(run_exactly(read, [np.array([1.125, -2.75])]), [np.array([1.0, -3.0, 1.0, -3.0])])
    nodes = [node("Cast", ["x"], ["a"], **to8), node("QuantizeLinear", ["x", "s"], ["b"])]
    nodes.append(node("Concat", ["a", "b"], ["y"], name="m", axis=0))
    with pytest.raises(MalformedModel, match=r"^node 'm' \(Concat"):
        imported(model(nodes, {"x": (2,)}, ["y"], ONE), staircases=True)


def test_quantised_data_is_cast_to_floats_and_wide_integers():
    for to in (TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.INT32, TensorProto.INT64):
        nodes = [node("QuantizeLinear", ["x", "s"], ["q"]), node("Cast", ["q"], ["y"], to=to)]
        read = imported(model(nodes, {"x": (3,)}, ["y"], ONE, opset=NEWEST), staircases=True)
        assert_same(run_exactly(read, [np.array([2.5, -3.0, 300.0])]), [np.array([2.0, 0.0, 255.0])])


def test_a_scale_of_data_is_refused():
    made = model([node("QuantizeLinear", ["x", "w", "z"], ["y"], name="n")], {"x": (2,), "w": ()}, ["y"],
                 {"z": np.array(0, dtype=ml_dtypes.float8_e5m2)})  # fmt: skip
    with pytest.raises(NotPiecewiseAffine, match=r"^node 'n' \(QuantizeLinear"):
        imported(made, staircases=True)
