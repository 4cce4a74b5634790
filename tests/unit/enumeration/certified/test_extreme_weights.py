"""Networks whose weights overflow, underflow or cancel in floats: the certified engine answers exactly all the same."""

from fractions import Fraction
from itertools import pairwise

import pytest

from exactgeo import Box, ProgramBuilder, enumerate_regions

INTERVAL = Box.cube(1)


def _relu(builder, form):
    return builder.add_unit([({}, {}), (form, form)])


def _linear(builder, form):
    """Add a unit whose second piece is chosen everywhere."""
    return builder.add_unit([({}, form), ({0: 1}, form)])


def _patterns(builder, last):
    return [region.pattern for region in enumerate_regions(builder.build([{last: 1}]), INTERVAL, engine="certified")]


@pytest.mark.parametrize("weight, piece", [(2**400, 1), (-(2**400), 0)], ids=["large", "negative"])
def test_a_weight_beyond_the_floats_on_what_cancels_in_them(weight, piece):
    """X + weight * (1/3 - float(1/3)): the second term, which is 0 in floats, is all that counts; float(1/3) < 1/3."""
    builder = ProgramBuilder(1)
    first = _linear(builder, {0: Fraction(1, 3)})
    second = _linear(builder, {0: Fraction(1 / 3)})
    small = _linear(builder, {first: 1, second: -1})
    large = _linear(builder, {1: 1, small: weight})
    assert _patterns(builder, _relu(builder, {large: 1})) == [(1, 1, 1, 1, piece)]


def test_slopes_that_underflow():
    """All units are positive multiples of the input where it is positive, the last one 2^-1800 times it."""
    builder = ProgramBuilder(1)
    unit = 1
    for _ in range(3):
        unit = _relu(builder, {unit: Fraction(1, 2**300)})
    unit = builder.add_unit([({}, {}), ({unit: Fraction(1, 2**300)}, {unit: Fraction(1, 2**600)})])
    assert _patterns(builder, _relu(builder, {unit: 1})) == [(0,) * 5, (1,) * 5]


def test_coefficients_that_overflow_on_the_way():
    """The last unit but one is x - 1/3, from a coefficient of 2^1200; where it is 0, the last one is x - 1/5."""
    builder = ProgramBuilder(1)
    unit = 1
    for weight in [2**300] * 4 + [Fraction(1, 2**300)] * 4:
        unit = _linear(builder, {unit: weight})
    unit = _relu(builder, {unit: 1, 0: Fraction(-1, 3)})
    last = _relu(builder, {1: 1, 0: Fraction(-1, 5), unit: 1})
    assert _patterns(builder, last) == [(*[1] * 8, *pair) for pair in ((0, 0), (0, 1), (1, 1))]


def test_forms_whose_squares_underflow():
    """A hyperplane x = 0 whose form, near 2^-538, is mostly rounded away; and others at multiples of 1/20."""
    builder = ProgramBuilder(1)
    constants = Fraction(80, 59), Fraction(83, 75), Fraction(49, 36)
    weights = Fraction(70, 73), Fraction(58, 81), Fraction(70, 67)
    unit, weight = Fraction(1, 2**240), Fraction(float.fromhex("0x1.3842c5425c375p-252"))
    terms = {_linear(builder, {0: c * unit}): w * weight for c, w in zip(constants, weights, strict=True)}
    scaled = _linear(builder, {1: Fraction(1, 2**269)})
    total = sum(c * w for c, w in zip(constants, weights, strict=True))
    terms[_linear(builder, {0: unit})] = -total * weight
    terms[scaled] = Fraction(float.fromhex("0x1.3f5fffd09211ep-538")) * 2**269
    first = _relu(builder, terms)
    offsets = (-20, -10, -5, -3, 3, 5, 10, 20)
    for k in offsets:
        last = _relu(builder, {1: 1, 0: Fraction(1, k), first: 1})
    slope = terms[scaled] / 2**269
    zeros = sorted(
        {Fraction(-1, k) / (1 if k > 0 else 1 + slope) for k in offsets} | {Fraction(0), Fraction(1), Fraction(-1)}
    )
    middles = [(a + b) / 2 for a, b in pairwise(zeros)]
    expected = {
        (*[1] * 5, int(x > 0), *(int(x + Fraction(1, k) + max(0, slope * x) > 0) for k in offsets)) for x in middles
    }
    assert _patterns(builder, last) == sorted(expected)


@pytest.mark.parametrize("rest", [Fraction(1, 2**60), Fraction(1, 2**54 - 1), Fraction(1, 2**200)])
def test_a_factor_that_only_rounds_to_an_integer_is_none(rest):
    """Two leaky units of slope 1 - rest: what the last one decides on is rest * (x1 - x2) where both are positive."""
    builder = ProgramBuilder(2)
    slow = [builder.add_unit([({}, {k: rest}), ({k: 1}, {k: 1 - rest})]) for k in (1, 2)]
    last = _relu(builder, {1: 1, slow[0]: -1, 2: -1, slow[1]: 1})
    found = enumerate_regions(builder.build([{last: 1}]), Box.cube(2), engine="certified")
    patterns = [(0, 0, 0), (0, 0, 1), (0, 1, 0), (1, 0, 1), (1, 1, 0), (1, 1, 1)]
    assert [region.pattern for region in found] == patterns
