"""Rounding to a floating-point format, against numpy's."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles.precisions import PRECISIONS

DOUBLES = st.floats(allow_nan=False, allow_infinity=False)
NUMPY = ("float16", "float32", "float64")


@pytest.mark.parametrize("name", NUMPY)
@given(value=DOUBLES)
def test_rounding_once_is_what_numpy_does(name, value):
    with np.errstate(over="ignore"):
        expected = np.float64(value).astype(name)
    rounded = PRECISIONS[name].rounded(Fraction(value))
    if np.isinf(expected):
        assert abs(Fraction(value)) >= PRECISIONS[name].overflow
    else:
        assert rounded == Fraction(float(expected))


@pytest.mark.parametrize("name", NUMPY)
def test_the_format_holds_its_own_numbers_and_nothing_between(name):
    precision, info = PRECISIONS[name], np.finfo(name)
    for value in (info.smallest_subnormal, info.tiny, info.eps, 1 + info.eps, info.max):
        assert precision.holds(Fraction(float(value)))
    for value in (Fraction(1, 3), Fraction(float(info.smallest_subnormal)) / 2, 1 + Fraction(float(info.eps)) / 2):
        assert not precision.holds(value)


@pytest.mark.parametrize("name", NUMPY)
def test_the_unit_the_least_and_the_largest_number_are_numpys(name):
    precision, info = PRECISIONS[name], np.finfo(name)
    assert precision.unit == float(info.eps) / 2
    assert precision.least == float(info.smallest_subnormal)
    assert precision.rounded(precision.overflow - 1) == Fraction(float(info.max))


@given(factors=st.integers(1, 1000), name=st.sampled_from(NUMPY))
def test_growth_bounds_products_of_factors_and_of_their_inverses(factors, name):
    precision = PRECISIONS[name]
    growth, unit = Fraction(float(precision.growth(factors))) * (1 + Fraction(1, 2**40)), Fraction(precision.unit)
    assert (1 + unit) ** factors - 1 <= growth
    assert 1 / (1 - unit) ** factors - 1 <= growth
    assert 1 - (1 - unit) ** factors <= growth
