"""Elementary functions of constants: rational values, refusals, and rounding to the nearest float."""

import math
import random
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from unit.onnx_import.models import assert_refuses, fractions, imported, integers, model, node, one_node, run_exactly

import exactgeo as eg
from exactgeo.arithmetic.arrays import ExactArray
from exactgeo.arithmetic.rationals import Rational
from exactgeo.errors import InvalidArgument, IrrationalConstant, MalformedModel, NotPiecewiseAffine, UnsupportedOperator
from onnx_import.lowering.irrational import FUNCTIONS, RECIPROCAL_SQRT, NotRational, apply_to_constants, power_function

KINDS = {"fold-float32": np.float32, "fold-float64": np.float64}
DIGITS = 400  # decimal; far more than any of the values below needs to be told from a midpoint

REAL = {
    "Sqrt": mpmath.sqrt,
    "Exp": mpmath.exp,
    "Log": mpmath.log,
    "Sin": mpmath.sin,
    "Cos": mpmath.cos,
    "Tan": mpmath.tan,
    "Asin": mpmath.asin,
    "Acos": mpmath.acos,
    "Atan": mpmath.atan,
    "Sinh": mpmath.sinh,
    "Cosh": mpmath.cosh,
    "Tanh": mpmath.tanh,
    "Asinh": mpmath.asinh,
    "Acosh": mpmath.acosh,
    "Atanh": mpmath.atanh,
    "Sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "Softplus": lambda x: mpmath.log(1 + mpmath.exp(x)),
    "Erf": mpmath.erf,
}
RANGES = {"Sqrt": (0, 100), "Log": (0, 100), "Asin": (-1, 1), "Acos": (-1, 1), "Atanh": (-1, 1), "Acosh": (1, 100)}
RATIONAL_POINTS = {
    **{name: [(0, 0)] for name in ("Sin", "Tan", "Asin", "Atan", "Sinh", "Tanh", "Asinh", "Atanh", "Erf")},
    **{name: [(0, 1)] for name in ("Exp", "Cos", "Cosh")},
    **{name: [(1, 0)] for name in ("Log", "Acos", "Acosh")},
    "Sigmoid": [(0, Fraction(1, 2))],
    "Softplus": [],
    "Sqrt": [(0, 0), (1, 1), (4, 2), (Fraction(9, 16), Fraction(3, 4)), (Fraction(4, 9), Fraction(2, 3))],
}


def _apply(function, value, policy):
    """The function of one number, as a fraction."""
    given = Fraction(value)
    argument = ExactArray.of([Rational(given.numerator, given.denominator)], ())
    (result,) = apply_to_constants(function, argument, policy).flat()
    return Fraction(int(result.numerator), int(result.denominator))


def _fraction(value):
    """A multiple-precision number as the fraction that it is."""
    sign, mantissa, exponent, _ = value._mpf_
    return (-1) ** sign * Fraction(int(mantissa)) * Fraction(2) ** exponent


def _nearest(value, kind):
    """The float nearest to a fraction, ties to even: found among the neighbours of a rounded one."""
    with np.errstate(over="ignore"):
        near = kind(float(value))
    candidates = [near, np.nextafter(near, kind(-np.inf)), np.nextafter(near, kind(np.inf))]
    unsigned = {np.float32: np.uint32, np.float64: np.uint64}[kind]
    return min(
        (Fraction(float(c)) for c in candidates if np.isfinite(c)),
        key=lambda c: (abs(c - value), int(np.array(float(c), kind).view(unsigned)) % 2),
    )


def _of_mpmath(name, value):
    with mpmath.workdps(DIGITS):
        return _fraction(REAL[name](mpmath.mpf(value.numerator) / value.denominator))


# Rounding


def _arguments(name, seed):
    """Dyadics and other fractions, large and small, inside of the function's range."""
    rng, (low, high) = random.Random(f"{name}{seed}"), RANGES.get(name, (-20, 20))
    for _ in range(6):
        denominator = rng.choice([1, 2, 8, 2**20, 3, 10, 7**5])
        places = range(low * denominator + 1, high * denominator)
        yield Fraction(rng.choice(places) if places else low * denominator, denominator)
    if low < 2**-60 < high:
        yield Fraction(rng.randint(1, 2**24), 2**90)


@pytest.mark.parametrize("policy", KINDS)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_values_are_rounded_to_the_nearest_float(name, policy):
    for value in _arguments(name, 1):
        assert _apply(FUNCTIONS[name], value, policy) == _nearest(_of_mpmath(name, value), KINDS[policy])


def _rounded_root(value, kind):
    """The float nearest to a square root, by integers alone."""
    bits = {np.float32: 24, np.float64: 53}[kind]
    scale = 2 * (bits + 4 + max(value.denominator.bit_length(), value.numerator.bit_length()))
    whole = math.isqrt(value.numerator * 4**scale // value.denominator)  # 2^scale times the root, rounded down
    exact = whole * whole * value.denominator == value.numerator * 4**scale
    drop = whole.bit_length() - bits
    low, rest = whole >> drop, whole & ((1 << drop) - 1)
    half = 1 << (drop - 1)
    up = rest > half or (rest == half and (not exact or low % 2 == 1))
    return Fraction((low + up) << drop, 2**scale)


@pytest.mark.parametrize("policy", KINDS)
def test_square_roots_are_rounded_to_the_nearest_float(policy):
    rng = random.Random(policy)
    for _ in range(300):
        value = Fraction(rng.randint(1, 2 ** rng.randint(1, 80)), rng.choice([1, 3, 2**40, rng.randint(1, 2**60)]))
        assert _apply(FUNCTIONS["Sqrt"], value, policy) == _rounded_root(value, KINDS[policy])


@pytest.mark.parametrize("policy", KINDS)
def test_reciprocal_roots_are_rounded_once(policy):
    """Not as the reciprocal of a rounded root, which would be rounded twice."""
    rng, twice = random.Random(1), 0
    for _ in range(200):
        value = Fraction(rng.randint(1, 2**40), 2**30)
        with mpmath.workdps(DIGITS):
            real = _fraction(1 / mpmath.sqrt(mpmath.mpf(value.numerator) / value.denominator))
        found = _apply(RECIPROCAL_SQRT, value, policy)
        assert found == _nearest(real, KINDS[policy])
        twice += found != _nearest(1 / _rounded_root(value, KINDS[policy]), KINDS[policy])
    assert twice  # the difference is seen


@pytest.mark.parametrize("policy", KINDS)
@pytest.mark.parametrize("exponent", [Fraction(1, 2), Fraction(-1, 2), Fraction(1, 3), Fraction(7, 5), Fraction(-9, 4)])
def test_powers_are_rounded_to_the_nearest_float(policy, exponent):
    rng = random.Random(str(exponent))
    function = power_function(Rational(exponent.numerator, exponent.denominator))
    for _ in range(20):
        base = Fraction(rng.randint(2, 2**20), rng.choice([1, 3, 2**10]))
        with mpmath.workdps(DIGITS):
            real = mpmath.power(
                mpmath.mpf(base.numerator) / base.denominator, mpmath.mpf(exponent.numerator) / exponent.denominator
            )
        assert _apply(function, base, policy) == _nearest(_fraction(real), KINDS[policy])


@pytest.mark.parametrize("bits, policy", [(24, "fold-float32"), (53, "fold-float64")])
@pytest.mark.parametrize("odd", [0, 1])
def test_rational_values_halfway_between_two_floats_go_to_the_even_one(bits, policy, odd):
    low = 2 ** (bits - 1) + odd
    half = Fraction(2 * low + 1, 2)
    assert _apply(FUNCTIONS["Sqrt"], half**2, policy) == low + odd


@pytest.mark.parametrize("bits, policy", [(24, "fold-float32"), (53, "fold-float64")])
@pytest.mark.parametrize("sign", [-1, 1])
def test_irrational_values_next_to_a_midpoint_are_told_from_it(bits, policy, sign):
    low = 2 ** (bits - 1) + 1
    value = Fraction(2 * low + 1, 2) ** 2 + sign * Fraction(1, 2**400)
    assert _apply(FUNCTIONS["Sqrt"], value, policy) == low + (sign > 0)


@pytest.mark.parametrize(
    "policy, least, most", [("fold-float32", -149, 127), ("fold-float64", -1074, 1023)], ids=["single", "double"]
)
def test_small_values_are_rounded_to_subnormals_and_to_zero(policy, least, most):
    step = Fraction(2) ** least
    for multiple, expected in [
        (5, 5),
        (Fraction(3, 2), 2),
        (Fraction(5, 2), 2),
        (Fraction(1, 2), 0),
        (Fraction(1, 4), 0),
    ]:
        assert _apply(FUNCTIONS["Sqrt"], (multiple * step) ** 2, policy) == expected * step
    log2 = math.log(2)
    assert _apply(FUNCTIONS["Exp"], Fraction(round((least - 2) * log2)), policy) == 0
    assert _apply(FUNCTIONS["Exp"], Fraction(-(10**6)), policy) == 0
    value = Fraction(round((least + 4) * log2))
    assert _apply(FUNCTIONS["Exp"], value, policy) == _nearest(_of_mpmath("Exp", value), KINDS[policy])
    assert _apply(FUNCTIONS["Exp"], value, policy) % step == 0


@pytest.mark.parametrize("policy, most", [("fold-float32", 127), ("fold-float64", 1023)])
def test_values_beyond_the_largest_float_are_refused(policy, most):
    largest = Fraction(float(np.finfo(KINDS[policy]).max))
    assert _apply(FUNCTIONS["Sqrt"], largest**2, policy) == largest
    for value in (Fraction(2) ** (2 * most + 2), (largest + Fraction(2) ** (most - 25)) ** 2 * 4):
        with pytest.raises(InvalidArgument, match="range of floats"):
            _apply(FUNCTIONS["Sqrt"], value, policy)
    for value in (Fraction(most), Fraction(10**6)):
        with pytest.raises(InvalidArgument, match=r"range|hard"):
            _apply(FUNCTIONS["Exp"], value, policy)


# Rational values


@pytest.mark.parametrize("policy", ["exact-if-square", *KINDS])
@pytest.mark.parametrize("name, value, expected", [(n, v, e) for n, pairs in RATIONAL_POINTS.items() for v, e in pairs])
def test_rational_values_are_taken_as_they_are(name, value, expected, policy):
    found = _apply(FUNCTIONS[name], value, policy)
    assert found == (expected if policy == "exact-if-square" else _nearest(Fraction(expected), KINDS[policy]))


def test_every_function_has_its_rational_points_here():
    assert RATIONAL_POINTS.keys() == REAL.keys() == FUNCTIONS.keys()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_other_values_are_not_rational(name):
    for value in (Fraction(1, 2), Fraction(3, 5)) if name != "Acosh" else (Fraction(3, 2), Fraction(7)):
        with pytest.raises(NotRational, match=str(value)):
            _apply(FUNCTIONS[name], value, "exact-if-square")


@pytest.mark.parametrize(
    "base, exponent, expected",
    [
        (4, Fraction(1, 2), 2),
        (8, Fraction(2, 3), 4),
        (Fraction(27, 8), Fraction(-1, 3), Fraction(2, 3)),
        (Fraction(16, 81), Fraction(3, 4), Fraction(8, 27)),
        (0, Fraction(1, 2), 0),
        (1, Fraction(-5, 7), 1),
    ],
)
def test_powers_that_are_rational_are_exact(base, exponent, expected):
    function = power_function(Rational(exponent.numerator, exponent.denominator))
    assert _apply(function, base, "exact-if-square") == expected


# Errors


@pytest.mark.parametrize(
    "name, value",
    [
        *(("Sqrt", -1), ("Log", 0), ("Log", -2), ("Asin", 2), ("Acos", -2), ("Acosh", Fraction(1, 2)), ("Acosh", -3)),
        *(("Atanh", 1), ("Atanh", -1), ("Atanh", 3)),
    ],
)
@pytest.mark.parametrize("policy", KINDS)
def test_arguments_out_of_range_are_refused(name, value, policy):
    with pytest.raises(InvalidArgument):
        _apply(FUNCTIONS[name], value, policy)


@pytest.mark.parametrize("base, exponent", [(-1, Fraction(1, 2)), (-8, Fraction(1, 3)), (0, Fraction(-1, 2))])
def test_powers_that_are_no_real_numbers_are_refused(base, exponent):
    with pytest.raises(InvalidArgument, match="to the power"):
        _apply(power_function(Rational(exponent.numerator, exponent.denominator)), base, "fold-float32")


# In models


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_of_the_data_are_not_piecewise_affine(name):
    assert_refuses(one_node(name, ["x"]), NotPiecewiseAffine, rf"^node 'n' \({name}, .*smooth")


@pytest.mark.parametrize("name", FUNCTIONS)
def test_irrational_constants_are_refused_with_the_remedy(name):
    made = model([node(name, ["c"], ["s"], name="n"), node("Mul", ["x", "s"], ["y"])], {"x": (1,)}, ["y"], {"c": [1.5]})
    if name in {"Asin", "Acos", "Atanh"}:
        made.graph.initializer[0].raw_data = np.array([0.5]).tobytes()
    assert_refuses(made, IrrationalConstant, rf"^node 'n' \({name}, .*irrational constant .*fold-float32")


@pytest.mark.parametrize("name, value", [("Sqrt", -1.0), ("Log", 0.0), ("Atanh", 1.0)])
def test_constants_out_of_range_are_refused_by_name(name, value):
    made = model([node(name, ["c"], ["y"], name="n")], {"x": (1,)}, ["y"], {"c": np.array([value])})
    assert_refuses(made, MalformedModel, rf"^node 'n' \({name}, ")


@pytest.mark.parametrize("policy", KINDS)
def test_folded_constants_are_counted_and_the_policy_is_recorded(policy):
    nodes = [node("Exp", ["c"], ["s"]), node("Mul", ["x", "s"], ["y"])]
    read = imported(model(nodes, {"x": (2,)}, ["y"], {"c": np.array([0.5, -1.0])}), irrational=policy)
    expected = [_nearest(_of_mpmath("Exp", Fraction(v)), KINDS[policy]) for v in ("1/2", "-1")]
    assert (read.rounded, read.choices.irrational) == (2, policy)
    assert list(eg.evaluate(read.program, [1, 1]).outputs) == expected


def test_a_batch_normalisation_rounds_the_reciprocal_root_alone():
    """Scale * x / sqrt(v + epsilon): the product with the scale is exact."""
    scale, variance, epsilon = np.float32(0.3), np.float32(0.7), np.float32(1e-5)
    constants = {"s": [scale], "b": [np.float32(0)], "m": [np.float32(0)], "v": [variance]}
    made = one_node("BatchNormalization", ["x", *constants], constants, inputs={"x": (1, 1)})
    assert_refuses(made, IrrationalConstant, r"^node 'n' \(BatchNormalization")
    total = Fraction(float(variance)) + Fraction(float(epsilon))
    factor = _nearest(_of_reciprocal_root(total), np.float32)
    (found,) = eg.evaluate(imported(made, irrational="fold-float32").program, [1]).outputs
    assert Fraction(int(found.numerator), int(found.denominator)) == Fraction(float(scale)) * factor


def _of_reciprocal_root(value):
    with mpmath.workdps(DIGITS):
        return _fraction(1 / mpmath.sqrt(mpmath.mpf(value.numerator) / value.denominator))


@pytest.mark.parametrize(
    "operator, values, expected", [("ReduceLogSum", [0.25, 0.75], 0), ("ReduceL2", [3.0, -4.0], 5)]
)
def test_reductions_with_rational_values(operator, values, expected):
    made = model(
        [node(operator, ["c", "a"], ["y"], keepdims=0)], {"x": (1,)}, ["y"], {"c": np.array(values), "a": integers(0)}
    )
    assert run_exactly(imported(made), [np.zeros(1)])[0].tolist() == fractions(expected).tolist()


def test_sums_of_exponentials_are_refused():
    made = model([node("ReduceLogSumExp", ["c"], ["y"], name="n")], {"x": (1,)}, ["y"], {"c": np.zeros(1)})
    assert_refuses(made, UnsupportedOperator, r"^node 'n' \(ReduceLogSumExp, ")
