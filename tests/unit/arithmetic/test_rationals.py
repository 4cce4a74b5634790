"""Which numbers are let in, exactly as what, and which are refused with which words."""

import re
from decimal import Decimal
from fractions import Fraction

import flint
import gmpy2
import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from exactgeo.arithmetic.rationals import point, rational, sign, text
from exactgeo.errors import InexactNumber, InvalidArgument

BIG = 10**10_000 + 1
ANY_FRACTION = st.fractions() | st.builds(Fraction, st.integers(), st.integers(1, 2**80))

ACCEPTED = {
    "int": (7, Fraction(7)),
    "zero": (0, Fraction(0)),
    "int of 10,001 digits": (-BIG, Fraction(-BIG)),
    "Fraction": (Fraction(-6, 4), Fraction(-3, 2)),
    "Fraction of 10,001 digits": (Fraction(3, BIG), Fraction(3, BIG)),
    "Decimal": (Decimal("-1.25"), Fraction(-5, 4)),
    "Decimal with exponent": (Decimal("1E+30"), Fraction(10**30)),
    "Decimal of negative zero": (Decimal("-0.0"), Fraction(0)),
    "Decimal longer than the context": (Decimal("0." + "1" * 60), Fraction(int("1" * 60), 10**60)),
    "mpz": (gmpy2.mpz(2) ** 200, Fraction(2**200)),
    "mpq": (gmpy2.mpq(-3, 9), Fraction(-1, 3)),
    "fmpz": (flint.fmpz(-(2**100)), Fraction(-(2**100))),
    "fmpq": (flint.fmpq(10, -4), Fraction(-5, 2)),
    "sympy Integer": (sympy.Integer(5), Fraction(5)),
    "sympy Rational": (sympy.Rational(5, -15), Fraction(-1, 3)),
    "least int8": (np.int8(-128), Fraction(-128)),
    "largest uint8": (np.uint8(255), Fraction(255)),
    "least int64": (np.int64(-(2**63)), Fraction(-(2**63))),
    "largest uint64": (np.uint64(2**64 - 1), Fraction(2**64 - 1)),
    "text of an integer": ("12", Fraction(12)),
    "text with a sign": ("+12", Fraction(12)),
    "text of negative zero": ("-0", Fraction(0)),
    "text with leading zeros": ("-007/010", Fraction(-7, 10)),
    "text of a fraction": ("-4/6", Fraction(-2, 3)),
    "text of a decimal": ("0.1", Fraction(1, 10)),
    "text without a whole part": ("-.5", Fraction(-1, 2)),
    "text without decimals": ("5.", Fraction(5)),
    "text with an exponent": ("1.5e3", Fraction(1500)),
    "text with a negative exponent": ("-12.5E-3", Fraction(-1, 80)),
    "text with a positive exponent": ("1e+2", Fraction(100)),
    "text with spaces around it": (" \t1/3\n", Fraction(1, 3)),
    "text of 10,000 digits": ("7" * 10_000, Fraction(7 * (10**10_000 - 1), 9)),
    "fraction of 10,000 digits": ("1/" + "9" * 10_000, Fraction(1, 10**10_000 - 1)),
    "decimal of 10,000 digits": ("0." + "0" * 9_999 + "1", Fraction(1, 10**10_000)),
    "largest exponent": ("1e10000", Fraction(10**10_000)),
    "least exponent": ("1e-10000", Fraction(1, 10**10_000)),
}


@pytest.mark.parametrize("value, expected", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_a_number_is_read_as_exactly_what_it_says(value, expected):
    number = rational(value)
    assert isinstance(number, gmpy2.mpq)
    assert (number.numerator, number.denominator) == (expected.numerator, expected.denominator)


@given(ANY_FRACTION)
def test_a_rational_is_equal_to_the_fraction_that_it_came_from_and_hashes_alike(value):
    number = rational(value)
    assert number == value and hash(number) == hash(value)


@given(ANY_FRACTION)
def test_the_text_of_a_rational_is_python_s_text_of_the_fraction(value):
    assert text(rational(value)) == str(value)


@given(ANY_FRACTION)
def test_the_text_of_a_rational_is_read_back_as_the_same_number(value):
    assert rational(text(rational(value))) == value


@given(st.from_regex(r"[+-]?([0-9]{1,30}\.?[0-9]{0,30}|\.[0-9]{1,30})([eE][+-]?[0-9]{1,3})?", fullmatch=True))
def test_a_decimal_means_the_decimal_number(written):
    assert rational(written) == Fraction(written)


@given(st.decimals(allow_nan=False, allow_infinity=False).filter(lambda value: abs(value.adjusted()) < 9999))
def test_a_decimal_object_means_its_exact_value(value):
    assert rational(value) == Fraction(value)


REFUSED_TEXTS = [
    *("", " ", ".", "-", "+", "e5", "1e", "1e+", "1e1.5", "1/", "/2", "1//2", "1/-2", "1/+2", "1/2/3", "1/2e3"),
    *("1.5/2", "1 /2", "1 2", "--1", "+-1", "1_000", "1_0/2", "1e1_0", "0x10", "0b1", "1,5", "1'000", "1j", "True"),
    *("nan", "NaN", "inf", "-inf", "Infinity", "one", "1/x", "0.1f", "1\n2", "1\x002", "\ufeff1"),
    *("\uff11", "\u0661", "1/\u0663", "\u00b2", "\u00bd", "\u2212" + "1", "1.\u0967", "1e\u0967"),
]


@pytest.mark.parametrize("written", REFUSED_TEXTS)
def test_a_text_that_is_no_rational_number_is_refused(written):
    with pytest.raises(InvalidArgument, match="is not a rational number"):
        rational(written)


@pytest.mark.parametrize("written", ["1/0", "0/0", "-5/000"])
def test_a_fraction_over_zero_is_refused(written):
    with pytest.raises(InvalidArgument, match="divides by zero"):
        rational(written)


HUGE_EXPONENTS = ["1e10001", "1e-10001", "0e999999999", "1e" + "9" * 5000, "1e-" + "9" * 5000, "1.5e-100000"]


@pytest.mark.parametrize("written", HUGE_EXPONENTS, ids=lambda written: written[:12])
def test_an_exponent_that_would_fill_the_memory_is_refused(written):
    with pytest.raises(InvalidArgument, match="exponent"):
        rational(written)


@pytest.mark.parametrize("value", [Decimal("1E+10001"), Decimal("1E-10001"), Decimal("1E+999999")])
def test_a_decimal_object_with_such_an_exponent_is_refused(value):
    with pytest.raises(InvalidArgument, match="exponent"):
        rational(value)


@pytest.mark.parametrize("value", [True, False, np.True_, np.False_])
def test_a_truth_value_is_no_number(value):
    with pytest.raises(InvalidArgument, match="truth value"):
        rational(value)


OTHER_THINGS = [None, 1j, np.complex128(1), b"1", [1], (1, 2), {1: 2}, object(), int, np.array(1), np.array([1, 2])]


@pytest.mark.parametrize("value", OTHER_THINGS, ids=lambda thing: type(thing).__name__)
def test_anything_else_is_refused_and_named(value):
    with pytest.raises(InvalidArgument, match=type(value).__name__):
        rational(value)


@pytest.mark.parametrize("value", [np.timedelta64(5, "s"), np.timedelta64("NaT")])
def test_a_span_of_time_is_refused(value):
    with pytest.raises(InvalidArgument):
        rational(value)


@pytest.mark.parametrize("kind", [float, np.float16, np.float32, np.float64, np.longdouble])
@pytest.mark.parametrize("value", [0.0, -0.0, 1.0, 0.1, -2.5e-5])
def test_a_binary_float_is_refused_whatever_its_width(kind, value):
    with pytest.raises(InexactNumber, match="is a binary float"):
        rational(kind(value))


@pytest.mark.parametrize("kind", [float, np.float16, np.float32, np.float64, Decimal])
@pytest.mark.parametrize("value", ["nan", "inf", "-inf"])
def test_nan_and_the_infinities_are_refused(kind, value):
    with pytest.raises(InexactNumber, match=r"(?i)(nan|inf\w*) is not a rational number"):
        rational(kind(value))


def test_a_signalling_nan_is_refused():
    with pytest.raises(InexactNumber):
        rational(Decimal("sNaN"))


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_the_refusal_of_a_float_spells_the_decimal_number_and_the_exact_value(value):
    with pytest.raises(InexactNumber) as caught:
        rational(value)
    found = re.search(r"write '(\S+)' for the decimal.* Fraction\((\S+)\) for .* exact value (\S+) ", str(caught.value))
    decimal, float_text, exact = found.groups()
    assert rational(decimal) == Fraction(repr(value))
    assert Fraction(float(float_text)) == Fraction(exact) == Fraction(value)


def test_the_coordinates_of_a_point_are_read_one_by_one():
    assert point(["1/3", -2, Fraction(1, 7)]) == (Fraction(1, 3), -2, Fraction(1, 7))


def test_a_text_is_no_sequence_of_coordinates():
    with pytest.raises(InvalidArgument, match="sequence of coordinates"):
        point("12")


def test_a_float_among_coordinates_is_refused():
    with pytest.raises(InexactNumber):
        point([1, 0.5])


@pytest.mark.parametrize("value, expected", [(-3, -1), (0, 0), (5, 1), ("-1/9", -1), ("1/9", 1), ("0/4", 0)])
def test_the_sign_of_a_rational(value, expected):
    assert sign(rational(value)) == expected
