"""Rationals as floats, at the ends of what floats are."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exactgeo.arithmetic.floats import exact_float, nearest_float
from exactgeo.arithmetic.rationals import Rational


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_is_itself(value):
    number = Rational(*value.as_integer_ratio())
    assert exact_float(number) == value
    assert nearest_float(number) == value
    assert math.isnan(exact_float(number + Rational(1, 3**700)))


@pytest.mark.parametrize("sign", [1, -1])
def test_what_is_too_large_is_an_infinity_of_its_sign_and_no_float(sign):
    huge = Rational(sign * 10**400, 3)
    assert nearest_float(huge) == sign * math.inf
    assert math.isnan(exact_float(huge)) and math.isnan(exact_float(Rational(sign, 10**400)))
