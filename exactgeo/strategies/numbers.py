"""Rational numbers, weights and points."""

from typing import Any

import numpy as np
from hypothesis import strategies as st

from exactgeo.arithmetic.arrays import exact_array
from exactgeo.arithmetic.rationals import Point, Rational

_DENOMINATORS = (1, 2, 3, 4, 7, 16)


def rationals(*, max_numerator: int = 8) -> st.SearchStrategy[Rational]:
    """Return a strategy for small rationals, integers and zero among them often."""
    numerators = st.integers(-max_numerator, max_numerator)
    return st.builds(Rational, numerators, st.sampled_from(_DENOMINATORS)) | st.builds(Rational, numerators)


def weights() -> st.SearchStrategy[st.SearchStrategy[Rational]]:
    """Return a strategy for what a network's weights may be drawn from.

    One network's weights come from one of them: signs and zeros, small integers, multiples of 1/4, float32 values of
    any size, or small rationals.
    """
    quarters = st.integers(-8, 8).map(lambda value: Rational(value, 4))
    return st.sampled_from([_integers(1), _integers(3), quarters, _float32(), rationals()])


def points(dimension: int) -> st.SearchStrategy[Point]:
    """Return a strategy for points with small rational coordinates."""
    return st.tuples(*[rationals()] * dimension)


def _integers(largest: int) -> st.SearchStrategy[Rational]:
    return st.integers(-largest, largest).map(Rational)


def _float32() -> st.SearchStrategy[Rational]:
    return st.floats(-4, 4, width=32, allow_subnormal=True).map(_exactly)


def _exactly(value: float) -> Rational:
    entry: Any = exact_array(np.array(value, dtype=np.float32)).tolist()
    return Rational(entry)
