"""Floats as rationals: every pattern of the narrow formats, and rounding to the wide ones."""

from fractions import Fraction

import ml_dtypes
import numpy as np
import pytest
from gmpy2 import mpq
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto

from exactgeo.errors import NonFiniteWeight
from onnx_import.evaluator.floats import FLOAT32, FLOAT64, exact_floats, narrow_values, nearest, round_half_even
from onnx_import.evaluator.values import NonFinite

NARROW = [
    (TensorProto.FLOAT8E4M3FN, ml_dtypes.float8_e4m3fn, 256),
    (TensorProto.FLOAT8E4M3FNUZ, ml_dtypes.float8_e4m3fnuz, 256),
    (TensorProto.FLOAT8E5M2, ml_dtypes.float8_e5m2, 256),
    (TensorProto.FLOAT8E5M2FNUZ, ml_dtypes.float8_e5m2fnuz, 256),
    (TensorProto.FLOAT8E8M0, ml_dtypes.float8_e8m0fnu, 256),
    (TensorProto.FLOAT4E2M1, ml_dtypes.float4_e2m1fn, 16),
]
TINY32 = Fraction(1, 2**149)


def _is(value, number):
    if np.isnan(number):
        return value is NonFinite.NOT_A_NUMBER
    if np.isinf(number):
        return value is (NonFinite.PLUS_INFINITY if number > 0 else NonFinite.MINUS_INFINITY)
    return value == mpq(*float(number).as_integer_ratio())


@pytest.mark.parametrize("kind,dtype,count", NARROW)
def test_every_pattern_of_the_narrow_formats(kind, dtype, count):
    numbers = np.arange(count, dtype=np.uint8).view(dtype).astype(np.float64)
    assert len(narrow_values(kind)) == count
    assert all(map(_is, narrow_values(kind), numbers))


def test_every_float16_is_its_rational():
    numbers = np.arange(1 << 16, dtype=np.uint16).view(np.float16)
    assert all(map(_is, exact_floats(numbers), numbers.astype(np.float64)))


@pytest.mark.filterwarnings("ignore:overflow")
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_the_nearest_float32_of_a_float64(number):
    rounded = np.float32(number)
    if np.isinf(rounded):
        with pytest.raises(NonFiniteWeight):
            nearest(mpq(Fraction(number)), FLOAT32)
    else:
        assert nearest(mpq(Fraction(number)), FLOAT32) == mpq(Fraction(float(rounded)))


@given(st.fractions())
def test_the_nearest_float64_of_a_fraction(number):
    assert nearest(mpq(number), FLOAT64) == mpq(Fraction(number.numerator / number.denominator))


@given(st.integers(-(2**60), 2**60), st.integers(-1200, 900))
def test_the_nearest_float64_of_any_size(mantissa, exponent):
    number = Fraction(mantissa) * (Fraction(2) ** exponent)
    assert nearest(mpq(number), FLOAT64) == mpq(Fraction(number.numerator / number.denominator))


@pytest.mark.parametrize(
    "number,wanted",
    [
        (TINY32 / 2, 0),
        (TINY32 / 2 + Fraction(1, 2**500), TINY32),
        (TINY32 * Fraction(3, 2), 2 * TINY32),
        (-TINY32 * Fraction(5, 2), -2 * TINY32),
        (1 + Fraction(1, 2**24), 1),
        (1 + Fraction(3, 2**24), 1 + Fraction(1, 2**22)),
        (Fraction(2**128) - 2**104, Fraction(2**128) - 2**104),
        (Fraction(2**128) - 2**103 - 1, Fraction(2**128) - 2**104),
    ],
)
def test_ties_go_to_the_even_float(number, wanted):
    assert nearest(mpq(number), FLOAT32) == mpq(wanted)


def test_what_rounds_to_an_infinity_is_refused():
    with pytest.raises(NonFiniteWeight):
        nearest(mpq(2**128 - 2**103), FLOAT32)


@given(st.fractions())
def test_halves_round_to_the_even_integer(number):
    assert round_half_even(mpq(number)) == round(number)
