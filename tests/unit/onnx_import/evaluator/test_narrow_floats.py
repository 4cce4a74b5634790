"""Floats of 8 or fewer bits: what is rounded to them, by a search among all of them and by other implementations."""

from fractions import Fraction
from itertools import pairwise
from random import Random

import ml_dtypes
import numpy as np
import pytest
from gmpy2 import mpq
from onnx import TensorProto, helper, numpy_helper
from onnx.backend.test.loader import load_model_tests
from unit.onnx_import.evaluator.running import difference, evaluated, exact, one_node, run, value

from exactgeo.errors import MalformedModel, NonFiniteWeight, UnsupportedOperator
from onnx_import.evaluator import evaluate_model

DTYPES = {
    "FLOAT8E4M3FN": ml_dtypes.float8_e4m3fn,
    "FLOAT8E4M3FNUZ": ml_dtypes.float8_e4m3fnuz,
    "FLOAT8E5M2": ml_dtypes.float8_e5m2,
    "FLOAT8E5M2FNUZ": ml_dtypes.float8_e5m2fnuz,
    "FLOAT6E2M3": ml_dtypes.float6_e2m3fn,
    "FLOAT6E3M2": ml_dtypes.float6_e3m2fn,
    "FLOAT4E2M1": ml_dtypes.float4_e2m1fn,
}
EIGHT_BITS = [name for name in DTYPES if name.startswith("FLOAT8")]
LARGEST = {
    "FLOAT8E4M3FN": 448,
    "FLOAT8E4M3FNUZ": 240,
    "FLOAT8E5M2": 57344,
    "FLOAT8E5M2FNUZ": 57344,
    "FLOAT6E2M3": mpq(15, 2),
    "FLOAT6E3M2": 28,
    "FLOAT4E2M1": 6,
}
TINY = Fraction(1, 10**40)


def _numbers(name):
    """Every finite number of a format, with the last bit of its pattern; zero once."""
    bits = int(name.removeprefix("FLOAT")[0])
    numbers = np.arange(1 << bits, dtype=np.uint8).view(DTYPES[name]).astype(np.float64)
    return sorted(
        {Fraction(v): i % 2 for i, v in reversed(list(enumerate(numbers.tolist()))) if np.isfinite(v)}.items()
    )


def _cast(name, numbers, **options):
    """What fractions are cast to; to 6 bits they are quantised in steps of 1, as there are no such casts."""
    kind, given = getattr(TensorProto, name), {"x0": numbers}
    attributes = {key: options.pop(key) for key in ("saturate",) if key in options}
    if name.startswith("FLOAT6"):
        made, _ = one_node("QuantizeLinear", [np.zeros(len(numbers), np.float32), np.float32(1)], output_dtype=kind)
        given["x1"] = 1
    else:
        made, _ = one_node("Cast", [np.zeros(len(numbers))], to=kind, **attributes)
    return list(evaluate_model(made, given, **options)["y0"])


@pytest.mark.parametrize("name", DTYPES)
def test_the_nearest_of_all_numbers(name):
    numbers = _numbers(name)
    assert numbers[-1][0] == LARGEST[name]
    for (low, low_bit), (high, high_bit) in pairwise(numbers):
        assert low_bit != high_bit
        middle = (low + high) / 2
        even = high if low_bit else low
        given = [low, low + TINY, middle - TINY, middle, middle + TINY, high - TINY]
        assert _cast(name, given) == [mpq(v) for v in (low, low, low, even, high, high)]


@pytest.mark.parametrize("name", DTYPES)
def test_what_is_too_large_is_the_largest(name):
    largest = LARGEST[name]
    given = [largest, largest + TINY, 2 * largest, 10**30, -largest - TINY, -(10**30)]
    assert _cast(name, [Fraction(str(v)) for v in given]) == [largest] * 4 + [-largest] * 2


@pytest.mark.parametrize(
    "name,below,beyond",
    [
        # Half-way to what would be next: 480, whose last bit is 1; 256 and 65536, whose last bits are 0.
        ("FLOAT8E4M3FN", Fraction(464), 464 + TINY),
        ("FLOAT8E4M3FNUZ", 248 - TINY, Fraction(248)),
        ("FLOAT8E5M2", 61440 - TINY, Fraction(61440)),
        ("FLOAT8E5M2FNUZ", 61440 - TINY, Fraction(61440)),
    ],
)
def test_without_saturation_infinities_are_refused(name, below, beyond):
    assert _cast(name, [below, -below], saturate=0) == [LARGEST[name], -LARGEST[name]]
    for number in (beyond, -beyond, 10 * beyond):
        with pytest.raises(UnsupportedOperator, match="without saturation"):
            _cast(name, [number], saturate=0)
        assert abs(_cast(name, [number], saturate=1)[0]) == LARGEST[name]


@pytest.mark.parametrize("name", DTYPES)
def test_casts_as_another_library_has_them(name):
    random, largest = Random(name), float(LARGEST[name])
    numbers = np.float32(
        [random.choice((-1, 1)) * random.uniform(0, largest) * 2.0 ** -random.randint(0, 20) for _ in range(2000)]
    )
    wanted = numbers.astype(DTYPES[name]).astype(np.float64)
    assert _cast(name, [Fraction(float(v)) for v in numbers]) == [mpq(Fraction(v)) for v in wanted.tolist()]


@pytest.mark.parametrize("name", EIGHT_BITS)
def test_casts_as_onnxruntime_has_them(name):
    random = Random(name)
    numbers = np.float32([random.uniform(-1.5, 1.5) * 2.0 ** random.randint(-18, 20) for _ in range(500)])
    kind = getattr(TensorProto, name)
    made, feed = one_node("Cast", [numbers], to=kind, opset=19)
    made.graph.node.add(op_type="Cast", input=["y0"], output=["z"], attribute=[helper.make_attribute("to", 1)])
    made.graph.output[0].name = "z"
    assert difference(evaluated(made, feed)[0], run(made, feed)[0], 0) is None


@pytest.mark.filterwarnings("ignore")
def test_the_finite_entries_of_the_standards_cases():
    checked = 0
    for case in load_model_tests(kind="node"):
        node = case.model.graph.node[0]
        to = {a.name: a.i for a in node.attribute}.get("to")
        if node.op_type != "Cast" or TensorProto.DataType.Name(to) not in DTYPES:
            continue
        for inputs, outputs in case.data_sets:
            given, wanted = (
                numpy_helper.to_array(v) if isinstance(v, TensorProto) else v for v in (inputs[0], outputs[0])
            )
            finite = np.isfinite(given.astype(float)) & np.isfinite(wanted.astype(float))
            made, feed = one_node("Cast", [given[finite]], **{a.name: a.i for a in node.attribute})
            assert difference(evaluated(made, feed)[0], wanted[finite], 0) is None, case.name
            checked += finite.sum()
    assert checked >= 100


@pytest.mark.parametrize("name", EIGHT_BITS)
@pytest.mark.parametrize("opset", [19, 23, 24])
def test_infinities(name, opset):
    """They are saturated, or NaN where there was no infinity to saturate."""
    stored = numpy_helper.from_array(np.float32([np.inf, -np.inf]))
    options = {"constants": {0: stored}, "to": getattr(TensorProto, name), "opset": opset}
    made, feed = one_node("Cast", [None], **options)
    if name.endswith("FNUZ") and opset < 24:
        with pytest.raises(NonFiniteWeight, match="holds an infinity or NaN"):
            evaluated(made, feed)
    else:
        assert evaluated(made, feed)[0].tolist() == [LARGEST[name], -LARGEST[name]]


def test_integers_and_truth_values():
    assert value("Cast", np.int64([17, 19, -500]), to=TensorProto.FLOAT8E4M3FN).tolist() == [16, 20, -448]
    assert value("Cast", np.array([True, False]), to=TensorProto.FLOAT4E2M1).tolist() == [1, 0]
    like = np.array([0], dtype=ml_dtypes.float8_e5m2)
    assert value("CastLike", np.float32([1.125, 1.375]), like).tolist() == [1, mpq(3, 2)]


def test_powers_of_two_alone():
    assert value("Cast", np.float32([0.5, 2.0**100]), to=TensorProto.FLOAT8E8M0).tolist() == [mpq(1, 2), 2**100]
    with pytest.raises(UnsupportedOperator, match="a cast that rounds"):
        value("Cast", np.float32([3.0]), to=TensorProto.FLOAT8E8M0)


def test_rounding_is_a_function_of_steps():
    third = [Fraction(1, 3)]
    assert _cast("FLOAT8E4M3FN", third) == [mpq(11, 32)]
    assert _cast("FLOAT8E4M3FN", [Fraction(1, 2)], staircases=False) == [mpq(1, 2)]
    with pytest.raises(UnsupportedOperator, match="staircases=False"):
        _cast("FLOAT8E4M3FN", third, staircases=False)


# Quantisation


@pytest.mark.parametrize(
    "name,x,scale,wanted",
    [
        # 1.625 is one of them; 16.5 lies between 16 and 18; 1000 is too large.
        ("FLOAT8E4M3FN", [3.25, 33.0, 2000.0, -2000.0], 2.0, [mpq(13, 8), 16, 448, -448]),
        ("FLOAT8E4M3FNUZ", [3.25, 33.0, 2000.0, -2000.0], 2.0, [mpq(13, 8), 16, 240, -240]),
        ("FLOAT8E5M2", [2.25, 2.75, 1e6], 2.0, [1, mpq(3, 2), 57344]),
        ("FLOAT8E5M2FNUZ", [2.25, 2.75, 1e6], 2.0, [1, mpq(3, 2), 57344]),
        ("FLOAT6E2M3", [1.0625, 1.1875, 9.0, 0.03], 1.0, [1, mpq(5, 4), mpq(15, 2), 0]),
        ("FLOAT6E3M2", [1.125, 1.375, 30.0, -31.0], 1.0, [1, mpq(3, 2), 28, -28]),
        ("FLOAT4E2M1", [0.25, 0.75, 1.25, 1.75, 2.5, 3.5, 5.0, 6.5, -9.0], 1.0, [0, 1, 1, 2, 2, 4, 4, 6, -6]),
    ],
)
def test_steps_to_floats(name, x, scale, wanted):
    kind = getattr(TensorProto, name)
    assert value("QuantizeLinear", np.float32(x), np.float32(scale), output_dtype=kind).tolist() == wanted
    zero = np.array(0, dtype=DTYPES[name])
    assert value("QuantizeLinear", np.float32(x), np.float32(scale), zero).tolist() == wanted


def test_saturation_is_of_eight_bits():
    made = {"output_dtype": TensorProto.FLOAT8E4M3FN, "saturate": 0}
    assert value("QuantizeLinear", np.float32([464]), np.float32(1), **made).tolist() == [448]
    with pytest.raises(UnsupportedOperator, match="without saturation"):
        value("QuantizeLinear", np.float32([465]), np.float32(1), **made)
    made = {"output_dtype": TensorProto.FLOAT4E2M1, "saturate": 0}
    assert value("QuantizeLinear", np.float32([100]), np.float32(1), **made).tolist() == [6]


@pytest.mark.parametrize("name", EIGHT_BITS)
def test_quantisation_as_onnxruntime_has_it(name):
    random = Random(name)
    x = np.float32([random.uniform(-1.5, 1.5) * 2.0 ** random.randint(-10, 18) for _ in range(300)]).reshape(3, 100)
    scale, zero = np.float32([0.5, 2.0, 8.0]), np.zeros(3, dtype=DTYPES[name])
    made, feed = one_node("QuantizeLinear", [x, scale], opset=19, axis=0, constants={2: numpy_helper.from_array(zero)})
    made.graph.node[0].input.append("x2")
    made.graph.node.add(op_type="DequantizeLinear", input=["y0", "x1", "x2"], output=["z"])
    made.graph.node[1].attribute.append(helper.make_attribute("axis", 0))
    made.graph.output[0].name = "z"
    assert difference(evaluated(made, feed)[0], run(made, feed)[0], 0) is None


def test_floats_of_few_bits_are_multiplied_by_the_scale():
    x = np.array([0.5, 448, -3], dtype=ml_dtypes.float8_e4m3fn)
    got = value("DequantizeLinear", x, np.float32(0.1), np.array(1, dtype=ml_dtypes.float8_e4m3fn))
    tenth = mpq(*float(np.float32(0.1)).as_integer_ratio())
    assert got.tolist() == [-tenth / 2, 447 * tenth, -4 * tenth]


@pytest.mark.parametrize(
    "compute,error,match",
    [
        (
            lambda: value("QuantizeLinear", np.float32([1]), np.float32(1), np.array(1, dtype=DTYPES["FLOAT8E5M2"])),
            UnsupportedOperator,
            "zero point",
        ),
        (
            lambda: value("QuantizeLinear", np.float32([1]), np.float32(1), output_dtype=TensorProto.FLOAT16),
            UnsupportedOperator,
            "quantisation to FLOAT16",
        ),
        (
            lambda: value("QuantizeLinear", np.float32([1]), np.float32(1), output_dtype=TensorProto.INT64),
            UnsupportedOperator,
            "quantisation to INT64",
        ),
        (
            lambda: value("QuantizeLinear", np.float32([1]), np.float32(1), output_dtype=17, saturate=2),
            MalformedModel,
            "saturate",
        ),
    ],
)
def test_what_is_refused(compute, error, match):
    with pytest.raises(error, match=match):
        compute()


def test_the_entries_given_are_the_numbers_of_the_format():
    assert exact(np.array([0.4], dtype=ml_dtypes.float8_e4m3fn)).tolist() == [mpq(13, 32)]
