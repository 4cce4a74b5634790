"""Roots, powers, exponentials and logarithms: rational, refused, or rounded to the nearest float."""

from fractions import Fraction

import mpmath
import numpy as np
import pytest
from gmpy2 import mpq
from hypothesis import given
from hypothesis import strategies as st
from unit.onnx_import.evaluator.running import value

from exactgeo.errors import InvalidArgument, IrrationalConstant, NonFiniteWeight, UnsupportedOperator
from onnx_import.evaluator.irrational import Irrational

EXACT, SINGLE, DOUBLE = Irrational("exact-if-square"), Irrational("fold-float32"), Irrational("fold-float64")
POSITIVE = st.fractions(min_value=Fraction(1, 10**9), max_value=10**9, max_denominator=10**9)


def _half_way(rounded, precision, least):
    """The middles between a positive float and its neighbours."""
    exponent = max(int(np.floor(np.log2(float(rounded)))), least)
    step = Fraction(2) ** (exponent - precision + 1)
    below = step / 2 if rounded == Fraction(2) ** exponent else step
    return Fraction(rounded) - below / 2, Fraction(rounded) + step / 2


@given(POSITIVE)
def test_rounded_roots_lie_between_the_middles(number):
    for policy, precision in ((SINGLE, 24), (DOUBLE, 53)):
        low, high = _half_way(Fraction(str(policy.root(mpq(number)))), precision, -126)
        assert low**2 <= number <= high**2


@pytest.mark.parametrize("policy,precision", [(SINGLE, 24), (DOUBLE, 53)])
@pytest.mark.parametrize("sign", [1, -1])
def test_roots_very_near_a_middle(policy, precision, sign):
    middle = 1 + mpq(1, 2**precision)
    assert policy.root(middle**2) == 1
    assert policy.root(middle**2 + sign * mpq(1, 2**5000)) == (1 if sign < 0 else 1 + mpq(2, 2**precision))


@given(POSITIVE)
def test_rounded_inverse_roots_lie_between_the_middles(number):
    low, high = _half_way(Fraction(str(SINGLE.inverse_root(mpq(number)))), 24, -126)
    assert low**2 <= 1 / number <= high**2


@given(POSITIVE, st.integers(2, 7))
def test_rounded_higher_roots_lie_between_the_middles(number, degree):
    low, high = _half_way(Fraction(str(DOUBLE.root(mpq(number), degree))), 53, -1022)
    assert low**degree <= number <= high**degree


@given(st.fractions(-50, 50, max_denominator=1000))
def test_rounded_exponentials_and_logarithms(number):
    with mpmath.workprec(400):
        wanted = mpmath.exp(mpmath.mpf(number.numerator) / number.denominator)
    assert float(DOUBLE.exponential(mpq(number))) == float(wanted)
    positive = abs(number) + Fraction(1, 1000)
    with mpmath.workprec(400):
        wanted = mpmath.log(mpmath.mpf(positive.numerator) / positive.denominator)
    assert float(DOUBLE.logarithm(mpq(positive))) == float(wanted)


@pytest.mark.parametrize(
    "policy,number,wanted",
    [
        (SINGLE, mpq(-(10**12)), 0),
        (DOUBLE, mpq(-(10**30)), 0),
        (SINGLE, mpq(-104), 0),
        (SINGLE, mpq(-1039, 10), mpq(1, 2**149)),
        (SINGLE, mpq(0), 1),
    ],
)
def test_small_exponentials(policy, number, wanted):
    assert policy.exponential(number) == wanted


def test_large_exponentials_are_infinite_floats():
    for policy, number in ((SINGLE, 89), (DOUBLE, 710), (DOUBLE, 10**40)):
        with pytest.raises(NonFiniteWeight):
            policy.exponential(mpq(number))


@given(st.fractions(max_denominator=10**6))
def test_squares_have_rational_roots(number):
    assert EXACT.root(mpq(number) ** 2) == abs(mpq(number))


@pytest.mark.parametrize(
    "compute,wanted",
    [
        (lambda: EXACT.power(mpq(8, 27), mpq(2, 3)), mpq(4, 9)),
        (lambda: EXACT.power(mpq(8, 27), mpq(-2, 3)), mpq(9, 4)),
        (lambda: EXACT.power(mpq(0), mpq(1, 2)), 0),
        (lambda: EXACT.power(mpq(1), mpq(13421773, 134217728)), 1),
        (lambda: EXACT.inverse_root(mpq(4, 9)), mpq(3, 2)),
        (lambda: EXACT.exponential(mpq(0)), 1),
        (lambda: EXACT.logarithm(mpq(1)), 0),
        (lambda: EXACT.log_sum_exp([mpq(5, 3)]), mpq(5, 3)),
        (lambda: SINGLE.root(mpq(1, 9)), mpq(Fraction(float(np.float32(1 / 3))))),
        (lambda: SINGLE.log_sum_exp([mpq(1, 3)]), mpq(Fraction(float(np.float32(1 / 3))))),
    ],
)
def test_rational_values(compute, wanted):
    assert compute() == wanted


@pytest.mark.parametrize(
    "compute",
    [
        lambda: EXACT.root(mpq(2)),
        lambda: EXACT.root(mpq(1, 2)),
        lambda: EXACT.power(mpq(4), mpq(1, 3)),
        lambda: EXACT.exponential(mpq(1)),
        lambda: EXACT.logarithm(mpq(2)),
        lambda: EXACT.log_sum_exp([mpq(0), mpq(0)]),
    ],
)
def test_irrational_values_are_refused(compute):
    with pytest.raises(IrrationalConstant, match="fold-float32"):
        compute()


@pytest.mark.parametrize(
    "compute,error",
    [
        (lambda: SINGLE.root(mpq(-1)), UnsupportedOperator),
        (lambda: SINGLE.power(mpq(0), mpq(-1, 2)), NonFiniteWeight),
        (lambda: SINGLE.logarithm(mpq(0)), NonFiniteWeight),
        (lambda: SINGLE.logarithm(mpq(-1)), NonFiniteWeight),
        (lambda: SINGLE.log_sum_exp([]), NonFiniteWeight),
        (lambda: Irrational("round"), InvalidArgument),
    ],
)
def test_values_that_are_not_real(compute, error):
    with pytest.raises(error):
        compute()


def test_only_the_elementary_value_is_rounded():
    x = np.array([[[3.0], [5.0]]])
    scale, bias, mean, variance = (np.array(v) for v in ([1.0, 0.5], [0.25, 1.0], [1.0, 2.0], [2.0, 4.0]))
    got = value("BatchNormalization", x, scale, bias, mean, variance, epsilon=0.0, irrational="fold-float32")
    inverse = mpq(Fraction(float(np.float32(1 / np.sqrt(2.0)))))
    assert got.reshape(-1).tolist() == [2 * inverse + mpq(1, 4), 3 * mpq(1, 2) * mpq(1, 2) + 1]


@pytest.mark.parametrize("policy,dtype", [("fold-float32", np.float32), ("fold-float64", np.float64)])
def test_rational_values_are_rounded_too(policy, dtype):
    third = value("Div", np.array([1.0]), np.array([9.0]))
    assert third.tolist() == [mpq(1, 9)]
    norm = value("ReduceL2", np.array([0.1]), irrational=policy, keepdims=0)
    assert norm == mpq(Fraction(float(dtype(0.1))))


def test_a_sum_of_powers_is_exact_for_p_1():
    x = np.array([[[0.1, -0.2, 0.3]]])
    got = value("LpPool", x, irrational="fold-float32", kernel_shape=[3], p=1)
    assert got.item() == sum(mpq(Fraction(abs(v))) for v in x.reshape(-1).tolist())
