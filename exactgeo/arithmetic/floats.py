"""Rationals as floats."""

import math

from exactgeo.arithmetic.rationals import Rational


def nearest_float(value: Rational) -> float:
    """Return the float nearest to a number, an infinity where it is too large. Correctly rounded, as Python's / is."""
    try:
        return int(value.numerator) / int(value.denominator)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def exact_float(value: Rational) -> float:
    """Return a number as the float that it is, NaN if it is none."""
    nearest = nearest_float(value)
    return nearest if math.isfinite(nearest) and Rational(*nearest.as_integer_ratio()) == value else math.nan
